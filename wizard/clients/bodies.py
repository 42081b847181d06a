"""What a service's error body says: the many shapes in which Azure, Databricks and Entra tell code and message."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

_ENTRA_CODE = re.compile(r"AADSTS\d+")
_DEVOPS_CODE = re.compile(r"\A\s*((?:TF|VS)\d{6})\b")
_HTML_TEXT = re.compile(r"<(pre|title)[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_CODE_AND_TEXT = re.compile(r"\A([A-Z][A-Z_]{3,}): (.*)", re.DOTALL)
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Said:
    """The service's own code ("" where it gave none) and message."""

    code: str
    message: str


def read(body: str) -> Said:
    """Code and message of an error body: JSON of any of the services' shapes, XML, HTML or plain text.

    An Entra code (`AADSTS...`) or Azure DevOps code (`TF...`, `VS...`) inside the message wins over the outer code.
    """
    said = _json(body) or _xml(body) or _html(body) or _text(body)
    inner = _ENTRA_CODE.search(said.message) or _DEVOPS_CODE.search(said.message)
    return Said(inner.group().strip() if inner else said.code, said.message)


def _json(body: str) -> Said | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("error"), dict):
        return _innermost(document["error"])
    return _flat(document)


def _flat(document: dict[str, Any]) -> Said | None:
    """Databricks (`error_code`, text or number), API 1.2 (`error`), SCIM (`detail`), OAuth (`error_description`)."""
    if "detail" in document:
        kind = document.get("scimType") or ""
        return Said(f"SCIM_{document.get('status', '')}", f"{kind} {document['detail']}".strip())
    if "error_description" in document:
        return Said(str(document.get("error", "")), str(document["error_description"]))
    if "error_code" in document or "message" in document:
        code = document.get("error_code", document.get("code", document.get("typeKey", "")))
        return Said(str(code), str(document.get("message", "")))
    if "error" in document:
        return Said("", str(document["error"]))
    if "code" in document:
        return Said(str(document["code"]), "")
    return None


def _innermost(error: dict[str, Any], depth: int = 0) -> Said:
    """Azure Resource Manager nests: an error's details, inner errors, and JSON written as text inside a message."""
    for inner in _nested(error):
        if depth < _DEEPEST and inner.get("code"):
            return _innermost(inner, depth + 1)
    return Said(str(error.get("code", "")), str(error.get("message", "")))


def _nested(error: dict[str, Any]) -> Iterator[dict[str, Any]]:
    details = error.get("details")
    yield from (each for each in details or [] if isinstance(each, dict))
    if isinstance(error.get("innererror"), dict):
        yield error["innererror"]
    try:
        written = json.loads(str(error.get("message", "")))
    except ValueError:
        return
    if isinstance(written, dict):
        inner = written.get("error", written)
        if isinstance(inner, dict):
            yield inner


def _xml(body: str) -> Said | None:
    """Storage: `<Error><Code/><Message/></Error>`, with a byte order mark in front."""
    text = body.lstrip("\ufeff").lstrip()
    if not text.startswith("<?xml") and not text.startswith("<Error"):
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  (the service's own short answer; no entities are expanded)
    except ElementTree.ParseError:
        return None
    return Said(root.findtext("Code", ""), root.findtext("Message", "").split("\nRequestId:")[0])


def _html(body: str) -> Said | None:
    found = _HTML_TEXT.search(body)
    return Said("", " ".join(html.unescape(found.group(2)).split())) if found else None


def _text(body: str) -> Said:
    found = _CODE_AND_TEXT.match(body.strip())
    return Said(found.group(1), found.group(2)) if found else Said("", body.strip()[:500])
