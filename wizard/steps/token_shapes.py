"""Tells a Databricks personal access token from what people paste by mistake."""

from __future__ import annotations

import re

_DATABRICKS = re.compile(r"dapi[0-9a-f]{32}(-\d+)?")

# What a value looks like -> what it is. The first that fits wins.
_OTHERS = (
    (r"gh[pousr]_\w+|github_pat_\w+", "a GitHub token"),
    (r"glpat-[\w-]+", "a GitLab token"),
    (r"eyJ[\w-]+\.[\w-]+\.[\w-]*", "a JSON web token (of Entra, say), which is good for about an hour only"),
    (r"(?s).*AccountKey=.*", "a storage connection string"),
    (r"[A-Za-z0-9+/]{86}==", "a storage account key"),
    (r"(?s).*[?&]sig=.*", "a shared access signature"),
    (r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[a-z2-7]{52}", "an Azure DevOps token"),
    (r".{3}[0-9]Q~.{30,40}", "a client secret of an Entra application"),
    (r"dose[0-9a-f]{32}", "an OAuth secret of a Databricks service principal"),
    (r"dkea\w+|docker-\w+", "a Docker token"),
    (r"(AKIA|ASIA)[A-Z0-9]{16}", "an AWS access key"),
    (r"xox[abpsr]-.+", "a Slack token"),
    (r"sk-.+", "an API key of another service"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "an id, not a token"),
    (r"[0-9a-f]{64}", "a token's id, not its value, which is shown only once, when it is made"),
    (r"https?://.*", "an address, not a token"),
)


def cleaned(pasted: str) -> str:
    """The value without what copying tends to add: blanks, line breaks and quotes around it, `NAME=` before it."""
    value = pasted.strip()
    value = re.sub(r"\A(export\s+)?DATABRICKS_TOKEN\s*=\s*", "", value)
    while len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`":
        value = value[1:-1].strip()
    return value


def complaint(pasted: str) -> str | None:
    """What is wrong with a pasted token, without repeating any of it; None when it has the right shape."""
    value = cleaned(pasted)
    if not value:
        return "Nothing was pasted."
    if any(character.isspace() for character in value):
        return "There is a blank or a line break inside; copy the token again, in one piece."
    if any(character in value for character in "\"'`"):
        return "There is a quote inside; copy only the token itself."
    if not value.isascii() or not value.isprintable():
        return "There are characters inside that no token has; copy it again."
    if _DATABRICKS.fullmatch(value):
        return None
    for pattern, what in _OTHERS:
        if re.fullmatch(pattern, value):
            return f"This is {what}. A Databricks token begins with dapi."
    if value.startswith("dapi"):
        return "This begins like a Databricks token but has not 32 hexadecimal digits after dapi; a part is missing."
    return "This does not look like a Databricks token, which is dapi and 32 hexadecimal digits."
