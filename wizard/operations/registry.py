"""The operations that the engine offers besides check, plan, apply and undo, by the name of their command."""

from wizard.engine.session import Operation
from wizard.operations.diff import diff
from wizard.operations.run import run
from wizard.operations.whoami import whoami

OPERATIONS: dict[str, Operation] = {"diff": diff, "run": run, "whoami": whoami}
