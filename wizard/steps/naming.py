"""Rules for names, held before any call. Each complaint states the rule it names.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

PREFIX_RULE = "2 to 12 lower-case letters and digits, beginning with a letter"
GROUP_RULE = "1 to 90 letters, digits and _ - . ( ), not ending with a dot"
WORKSPACE_RULE = "3 to 64 letters, digits, _ and -"
ACCOUNT_RULE = "3 to 24 lower-case letters and digits"
VAULT_RULE = "3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen"
ML_WORKSPACE_RULE = "3 to 33 letters, digits, _ and -, beginning with a letter or digit"
INSIGHTS_RULE = "1 to 255 letters, digits and _ - . ( ), not ending with a dot"
CONTAINER_RULE = "3 to 63 lower-case letters, digits and single hyphens, beginning and ending with a letter or digit"
REGION_RULE = "a region's code in lower case without blanks, such as westeurope"
CLUSTER_RULE = "1 to 100 characters, none of them a quote, a line break or a control character"


def _rule(pattern: str, rule: str, value: str, what: str) -> str | None:
    return None if re.fullmatch(pattern, value) else f"{what} must be {rule}."


def prefix(value: str) -> str | None:
    """What is wrong with a prefix from which all other names are derived, or None."""
    return _rule(r"[a-z][a-z0-9]{1,11}", PREFIX_RULE, value, "A prefix")


def resource_group(value: str) -> str | None:
    """What is wrong with a resource group's name, or None."""
    return _rule(r"[\w\-.()]{0,89}[\w\-()]", GROUP_RULE, value, "A resource group's name")


def workspace(value: str) -> str | None:
    """What is wrong with a Databricks workspace's name, or None."""
    return _rule(r"[A-Za-z0-9_-]{3,64}", WORKSPACE_RULE, value, "A Databricks workspace's name")


def storage_account(value: str) -> str | None:
    """What is wrong with a storage account's name, or None."""
    return _rule(r"[a-z0-9]{3,24}", ACCOUNT_RULE, value, "A storage account's name")


def key_vault(value: str) -> str | None:
    """What is wrong with a key vault's name, or None."""
    return _rule(r"(?=.{3,24}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", VAULT_RULE, value, "A key vault's name")


def ml_workspace(value: str) -> str | None:
    """What is wrong with an Azure Machine Learning workspace's name, or None."""
    return _rule(r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}", ML_WORKSPACE_RULE, value, "An Azure ML workspace's name")


def insights(value: str) -> str | None:
    """What is wrong with an Application Insights component's name, or None."""
    return _rule(r"[\w\-.()]{0,254}[\w\-()]", INSIGHTS_RULE, value, "An Application Insights component's name")


def container(value: str) -> str | None:
    """What is wrong with a blob container's name, or None."""
    return _rule(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*", CONTAINER_RULE, value, "A container's name")


def region(value: str) -> str | None:
    """What is wrong with a region's code, or None."""
    return _rule(r"[a-z]{4,30}[0-9]?", REGION_RULE, value, "A region")


def cluster(value: str) -> str | None:
    """What is wrong with a cluster's name, or None."""
    return _rule(r"[^\x00-\x1f\x7f\"']{1,100}", CLUSTER_RULE, value, "A cluster's name")


def rule(pattern: str, words: str, what: str) -> Callable[[str], str | None]:
    """A rule for names of one form, in words."""
    return lambda value: _rule(pattern, words, value, what)


def whole_number(lowest: int, highest: int) -> NumberRule:
    """A rule for whole numbers within limits."""
    return NumberRule(lowest, highest)


class NumberRule:
    """Says what is wrong with a value that should be a whole number within limits."""

    def __init__(self, lowest: int, highest: int) -> None:
        self._lowest = lowest
        self._highest = highest

    def __call__(self, value: str) -> str | None:
        """The rule when the value breaks it, or None."""
        if value.isascii() and value.isdecimal() and self._lowest <= int(value) <= self._highest:
            return None
        return f"This must be a whole number from {self._lowest} to {self._highest}."


def derived_account(prefix_: str, environment: str, subscription: str) -> str:
    """A storage account's name that nobody else is likely to have: prefix, environment and a short fingerprint."""
    return f"{prefix_}{environment}{_fingerprint(prefix_, subscription)}"[:24]


def derived_vault(prefix_: str, environment: str, subscription: str) -> str:
    """A key vault's name that nobody else is likely to have, made in the same way."""
    return f"kv{prefix_}{environment}{_fingerprint(prefix_, subscription)}"[:24]


def _fingerprint(prefix_: str, subscription: str) -> str:
    return hashlib.sha256(f"{subscription}/{prefix_}".encode()).hexdigest()[:6]
