"""The mark by which what the wizard made is found again, in Azure and in Databricks."""

from __future__ import annotations

from wizard.engine.context import Context

TAG = "mlops-wizard"


def mark(context: Context) -> str:
    """This set-up and environment in one word, such as `wine-dev`."""
    return f"{context.answer('prefix')}-{context.environment}"


def tags(context: Context) -> dict[str, str]:
    """The tag that everything made here carries."""
    return {TAG: mark(context)}
