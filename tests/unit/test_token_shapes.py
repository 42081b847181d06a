"""Pasted tokens: what copying adds is taken off, what is no Databricks token is named."""

import pytest

from wizard.steps.token_shapes import cleaned, complaint

GOOD = "dapi" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "pasted",
    [GOOD, GOOD + "-3", f"  {GOOD}\n", f'"{GOOD}"', f"'{GOOD}'", f"` {GOOD} `", f"export DATABRICKS_TOKEN='{GOOD}'\n"],
)
def test_what_copying_adds_is_taken_off(pasted):
    assert complaint(pasted) is None
    assert cleaned(pasted).startswith(GOOD)
    assert cleaned(pasted)[-1] not in "'\"` \n"


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("", "Nothing"),
        ("''", "Nothing"),
        (GOOD[:20] + "\n" + GOOD[20:], "line break"),
        (GOOD[:20] + " " + GOOD[20:], "blank"),
        (GOOD[:20] + '"' + GOOD[20:], "quote"),
        (GOOD + "\u200b", "characters"),
        (GOOD[:-1], "a part is missing"),
        ("ghp_" + "a" * 36, "GitHub"),
        ("github_pat_" + "a" * 30, "GitHub"),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "JSON web token"),
        ("DefaultEndpointsProtocol=https;AccountName=x;AccountKey=abc==", "connection string"),
        ("A" * 86 + "==", "storage account key"),
        ("https://x.blob.core.windows.net/?sv=1&sig=abc", "shared access signature"),
        ("a2" * 26, "Azure DevOps"),
        ("a" * 76 + "AZDO" + "abcd", "Azure DevOps"),
        ("abc8Q~" + "x" * 34, "Entra application"),
        ("dose" + "0" * 32, "OAuth secret"),
        ("0" * 64, "token's id"),
        ("11111111-2222-3333-4444-555555555555", "an id"),
        ("https://adb-1.2.azuredatabricks.net", "address"),
        ("hunter2hunter2", "does not look like"),
    ],
)
def test_what_is_no_databricks_token_is_named(pasted, says):
    found = complaint(pasted)
    assert says in found
    assert not pasted.strip("'") or pasted not in found
