"""Running a few lines of Python on the environment's cluster."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.steps import reach

SECONDS = 120.0


async def run(context: Context, code: str) -> str:
    """What the code printed on the environment's cluster, without blank ends."""
    workspace = await reach.databricks(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    return (await context.call(workspace.host, workspace.commands.run, cluster, code, SECONDS)).strip()


def count_rows(file: str) -> str:
    """Code that prints {"rows": ..., "error": ...}: the rows below a file's header, -1 where it cannot be read."""
    return f"""
import json
try:
    with open({file!r}, encoding="utf-8") as lines:
        rows, error = sum(1 for line in lines if line.strip()) - 1, ""
except OSError as problem:
    rows, error = -1, str(problem)
print(json.dumps({{"rows": rows, "error": error}}))
"""
