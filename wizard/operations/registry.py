"""The operations that the engine offers besides check, plan, apply and undo, by the name of their command."""

from wizard.engine.session import Operation
from wizard.operations.run import run

OPERATIONS: dict[str, Operation] = {"run": run}
