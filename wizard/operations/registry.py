"""What the engine offers besides check, plan, apply and undo, by the name of its command.

Operations run by themselves. Procedures are steps that stand in no checklist: what one does after the set-up.
"""

from wizard.engine.session import Operation, Procedure
from wizard.operations.ask import ask
from wizard.operations.cluster_power import powers
from wizard.operations.compare import compare
from wizard.operations.diff import diff
from wizard.operations.drift.drift import drift
from wizard.operations.export.export import export
from wizard.operations.promote import promotions, restarts, rollbacks
from wizard.operations.rotation.rotate import rotations
from wizard.operations.run import run
from wizard.operations.service_logs import service_logs
from wizard.operations.status.operation import status
from wizard.operations.whoami import whoami

OPERATIONS: dict[str, Operation] = {
    "ask": ask,
    "compare": compare,
    "diff": diff,
    "drift": drift,
    "export": export,
    "logs": service_logs,
    "run": run,
    "status": status,
    "whoami": whoami,
}
PROCEDURES: dict[str, Procedure] = {
    "cluster": powers,
    "promote": promotions,
    "restart": restarts,
    "rollback": rollbacks,
    "rotate": rotations,
}
