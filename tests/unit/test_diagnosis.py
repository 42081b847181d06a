"""Each rule against what the services said, on the way it takes: service, vendor's client, engine error, rule."""

import json
import re
import string
from pathlib import Path

import pytest
import requests
import yaml
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from tests.unit.wire import FixedCredential, install
from wizard.clients import bodies
from wizard.clients.azure_login import Login
from wizard.clients.blobs import Blobs
from wizard.clients.databricks import Databricks, TokenSignIn
from wizard.clients.faults import translated
from wizard.clients.resource_groups import ResourceGroups
from wizard.engine.diagnosis import FACTS, RULES, YOU, diagnose, rules
from wizard.engine.errors import ServiceError, WizardError
from wizard.engine.secrets import Secret

RECORDINGS = Path(__file__).parents[1] / "contract" / "vendors" / "recordings"
FIXTURES = [
    fixture
    for file in sorted(RULES.with_name("fixtures").glob("*.yaml"))
    for fixture in yaml.safe_load(file.read_text(encoding="utf-8"))
]
SUBSCRIPTION = "33333333-3333-3333-3333-333333333333"  # the SDK reads it back from the address
KNOWN = {name: f"the {name}" for name in FACTS}
WORDS_NOBODY_FILLED = re.compile(r"[{}]|\bunknown\b")


def body_of(fixture) -> str:
    if "recording" in fixture:
        recorded = json.loads((RECORDINGS / fixture["recording"]).read_text())
        return json.dumps(recorded["response"]["body"])
    return fixture["body"] if isinstance(fixture["body"], str) else json.dumps(fixture["body"])


def by_arm(fixture, wire):
    ResourceGroups(FixedCredential(), SUBSCRIPTION).create("g", "westeurope", {})


def by_storage(fixture, wire):
    Blobs("winedata.blob.core.windows.net", "winedata", Secret("a2V5")).create_container("data")


def by_databricks(fixture, wire):
    Databricks("adb-1234567890123456.7.azuredatabricks.net", TokenSignIn(Secret("dapi0"))).me()


def by_entra(fixture, wire):
    """As azure-identity raises it, with Entra's own description and no more."""
    body = fixture["body"]
    said = body if isinstance(body, str) else body["error_description"]
    with translated("Entra"):
        raise ClientAuthenticationError(message=f"Authentication failed: {said}")


def by_credential(fixture, wire):
    login = Login("azure-cli")

    class Unavailable:
        def get_token(self, *_):
            raise CredentialUnavailableError(message=fixture["body"])

    login.credential = Unavailable()
    login.account()


def by_network(fixture, wire):
    wire.body = requests.exceptions.SSLError(fixture["body"])
    by_arm(fixture, wire)


def by_cluster(fixture, wire):
    """As steps/clusters.py tells why a cluster ended."""
    raise ServiceError("The cluster did not start.", code=fixture.get("code", ""), body=fixture["body"])


def by_text(fixture, wire):
    """Output of a program, or of code on a cluster; or the body that a plain HTTP call got."""
    said = bodies.read(body_of(fixture))
    raise ServiceError(said.message, code=said.code, status=fixture.get("status", 0), body=body_of(fixture))


SPEAKERS = {name.removeprefix("by_"): each for name, each in globals().items() if name.startswith("by_")}


def error_of(fixture, monkeypatch) -> WizardError:
    wire = install(monkeypatch)
    wire.status, wire.address = fixture.get("status", 200), fixture.get("address", "")
    wire.body = body_of(fixture).encode()
    kind = "application/json" if wire.body.startswith(b"{") else "text/html"
    wire.headers = {
        "Content-Type": "application/xml" if fixture["by"] == "storage" else kind,
        **fixture.get("headers", {}),
    }
    with pytest.raises(WizardError) as caught:
        SPEAKERS[fixture["by"]](fixture, wire)
    return caught.value


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda each: f"{each['rule']}-{each['by']}")
def test_the_right_rule_wins_and_fills_all_its_words(fixture, monkeypatch):
    found = diagnose(error_of(fixture, monkeypatch), KNOWN)
    assert found is not None
    assert found.rule.name == fixture["rule"]
    assert found.message
    assert not WORDS_NOBODY_FILLED.search(found.fix + found.text)
    assert "{" not in found.message.partition(" (")[0]
    assert fixture["source"]


def test_every_rule_has_a_fixture_and_every_fixture_a_rule():
    assert {rule.name for rule in rules()} == {fixture["rule"] for fixture in FIXTURES}


def test_names_are_unique_and_every_catalogued_failure_has_a_rule():
    assert len({rule.name for rule in rules()}) == len(rules())
    wanted = {f"F{number:02}" for number in (*range(1, 20), 26, 34, 35, 36, 37)}
    assert wanted - {rule.id for rule in rules()} == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_is_complete(rule):
    assert rule.cause
    assert rule.fix
    assert rule.who
    assert bool(rule.text) == (rule.who != YOU)
    assert all(link.startswith("https://") for link in rule.links)
    placeholders = {
        name for text in (rule.cause, rule.fix, rule.text) for _, name, _, _ in string.Formatter().parse(text)
    }
    assert placeholders - {None, "said"} <= rule.match.groupindex.keys() | FACTS.keys()


def test_what_is_not_known_is_told_in_words():
    found = diagnose(ServiceError("AADSTS53003: Access has been blocked", code="AADSTS53003"), {})
    assert found is not None
    assert "my account" in found.text
    assert "None" not in found.text
    assert "{" not in found.text


def test_an_unknown_error_has_no_diagnosis():
    assert diagnose(ServiceError("Something new.", code="Other", status=409, body="{}"), {}) is None


def test_no_words_of_a_service_are_taken_for_placeholders():
    odd = ServiceError("{account} {0} {", code="RoleAssignmentExists", body="{x}")
    found = diagnose(odd, {"account": "{y}"})
    assert found is not None
    assert "{account} {0} {" in found.message
