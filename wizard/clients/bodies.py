"""What a service's error body says: the many shapes in which Azure, Databricks, Entra and Azure DevOps tell it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

_ENTRA_CODE = re.compile(r"AADSTS\d+")
# At the start of a message, or where git passes it on: `remote: TF...`, `! [remote rejected] main -> main (TF...`.
_DEVOPS_CODE = re.compile(r"(?:\A|remote: |\()\s*((?:TF|VS)\d{6})\b")
_HTML_TEXT = re.compile(r"<(pre|title)[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
# `CODE: text` and `CODE(CLIENT_ERROR): text` of Databricks, `(Code) text` of the Azure CLI.
_CODE_AND_TEXT = re.compile(r"\A(?:([A-Z][A-Z_]{3,})(?:\([A-Z_]+\))?: |\((\w+)\) )(.*)", re.DOTALL)
# Where a service tells code or reason when there is no body, as in the answer to HEAD.
_CODE_HEADER, _REASON_HEADER = "x-ms-error-code", "x-databricks-reason-phrase"
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Said:
    """The service's own code ("" where it gave none) and message; `outer` is the code that wraps it, for search."""

    code: str
    message: str
    outer: str = ""


def read(body: str, headers: Mapping[str, str] | None = None) -> Said:
    """Code and message of an error: JSON of any of the services' shapes, XML, HTML, plain text, or headers alone.

    An Entra code (`AADSTS...`) or Azure DevOps code (`TF...`, `VS...`) inside the message wins over the outer code.
    """
    said = (_json(body) or _xml(body) or _html(body) or _text(body)) if body.strip() else _bare(headers or {})
    entra, devops = _ENTRA_CODE.search(said.message), _DEVOPS_CODE.search(said.message)
    if entra:
        return Said(entra.group(), said.message)
    return Said(devops.group(1), said.message) if devops else said


def _bare(headers: Mapping[str, str]) -> Said:
    found = {name.lower(): value for name, value in headers.items()}
    return Said(found.get(_CODE_HEADER, ""), found.get(_REASON_HEADER, ""))


def _json(body: str) -> Said | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("error"), dict):
        said, outer = _innermost(document["error"]), str(document["error"].get("code", ""))
        return Said(said.code, said.message, outer if outer != said.code else "")
    return _flat(document)


def _flat(document: dict[str, Any]) -> Said | None:
    """Databricks (`error_code`, text or number), API 1.2 (`error`), SCIM (`detail`), OAuth (`error_description`)."""
    if "detail" in document:
        kind, detail = document.get("scimType") or "", document["detail"]
        told = detail if detail not in (None, "null") else "SCIM API Internal Error"
        return Said(f"SCIM_{document.get('status', '')}", f"{kind} {told}".strip())
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
    text = str(error.get("message", ""))
    try:
        written, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
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
    return Said(found.group(1) or found.group(2), found.group(3)) if found else Said("", body.strip()[:500])
