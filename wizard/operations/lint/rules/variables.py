"""Rules about variables: those nobody defines, those nobody reads, and those that are read in the wrong place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.operations.lint.commands import commands
from wizard.operations.lint.nodes import entries, walk
from wizard.operations.lint.pipelines import defined_variables, pipelines
from wizard.operations.lint.project import Project
from wizard.operations.lint.python_code import calls, dotted, environment_reads, named_literals, text_of
from wizard.operations.lint.record import Finding, Rule
from wizard.operations.lint.variables import defined, given, run_by_pipelines

MODEL_VARIABLES = {"MODEL", "MODEL_NAME"}
MODEL_CALLS = ("Model", "Model.register", "register_model", "get_latest_versions")


def undefined_variables(project: Project) -> Iterator[Finding]:
    """Variables that a pipeline's script reads and nobody defines."""
    known = defined(project)
    if not known:
        return
    for file in run_by_pipelines(project):
        for name, line in environment_reads(project.python[file]):
            if name not in known and not given(name):
                yield Finding(file, line, f"{name} is read, and defined nowhere; defined: {', '.join(sorted(known))}")


def fixed_models(project: Project) -> Iterator[Finding]:
    """A model name in a script's text beside a variable that is there for it."""
    wanted = defined(project) & MODEL_VARIABLES
    if not wanted:
        return
    variable = sorted(wanted)[0]
    for file in run_by_pipelines(project):
        tree = project.python[file]
        if wanted & {name for name, _ in environment_reads(tree)}:
            continue
        for line in sorted({*_named_models(tree), *_called_models(tree)}):
            yield Finding(file, line, f"the model's name is fixed here, so the variable {variable} changes nothing")


def _named_models(tree: ast.Module) -> Iterator[int]:
    for each in named_literals(tree):
        if each.name.lower() in ("model_name", "registered_model_name"):
            yield each.line


def _called_models(tree: ast.Module) -> Iterator[int]:
    for call in calls(tree):
        if dotted(call.func).endswith(MODEL_CALLS):
            texts = [keyword.value for keyword in call.keywords if keyword.arg == "name"] + call.args[1:2]
            yield from (text.lineno for text in texts if text_of(text))


def agent_variables(project: Project) -> Iterator[Finding]:
    """A registry that is read from the environment of a cluster where nobody set it."""
    on_cluster = {
        name
        for documents in project.yaml.values()
        for root in documents
        for node in walk(root)
        for name in entries(entries(node).get("spark_env_vars"))
    }
    for file, tree in project.python.items():
        for call in calls(tree):
            if not dotted(call.func).endswith("set_registry_uri"):
                continue
            for name, line in environment_reads(call):
                if name not in on_cluster:
                    message = f"{name} is set on the agent; on the cluster, where this runs, it is not"
                    yield Finding(file, line, message)


def wrong_registry(project: Project) -> Iterator[Finding]:
    """The mlflow command on an agent without the variable by which it knows the registry."""
    by_file = {file: defined_variables(root) for file, root in pipelines(project)}
    for command in commands(project):
        if command.script is None or command.words[:2] not in (("mlflow", "artifacts"), ("mlflow", "models")):
            continue
        if "MLFLOW_REGISTRY_URI" not in by_file[command.file]:
            yield Finding(
                command.file, command.line, "mlflow reads MLFLOW_REGISTRY_URI, which this pipeline does not set"
            )


RULES = (
    Rule(
        "G07",
        "A variable that nobody defines",
        "The script gets nothing where it expects a name, and fails far from the cause.",
        "Python that pipelines run, against the variables of pipelines and documents",
        "use the name that is defined, or define the one that is used",
        undefined_variables,
    ),
    Rule(
        "G09",
        "A model's name fixed in a script",
        "The variable for it is ignored, so renaming the model works in half of the places.",
        "Python that pipelines run",
        "read the name from the variable",
        fixed_models,
    ),
    Rule(
        "G14",
        "The registry set where the code does not run",
        "On the cluster it is unset, so the model goes to that workspace's registry and never reaches the central one.",
        "set_registry_uri in Python, spark_env_vars of clusters",
        "pass the registry to the job as a parameter, or set it in the cluster's spark_env_vars",
        agent_variables,
    ),
    Rule(
        "G15",
        "The mlflow command asks another registry",
        "It takes a model of the wrong registry; and an agent cannot resolve databricks://cmr:cmr.",
        "mlflow commands of pipelines",
        "set MLFLOW_REGISTRY_URI, with the host and token of the registry's workspace",
        wrong_registry,
    ),
)
