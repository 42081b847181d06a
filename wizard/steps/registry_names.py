"""What the model and the scope of the central registry are called: the guide's names, which others rely on."""

MODEL = "sk-learn-linear-reg-model"
SCOPE = PREFIX = "cmr"  # databricks://SCOPE:PREFIX
