"""The parameters of a file: what it declares, and what it was given.

https://learn.microsoft.com/azure/devops/pipelines/process/runtime-parameters
"""

import json
from collections.abc import Mapping
from typing import Any

from wizard.sandbox.agent import values
from wizard.sandbox.agent.faults import at

_KINDS = (
    "string", "stringList", "number", "boolean", "object", "step", "stepList", "job", "jobList", "stage", "stageList",
    "deployment", "deploymentList",
)  # fmt: skip


def chosen(file: str, declared: Any, given: Mapping[str, Any], strict: bool) -> dict[str, Any]:
    """The value of every parameter of a file. Raises PipelineError for one too many, too few or of the wrong kind."""
    if isinstance(declared, dict):  # the short form: names and defaults
        declared = [{"name": name, "default": value} for name, value in declared.items()]
    known = [each for each in declared or [] if isinstance(each, dict) and "name" in each]
    for each in known:
        if not isinstance(each["name"], str):
            raise at(file, "", "The name of a parameter must be a text")
    names = {each["name"].lower() for each in known}
    for name in given:
        if strict and name.lower() not in names:
            raise at(file, name, f"Unexpected parameter '{name}'")
    return {each["name"]: _one(file, each, given) for each in known}


def _one(file: str, about: dict[str, Any], given: Mapping[str, Any]) -> Any:
    name, kind = about["name"], about.get("type", "string")
    if kind not in _KINDS:
        raise at(file, kind, f"Unexpected value '{kind}'")
    value = next((each for other, each in given.items() if other.lower() == name.lower()), about.get("default"))
    if value is None and "default" not in about:
        raise at(file, name, f"A value for the '{name}' parameter must be provided.")
    allowed = about.get("values")
    if allowed and not any(values.equal(each, value) for each in allowed):
        raise at(file, name, f"The '{name}' parameter value '{value}' is not a valid value.")
    return _typed(file, name, kind, value)


def _typed(file: str, name: str, kind: str, value: Any) -> Any:
    if kind == "boolean":
        if values.text(value).lower() not in ("true", "false"):
            raise at(file, name, f"The '{name}' parameter value '{value}' is not a valid Boolean.")
        return values.text(value).lower() == "true"
    if kind == "number":
        found = values.number(value)
        if found is None:
            raise at(file, name, f"The '{name}' parameter value '{value}' is not a valid Number.")
        return int(found) if found.is_integer() else found
    if kind == "object" and isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)  # a run is given objects as texts
        except ValueError:
            return value
    return value
