"""Reading YAML as pipelines mean it: every scalar is a text, and a key stands once."""

from typing import Any

import yaml

from wizard.sandbox.agent.faults import PipelineError


class Text(str):
    """A scalar of a file, with its place."""

    line: int = 0
    column: int = 0


_DEEPEST = 100  # levels
_NO_ANCHOR = (
    "Anchors are not currently supported. Remove the anchor '{}'\nObject reference not set to an instance of an object."
)


class _Loader(yaml.BaseLoader):
    """Keeps places, and refuses a key that stands twice, anchors, and what is too deep."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """One node with all below it."""
        anchor = getattr(self.peek_event(), "anchor", None)  # type: ignore[no-untyped-call]
        if anchor:
            raise PipelineError(_NO_ANCHOR.format(anchor))
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PipelineError("Maximum object depth exceeded")
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _scalar(loader: _Loader, node: yaml.ScalarNode) -> Text:
    found = Text(loader.construct_scalar(node))
    found.line, found.column = node.start_mark.line + 1, node.start_mark.column + 1
    return found


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key, mark = loader.construct_object(key_node, deep=True), key_node.start_mark
        place = f"(Line: {mark.line + 1}, Col: {mark.column + 1})"
        if not isinstance(key, str):
            raise PipelineError(f"{place}: A {'mapping' if isinstance(key, dict) else 'sequence'} was not expected")
        if key in found:
            raise PipelineError(f"{place}: '{key}' is already defined")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(content: str, file: str) -> Any:
    """The document of a file. Raises PipelineError."""
    try:
        return yaml.load(content, _Loader)  # noqa: S506 - it makes nothing but texts, lists and mappings
    except PipelineError as error:
        raise PipelineError(f"/{file}: {error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"(Line: {mark.line + 1}, Col: {mark.column + 1}, Idx: {mark.index})" if mark else ""
        context = f"{error.context}, " if error.context else ""
        raise PipelineError(f"/{file}: {where} - {where}: {context}{error.problem}.") from None
    except yaml.YAMLError as error:
        raise PipelineError(f"/{file}: {error}") from None
