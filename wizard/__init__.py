"""mlops-wizard: from an Azure subscription to a model that is trained, registered and answering."""

__version__ = "0.1.0"
