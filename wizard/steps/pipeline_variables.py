"""Which variables the pipeline needs in an environment's group, and which ones its YAML files ask for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError
from wizard.engine.secrets import Secret
from wizard.steps import jobs, model_registry
from wizard.steps.script_files import token_key
from wizard.steps.tags import mark

FOLDER = "pipelines"
MACRO = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")  # predefined variables have a dot in their names
SET_BY_A_STEP = re.compile(r"task\.setvariable\s+variable=(\w+)")
GROUP = "variableGroup"  # the parameter by which a template of the pipeline is told its group
TOKEN, TOKEN_ID = "DATABRICKS_TOKEN", "DATABRICKS_TOKEN_ID"
REGISTRY_HOST, REGISTRY_TOKEN, REGISTRY_TOKEN_ID = "REGISTRY_HOST", "REGISTRY_TOKEN", "REGISTRY_TOKEN_ID"
# Of all variables that are written here.
NAMES = {
    *("AKS_CLUSTER", "AML_WORKSPACE_NAME", "DATABRICKS_CLUSTER", "DATABRICKS_HOST", "DATA_PATH", "EXPERIMENT"),
    *("MLFLOW_TRACKING_URI", "MODEL", "REGISTRY_URI", "RESOURCE_GROUP", "SERVICE_NAME", "SUBSCRIPTION_ID"),
    *(TOKEN, TOKEN_ID, REGISTRY_HOST, REGISTRY_TOKEN, REGISTRY_TOKEN_ID),
}


@dataclass(frozen=True, slots=True)
class TokenVariable:
    """A secret variable, the plain one beside it that holds the token's id, and the environment that issued it.

    A secret's value is never read back: by its id anybody can tell which token it is, and whether it lives.
    """

    name: str
    id_name: str
    environment: str


def group_name(environment: str) -> str:
    """The name of the environment's variable group, as the pipeline's YAML file has it."""
    return f"{environment}-env"


def tokens(context: Context) -> tuple[TokenVariable, ...]:
    """The tokens in the environment's group: its workspace's, and the registry's where that is another workspace."""
    own = TokenVariable(TOKEN, TOKEN_ID, context.environment)
    if context.environment not in model_registry.USES_CENTRAL:
        return (own,)
    return own, TokenVariable(REGISTRY_TOKEN, REGISTRY_TOKEN_ID, model_registry.CMR)


def wanted(context: Context) -> dict[str, str | Secret]:
    """The variables and their values; AnswerError while a token is not known on this machine."""
    values: dict[str, str | Secret] = dict(plain(context))
    for each in tokens(context):
        token = context.secrets.get(token_key(context.in_environment(each.environment)))
        if token is None:
            raise AnswerError(
                f"The token of the {each.environment} workspace is not known on this machine.",
                fix=f"mlops-wizard apply --step databricks.token@{each.environment}",
            )
        values[each.name] = token
    return values


def plain(context: Context) -> dict[str, str]:
    """The variables that are no secret."""
    ids = {
        each.id_name: context.in_environment(each.environment).facts("databricks.token").get("token_id", "")
        for each in tokens(context)
    }
    return {**_of_environment(context), **_of_registry(context), **ids}


def _of_registry(context: Context) -> dict[str, str]:
    """Where models are registered; the registry's workspace where agents have to enter another one for that."""
    registry = model_registry.of(context)
    found = {"MODEL": registry.model, "REGISTRY_URI": registry.uri}
    if context.environment in model_registry.USES_CENTRAL:
        host = context.in_environment(model_registry.CMR).facts("databricks.workspaces")["host"]
        found[REGISTRY_HOST] = f"https://{host}"
    return found


def _of_environment(context: Context) -> dict[str, str]:
    return {
        "AKS_CLUSTER": context.answer("aks_cluster"),
        "AML_WORKSPACE_NAME": context.answer("ml_workspace"),
        "DATABRICKS_CLUSTER": context.facts("databricks.cluster")["name"],
        "DATABRICKS_HOST": f"https://{context.facts('databricks.workspaces')['host']}",
        "DATA_PATH": jobs.data_path(context),
        "EXPERIMENT": f"/Shared/{mark(context)}",
        "MLFLOW_TRACKING_URI": "databricks",
        "RESOURCE_GROUP": context.answer("resource_group"),
        "SERVICE_NAME": context.answer("service_name"),
        "SUBSCRIPTION_ID": context.facts("signin.azure")["subscription"],
    }


def asked_for(context: Context) -> set[str]:
    """The variables that the project's pipeline files read in this environment and do not set themselves."""
    texts = list(_texts(context))
    here = group_name(context.environment)
    read = {name for text in texts for name in _read(text, here)}
    own = {name for text in texts for name in (*SET_BY_A_STEP.findall(text), *_declared(text))}
    return read - own


def _read(text: str, group: str) -> list[str]:
    """The names that a file reads, but for those that only stages and jobs with other groups read."""
    elsewhere = [each for each in _with_groups(text) if group not in _groups(each)]
    foreign = Counter(name for each in elsewhere for name in MACRO.findall(str(each)))
    return list((Counter(MACRO.findall(text)) - foreign).keys())


def _with_groups(text: str) -> Iterator[dict[str, object]]:
    """The stages, jobs and calls of templates in a file that name variable groups; the outermost of each."""
    pending = _documents(text)
    while pending:
        node = pending.pop()
        if isinstance(node, dict) and _groups(node):
            yield node
        elif isinstance(node, dict | list):
            pending += node.values() if isinstance(node, dict) else node


def _groups(node: dict[str, object]) -> set[str]:
    """The variable groups that a stage or job names, or gives to a template."""
    variables, given = node.get("variables"), node.get("parameters")
    listed = variables if isinstance(variables, list) else []
    found = {str(each["group"]) for each in listed if isinstance(each, dict) and "group" in each}
    return found | ({str(given[GROUP])} if isinstance(given, dict) and GROUP in given else set())


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
