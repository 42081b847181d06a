"""What happens before a run: `${{ }}` expressions are worked out, and template files are put in their places.

https://learn.microsoft.com/azure/devops/pipelines/process/template-expressions
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.sandbox.agent import parameters, values
from wizard.sandbox.agent.expressions import Names, evaluate
from wizard.sandbox.agent.faults import PipelineError, at
from wizard.sandbox.agent.source import parse

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_EACH = re.compile(r"each\s+(\w+)\s+in\s+(.+)", re.DOTALL)
_MOST_FILES = 100
_MOST_VALUES = 200_000  # about what fits into the service's 20 MB
_LISTS = ("stages", "jobs", "steps", "variables")

Reader = Callable[[str], str | None]  # the content of a file of the repository, None when there is none


@dataclass(frozen=True)
class Scope:
    """Where an expansion stands: its file, and what its expressions may speak of."""

    file: str
    contexts: Mapping[str, Any]

    def with_loop(self, name: str, value: Any) -> "Scope":
        """The scope of one round of a loop."""
        return Scope(self.file, {**self.contexts, name: value})


class Expander:
    """Expands the files of one pipeline."""

    def __init__(self, read: Reader, missing: Callable[[str], str]) -> None:
        self._read = read
        self._missing = missing  # the message about a file that is not there
        self._files = 0
        self._values = 0

    def pipeline(self, file: str, given: Mapping[str, Any], variables: Mapping[str, str]) -> Any:
        """The whole document of a pipeline, expanded. `given` are the run's parameters."""
        try:
            return self._file(file, given, variables, strict=True)
        except RecursionError:
            raise PipelineError(f"/{file}: Maximum object depth exceeded") from None

    def _file(self, file: str, given: Mapping[str, Any], variables: Mapping[str, str], strict: bool) -> Any:
        self._files += 1
        if self._files > _MOST_FILES:
            raise PipelineError(f"Unable to load more than {_MOST_FILES} YAML files.")
        content = self._read(file)
        if content is None:
            raise PipelineError(self._missing(file))
        document = parse(content, file)
        if not isinstance(document, dict):
            raise PipelineError(f"/{file}: (Line: 1, Col: 1): A mapping was expected")
        declared = document.pop("parameters", None)
        chosen = parameters.chosen(file, declared, given, strict)
        known = {**variables, **_plain_variables(document.get("variables"))}
        scope = Scope(file, {"parameters": chosen, "variables": known})
        expanded = self._mapping(document, scope)
        if "extends" in expanded:
            about = expanded.pop("extends")
            if not isinstance(about, dict) or "template" not in about:
                raise at(file, about, "Expected a template")
            expanded |= self._included(about, scope)
        return expanded

    def value(self, value: Any, scope: Scope) -> Any:
        """A value with its expressions worked out."""
        self._values += 1
        if self._values > _MOST_VALUES:
            raise PipelineError(f"/{scope.file}: Maximum object size exceeded")
        if isinstance(value, dict):
            return self._mapping(value, scope)
        if isinstance(value, list):
            return self._list(value, scope)
        return self._scalar(value, scope)

    def _scalar(self, value: Any, scope: Scope) -> Any:
        if not isinstance(value, str) or "${{" not in value:
            return value
        whole = _EXPRESSION.fullmatch(value.strip())
        if whole and value.count("${{") == 1:
            return self._worked_out(whole[1], scope, value)
        return _EXPRESSION.sub(lambda match: values.text(self._worked_out(match[1], scope, value)), value)

    def _worked_out(self, expression: str, scope: Scope, place: Any) -> Any:
        try:
            return evaluate(expression, Names(scope.contexts))
        except PipelineError as error:
            raise at(scope.file, place, str(error)) from None

    def _list(self, value: list[Any], scope: Scope) -> list[Any]:
        found: list[Any] = []
        taken: bool | None = None
        for each in value:
            directive, inner = _directive(each)
            if directive:
                taken, scopes = self._chosen(directive, scope, taken)
                for one in scopes:
                    expanded = self.value(inner, one)
                    found += expanded if isinstance(expanded, list) else [expanded]
                continue
            taken = None
            expanded = self.value(each, scope)
            if isinstance(each, dict) and "template" in each:
                found += self._items(expanded, scope)
            elif isinstance(expanded, list) and isinstance(each, str):
                found += expanded  # ${{ parameters.steps }} stands for all of them
            else:
                found.append(expanded)
        return found

    def _mapping(self, value: dict[Any, Any], scope: Scope) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        taken: bool | None = None
        for key, each in value.items():
            directive, inner = _directive({key: each})
            if not directive:
                taken = None
                found[self._key(key, scope)] = self.value(each, scope)
                continue
            if directive == "insert":
                scopes = [scope]
            else:
                taken, scopes = self._chosen(directive, scope, taken)
            for one in scopes:
                expanded = self.value(inner, one)
                if not isinstance(expanded, dict):
                    raise at(scope.file, key, "Expected a mapping")
                found |= expanded
        return found

    def _key(self, key: Any, scope: Scope) -> Any:
        named = self._scalar(key, scope)
        if isinstance(named, dict | list):
            raise at(scope.file, key, f"A {'mapping' if isinstance(named, dict) else 'sequence'} was not expected")
        return named

    def _chosen(self, directive: str, scope: Scope, taken: bool | None) -> tuple[bool, list[Scope]]:
        """Whether a branch of if/elseif/else is taken by now, and the scopes in which what is below it counts."""
        each = _EACH.fullmatch(directive)
        if each:
            over = self._worked_out(each[2], scope, directive)
            if over is not None and not isinstance(over, dict | list):
                raise at(scope.file, directive, "Expected a sequence or mapping")
            rounds = [{"key": key, "value": held} for key, held in over.items()] if isinstance(over, dict) else over
            return False, [scope.with_loop(each[1], one) for one in rounds or []]
        word, _, condition = directive.partition(" ")
        if word != "if" and taken is None:
            raise at(scope.file, directive, f"'{word}' must follow an 'if' expression")
        if word != "if" and taken:
            return True, []
        now = word == "else" or values.truth(self._worked_out(condition, scope, directive))
        return now, [scope] if now else []

    def _items(self, about: dict[str, Any], scope: Scope) -> list[Any]:
        """The stages, jobs, steps or variables that stand in a template file."""
        found = self._included(about, scope)
        kinds = [name for name in _LISTS if name in found]
        if len(kinds) != 1:
            raise PipelineError(f"/{scope.file}: The template {about['template']} has none of {', '.join(_LISTS)}")
        held = found[kinds[0]]
        if isinstance(held, dict):  # variables in their short form
            return [{"name": name, "value": value} for name, value in held.items()]
        return list(held or [])

    def _included(self, about: dict[str, Any], scope: Scope) -> dict[str, Any]:
        name = str(about["template"]).removesuffix("@self")
        if "@" in name:
            raise at(scope.file, about["template"], f"The repository {name.rpartition('@')[2]} is not defined")
        path = name if name.startswith("/") else posixpath.join(posixpath.dirname(scope.file), name)
        given = about.get("parameters") or {}
        if not isinstance(given, dict):
            raise at(scope.file, "", "A mapping was expected under 'parameters'")
        found = self._file(posixpath.normpath(path).lstrip("/"), given, scope.contexts["variables"], strict=True)
        return dict(found)


def _directive(value: Any) -> tuple[str, Any]:
    """The `if`, `else`, `each` or `insert` that is a mapping's only key, with what is below it; "" for none."""
    if not isinstance(value, dict) or len(value) != 1:
        return "", None
    key, inner = next(iter(value.items()))
    match = _EXPRESSION.fullmatch(key.strip()) if isinstance(key, str) else None
    inside = match[1].strip() if match else ""
    word = inside.partition(" ")[0]
    return (inside, inner) if word in ("if", "elseif", "else", "each", "insert") else ("", None)


def _plain_variables(declared: Any) -> dict[str, str]:
    """The variables of a file that expressions in it may speak of: those with a value of their own."""
    if isinstance(declared, dict):
        return {name: value for name, value in declared.items() if isinstance(value, str) and "${{" not in name}
    held = [each for each in declared or [] if isinstance(each, dict) and isinstance(each.get("name"), str)]
    return {each["name"]: each.get("value", "") for each in held}
