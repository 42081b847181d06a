"""Which variables the pipeline needs in an environment's group, and which ones its YAML files ask for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError
from wizard.engine.secrets import Secret
from wizard.steps import jobs
from wizard.steps.script_files import token_key
from wizard.steps.tags import mark

FOLDER = "pipelines"
MACRO = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")  # predefined variables have a dot in their names
SET_BY_A_STEP = re.compile(r"task\.setvariable\s+variable=(\w+)")
TOKEN, TOKEN_ID = "DATABRICKS_TOKEN", "DATABRICKS_TOKEN_ID"


def group_name(environment: str) -> str:
    """The name of the environment's variable group, as the pipeline's YAML file has it."""
    return f"{environment}-env"


def wanted(context: Context) -> dict[str, str | Secret]:
    """The variables and their values; AnswerError while the token is not known on this machine.

    The token's id stands beside it, because a secret value is never read back: so anybody can tell which token it is.
    """
    token = context.secrets.get(token_key(context))
    if token is None:
        raise AnswerError(
            f"The token of the {context.environment} workspace is not known on this machine.",
            fix=f"mlops-wizard apply --step databricks.token@{context.environment}",
        )
    return {**plain(context), TOKEN: token}


def plain(context: Context) -> dict[str, str]:
    """The variables that are no secret."""
    return {
        "AKS_CLUSTER": context.answer("aks_cluster"),
        "AML_WORKSPACE_NAME": context.answer("ml_workspace"),
        "DATABRICKS_CLUSTER": context.facts("databricks.cluster")["name"],
        "DATABRICKS_HOST": f"https://{context.facts('databricks.workspaces')['host']}",
        "DATA_PATH": jobs.data_path(context),
        "EXPERIMENT": f"/Shared/{mark(context)}",
        "MLFLOW_TRACKING_URI": "databricks",
        "MODEL": jobs.MODEL,
        "REGISTRY_URI": "databricks",
        "RESOURCE_GROUP": context.answer("resource_group"),
        "SERVICE_NAME": context.answer("service_name"),
        "SUBSCRIPTION_ID": context.facts("signin.azure")["subscription"],
        TOKEN_ID: context.facts("databricks.token").get("token_id", ""),
    }


def asked_for(context: Context) -> set[str]:
    """The variables that the project's pipeline files read in this environment and do not set themselves."""
    texts = list(_texts(context))
    here = group_name(context.environment)
    read = {name for text in texts for name in _read(text, here)}
    own = {name for text in texts for name in (*SET_BY_A_STEP.findall(text), *_declared(text))}
    return read - own


def _read(text: str, group: str) -> list[str]:
    """The names that a file reads, but for those that only stages with other groups read."""
    elsewhere = [each for each in _stages(text) if (groups := _groups(each)) and group not in groups]
    foreign = Counter(name for each in elsewhere for name in MACRO.findall(str(each)))
    return list((Counter(MACRO.findall(text)) - foreign).keys())


def _stages(text: str) -> Iterator[dict[str, object]]:
    """The stages of a pipeline's file."""
    for document in _documents(text):
        stages = document.get("stages") if isinstance(document, dict) else None
        yield from (each for each in (stages if isinstance(stages, list) else []) if isinstance(each, dict))


def _groups(stage: dict[str, object]) -> set[str]:
    """The variable groups that a stage names."""
    variables = stage.get("variables")
    listed = variables if isinstance(variables, list) else []
    return {str(each["group"]) for each in listed if isinstance(each, dict) and "group" in each}


def _texts(context: Context) -> Iterator[str]:
    folder = context.project.folder / FOLDER
    for file in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        yield file.read_text(encoding="utf-8", errors="replace")


def _documents(text: str) -> list[object]:
    """What a YAML file holds; nothing where it cannot be read."""
    import yaml

    try:
        return list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return []


def _declared(text: str) -> Iterator[str]:
    """The names that a file's own `variables:` give values to."""
    pending = _documents(text)
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield from _names(node.get("variables"))
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _names(variables: object) -> Iterator[str]:
    if isinstance(variables, dict):
        yield from (str(name) for name in variables)
    elif isinstance(variables, list):
        yield from (str(each["name"]) for each in variables if isinstance(each, dict) and "name" in each)
