"""What a request is one of: method, kind of host, and the path without the names and ids of this one set-up."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

from tests.chaos.matrix.exchange import Request

HOSTS = (
    ("entra", r"login\.microsoftonline\.com"),
    ("arm", r"management\.azure\.com"),
    ("graph", r"graph\.microsoft\.com"),
    ("vault", r".*\.vault\.azure\.net"),
    ("blob", r".*\.blob\.core\.windows\.net"),
    ("databricks", r"adb-.*\.azuredatabricks\.net"),
    ("devops", r"(dev\.azure\.com|.*\.dev\.azure\.com|.*\.visualstudio\.com)"),
    ("aml", r".*\.azureml\.(ms|net)|.*\.api\.azureml\.ms"),
    ("scoring", r".*\.cloudapp\.azure\.com"),
)
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
VERSION = re.compile(r"v?\d+\.\d+(-preview(\.\d+)?)?")
# An id, a name that is written in a special way, a file's name.
OWN = re.compile(rf"{GUID}|\d+|[0-9a-f]{{8,}}|.*[0-9a-f]{{16,}}.*|.*%.*|.*\w\.\w.*", re.IGNORECASE)
# The part of a query that says what is asked for, where its names alone do not.
TELLING = ("comp", "restype", "service", "filter", "searchCriteria.status")
WITH_EVERY_REQUEST = ("api-version", "sv", "sig", "se", "sr", "sp", "skt", "ske", "st")
# After these words a name follows.
NAMED = {"devops": ("_git", "repositories", "projects"), "vault": ("secrets",), "scoring": ("service",)}


def kind_of(host: str) -> str:
    """Which service a host is of."""
    return next((kind for kind, pattern in HOSTS if re.fullmatch(pattern, host)), host)


def signature(request: Request) -> str:
    """Two requests with the same one ask for the same thing of different places."""
    kind, address = kind_of(request.host), urlsplit(request.target)
    words = [request.method, f"{kind}:{_path(kind, address.path)}"]
    if query := _query(address.query):
        words.append(f"?{query}")
    if kind == "entra" and (scope := re.search(rb"scope=([^&]+)", request.body)):
        words.append(f"scope {_audience(scope[1].decode())}")
    if kind == "databricks" and address.path.endswith("/commands/execute"):
        words.append(f"({_command(request.body)})")
    return " ".join(words)


def _path(kind: str, path: str) -> str:
    segments = path.strip("/").split("/")
    if kind == "blob":
        return "/" + "/".join(("{container}", "{blob}")[: len([each for each in segments[:2] if each])])
    if "subscriptions" in segments:
        before = segments.index("subscriptions")
        return "/" + "/".join([*segments[:before], *_arm(segments[before:])])
    if kind == "devops":
        segments = [*("{org}", "{project}")[: _first(segments, "_")], *segments[_first(segments, "_") :]]
    plain, previous = [], ""
    for each in filter(None, segments):
        named = previous in NAMED.get(kind, ()) or (OWN.fullmatch(each) and not VERSION.fullmatch(each))
        plain.append("{}" if named else re.sub(r"\(.*\)", "()", each))
        previous = each
    return "/" + "/".join(plain)


def _first(segments: list[str], beginning: str) -> int:
    return next((number for number, each in enumerate(segments) if each.startswith(beginning)), 0)


def _arm(segments: list[str]) -> list[str]:
    """`.../providers/NAMESPACE/type/NAME/type/NAME`: what stands at a name's place is left out."""
    if len(segments) <= 5 and segments[2:3] == ["providers"]:  # the provider itself
        return ["subscriptions", "{}", "providers", "{}", *segments[4:]]
    plain: list[str] = []
    rest = list(segments)
    while rest:
        word = rest.pop(0)
        plain.append("resourceGroups" if word == "resourcegroups" else word)
        if word == "providers" and rest:
            plain.append(rest.pop(0))
        elif rest:
            name = rest.pop(0)
            plain.append("default" if name == "default" else "{}")
    return plain


def _query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(
        f"{name}={re.sub(GUID, '{}', value)}" if name in TELLING and len(value) < 40 else name
        for name, value in pairs
        if name.lower() not in WITH_EVERY_REQUEST
    )


def _audience(scope: str) -> str:
    return re.sub(r"https?(%3A|:)(%2F|/){2}", "", scope).split("%2F")[0].split("/")[0]


def _command(body: bytes) -> str:
    """The first words of the code that a cluster is asked to run."""
    try:
        code = str(json.loads(body)["command"])
    except (ValueError, KeyError, TypeError):
        return "?"
    first = next((line for line in code.splitlines() if line.strip() and not line.startswith(("import ", "from "))), "")
    return re.sub(r"[^A-Za-z_.() ]", "", first)[:30].strip()
