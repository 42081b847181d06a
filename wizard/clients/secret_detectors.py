"""Detectors of detect-secrets for what Azure projects leak and the scanner's own detectors miss.

Databricks tokens, storage keys without `AccountKey=` before them, and client secrets of Entra applications. Loaded by
the scanner as a plugin file: https://github.com/Yelp/detect-secrets/blob/master/docs/plugins.md
"""

from __future__ import annotations

import re
from typing import ClassVar

from detect_secrets.plugins.base import RegexBasedDetector


class DatabricksTokenDetector(RegexBasedDetector):
    """Personal access tokens: `dapi`, 32 hexadecimal digits, and on Azure a shard number."""

    secret_type = "Databricks access token"  # noqa: S105 the kind's name  # pragma: allowlist secret
    denylist: ClassVar[list[re.Pattern[str]]] = [
        re.compile(r"(?<![0-9A-Za-z])(dapi[0-9a-f]{32}(?:-\d+)?)(?![0-9A-Za-z])")
    ]


class AzureStorageBareKeyDetector(RegexBasedDetector):
    """64 bytes in base64, as storage accounts use them, wherever they stand."""

    secret_type = "Azure storage account key"  # noqa: S105 the kind's name  # pragma: allowlist secret
    denylist: ClassVar[list[re.Pattern[str]]] = [
        re.compile(r"(?<![A-Za-z0-9+/])([A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])")
    ]


class EntraClientSecretDetector(RegexBasedDetector):
    """Client secrets of applications: 40 characters with `Q~` after the fourth."""

    secret_type = "Entra client secret"  # noqa: S105 the kind's name  # pragma: allowlist secret
    denylist: ClassVar[list[re.Pattern[str]]] = [
        re.compile(r"(?<![A-Za-z0-9_.~-])([A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9_.~-])")
    ]
