"""`mlops-wizard whoami` on a finished set-up: every service, by the credential that is used there."""

import pytest

from tests.rehearsal import Run

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]


def test_every_service_says_who_we_are_by_which_credential_and_until_when(finished):
    run: Run = finished.rehearsal.walk("whoami")
    assert run.exit_code == 0, run.explain()
    cards = run.of("identity")
    assert {card["status"] for card in cards} == {"ok"}
    assert all(card["name"] for card in cards)
    places = {card["place"] for card in cards}
    assert "management.azure.com" in places
    assert any(place.startswith("https://dev.azure.com/") for place in places)
    token = next(card for card in cards if card["credential"].startswith("token"))
    assert token["place"].endswith(".azuredatabricks.net")
    assert token["expires"]
