"""Moments as Azure Resource Manager writes them."""

import time
from datetime import UTC, datetime


def moment(unix_time: float | None = None) -> str:
    """A moment (default: now) in UTC with seven decimals."""
    when = datetime.fromtimestamp(time.time() if unix_time is None else unix_time, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
