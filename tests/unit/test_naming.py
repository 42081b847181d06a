"""Names are held against each service's rules before any call, and the complaint states the rule."""

import pytest

from wizard.steps import naming


@pytest.mark.parametrize(
    ("rule", "good", "bad", "says"),
    [
        (
            naming.prefix,
            ["wine", "a1", "abcdefghijkl"],
            ["", "w", "Wine", "1wine", "wi-ne", "abcdefghijklm"],
            "2 to 12",
        ),
        (naming.resource_group, ["rg-wine-dev", "RG_(1).a", "a" * 90], ["", "rg.", "a" * 91, "rg wine", "[x]"], "90"),
        (naming.workspace, ["dbw-wine-dev", "abc", "A_1"], ["ab", "a" * 65, "dbw.wine", "dbw wine"], "3 to 64"),
        (
            naming.storage_account,
            ["winedev1", "abc", "a" * 24],
            ["ab", "a" * 25, "Wine", "wine-dev", "wine_"],
            "3 to 24",
        ),
        (naming.container, ["data", "a-b-1"], ["da", "Data", "a--b", "-ab", "ab-", "a" * 64], "3 to 63"),
        (naming.region, ["westeurope", "eastus2"], ["West Europe", "we", "", "eu_west"], "westeurope"),
        (naming.cluster, ["wine-dev", "My cluster [1]"], ["", 'a"b', "a\nb", "a" * 101], "1 to 100"),
        (naming.whole_number(1, 730), ["1", "90", "730"], ["0", "731", "-1", "ninety", "", "1.5"], "1 to 730"),
    ],
)
def test_rules(rule, good, bad, says):
    assert [value for value in good if rule(value) is not None] == []
    assert [value for value in bad if rule(value) is None] == []
    assert says in rule(bad[0])


def test_a_derived_account_is_valid_stable_and_differs_by_subscription():
    one = naming.derived_account("wine", "dev", "s1")
    assert one == naming.derived_account("wine", "dev", "s1")
    assert one.startswith("winedev")
    assert one != naming.derived_account("wine", "dev", "s2")
    assert naming.storage_account(naming.derived_account("abcdefghijkl", "prod", "s1")) is None
