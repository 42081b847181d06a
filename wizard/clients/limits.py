"""Time limits and retries of all clients. The SDKs' own defaults keep a person waiting for minutes."""

from __future__ import annotations

from typing import Any

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
RETRIES = 2
LONGEST_PAUSE = 8

# Options of every azure-core client, azure-identity's credentials among them: azure.core.pipeline.policies.RetryPolicy.
AZURE_CORE: dict[str, Any] = {
    "connection_timeout": CONNECT_SECONDS,
    "read_timeout": READ_SECONDS,
    "retry_total": RETRIES,
    "retry_connect": RETRIES,
    "retry_read": 0,  # a service that was silent for so long is reported, not asked again
    "retry_backoff_max": LONGEST_PAUSE,
}

# azure-storage-blob has retries of its own: azure.storage.blob.ExponentialRetry. Unasked the first waits for 15 s.
STORAGE: dict[str, Any] = {
    "connection_timeout": CONNECT_SECONDS,
    "read_timeout": READ_SECONDS,
    "retry_total": RETRIES,
    "retry_connect": RETRIES,
    "retry_read": 0,
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
}

# databricks-sdk has one limit for connecting and reading, and a budget for all tries together (databricks.sdk.Config).
DATABRICKS_HTTP_SECONDS = 25.0
DATABRICKS_RETRY_SECONDS = 12
