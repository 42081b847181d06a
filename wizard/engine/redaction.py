"""Keeps secrets out of everything the engine writes or says: events, journal, state and log."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

MASK = "[secret]"
_SHORTEST = 6

# What secrets of these services look like, so that one nobody registered is caught too.
_SHAPES = re.compile(
    r"dapi[0-9a-f]{16,}(?:-\d+)?"  # Databricks personal access token
    r"|eyJ[\w-]{10,}\.[\w-]+(?:\.[\w-]*)?"  # JSON web token, also the beginning of one that was cut off
    r"|(?<=sig=)[\w%+/-]{20,}={0,2}"  # signature of a shared access signature
    r"|(?<![\w+/=])[A-Za-z0-9+/]{86}==(?![\w+/=])"  # storage account key
    r"|(?i:(?<=AccountKey=)[A-Za-z0-9+/=]{20,})"
    r"|(?<![\w.~-])[\w.~]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])"  # client secret of an Entra application
    r"|(?<![A-Za-z0-9])(?:[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[a-z2-7]{52})(?![A-Za-z0-9])"  # token of Azure DevOps
)


class Redactor:
    """Masks every registered secret, and everything that has the shape of one."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, value: str) -> None:
        """Register a secret, also as JSON and addresses write it, and each line of one that has several.

        Very short values are left alone: masking them would spoil ordinary words.
        """
        forms = (value, json.dumps(value)[1:-1], quote(value, safe="", errors="replace"), *value.splitlines())
        self._known.update(each for each in forms if len(each) >= _SHORTEST)

    def text(self, value: str) -> str:
        """Return the text with all secrets masked."""
        for secret in sorted(self._known, key=len, reverse=True):
            value = value.replace(secret, MASK)
        return _SHAPES.sub(MASK, value)

    def data(self, value: Any) -> Any:
        """Return JSON-like data with all secrets in its strings masked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.data(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(item) for item in value]
        return value
