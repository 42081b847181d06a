"""How fuzz tests run: the same few examples each time in CI, and many new ones with CHAOS=all."""

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MANY = os.environ.get("CHAOS") == "all"

settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("many", settings.get_profile("ci"), derandomize=False, max_examples=2000)
settings.load_profile("many" if MANY else "ci")

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
DEEP = "[" * 100_000


def shaped(**fields: st.SearchStrategy) -> st.SearchStrategy:
    """Objects that have some of these fields, and sometimes another."""
    return st.fixed_dictionaries({}, optional=fields) | st.dictionaries(st.text(max_size=10), documents, max_size=3)


def refusal(kinds: type[Exception] | tuple[type[Exception], ...], attempt: Callable[[], object]) -> Exception | None:
    """The refusal of an expected kind that an attempt ends with, None where it succeeds; others go through."""
    try:
        attempt()
    except kinds as error:
        return error
    return None
