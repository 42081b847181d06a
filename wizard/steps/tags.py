"""The mark by which what the wizard made is found again, in Azure and in Databricks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.engine.context import Context
from wizard.engine.step import Kept

TAG = "mlops-wizard"


def mark(context: Context) -> str:
    """This set-up and environment in one word, such as `wine-dev`."""
    return f"{context.answer('prefix')}-{context.environment}"


def tags(context: Context) -> dict[str, str]:
    """The tag that everything made here carries."""
    return {TAG: mark(context)}


def note(context: Context) -> str:
    """The same mark in words, for what has a description or a comment and no tags."""
    return f"{TAG} {mark(context)}"


def has_our_tag(context: Context, found: Mapping[str, str]) -> bool:
    """Whether tags say that this set-up made something, in whichever environment."""
    return found.get(TAG, "").rpartition("-")[0] == context.answer("prefix")


def has_our_note(context: Context, text: str) -> bool:
    """Whether a description or comment says so."""
    return re.search(rf"\b{TAG} {re.escape(context.answer('prefix'))}-\w+", text) is not None


def not_ours(thing: str) -> Kept:
    """What is kept because nothing says that this set-up made it."""
    return Kept(thing, "it was not made by this set-up")
