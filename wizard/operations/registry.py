"""What the engine offers besides check, plan, apply and undo, by the name of its command.

Operations run by themselves. Procedures are steps that stand in no checklist: what one does after the set-up.
"""

from wizard.engine.session import Operation, Procedure
from wizard.operations.diff import diff
from wizard.operations.rotation.rotate import rotations
from wizard.operations.run import run
from wizard.operations.status.operation import status
from wizard.operations.whoami import whoami

OPERATIONS: dict[str, Operation] = {"diff": diff, "run": run, "status": status, "whoami": whoami}
PROCEDURES: dict[str, Procedure] = {"rotate": rotations}
