"""Known secrets are masked in whatever form they are written."""

import json
from urllib.parse import quote

import pytest

from wizard.engine.redaction import MASK, Redactor

ODD = 'first line of it\nsecond/line+of "it"\r\nend'


@pytest.mark.parametrize(
    "written",
    [ODD, json.dumps({"token": ODD}), f"GET /v1?code={quote(ODD, safe='')}", '  second/line+of "it"', repr(ODD)],
    ids=["as it is", "JSON", "address", "a line of it", "as Python shows it"],
)
def test_a_known_secret_of_several_lines_is_masked_however_it_is_written(written):
    redactor = Redactor()
    redactor.add(ODD)
    masked = redactor.text(written)
    assert MASK in masked
    assert not [word for word in ("first", "second", "line", "%20of%20") if word in masked]


def test_half_a_character_in_a_secret_breaks_nothing():
    redactor = Redactor()
    redactor.add("secret \ud800")
    assert redactor.text("a secret \ud800 here") == f"a {MASK} here"
