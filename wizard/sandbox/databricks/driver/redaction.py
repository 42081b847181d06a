"""Keeping secrets out of what code on a cluster shows: each value that was read shows as [REDACTED].

Only the value as it is, as on a real cluster. https://learn.microsoft.com/azure/databricks/security/secrets/redaction
"""

from typing import Any, TextIO

_MASK = "[REDACTED]"


class Redactor:
    """Knows the secrets that this driver has read."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def hide(self, secret: str) -> None:
        """Never show this value from now on."""
        if secret:
            self._seen.add(secret)

    def __call__(self, text: str) -> str:
        """A text as it may be shown. A secret within another one is looked for last."""
        for secret in sorted(self._seen, key=len, reverse=True):
            text = text.replace(secret, _MASK)
        return text


class RedactedStream:
    """A text stream that shows no secret; all but writing is the stream's own."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, text: str) -> int:
        """Write a text as it may be shown."""
        self._stream.write(self._redactor(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
