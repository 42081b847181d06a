"""kill -9 of the command and its engine at every action, then resume: the same end, and nothing twice."""

import os

import pytest

from tests.chaos.inventory import expected, inventory
from tests.chaos.killing import Killer
from tests.rehearsal import BUT_THE_RUN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MOST_ATTEMPTS = 90
PARTS = {"before": 8, "during": 4, "after": 8}


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_killed_at_every_action_it_ends_the_same(rehearsal, moment, monkeypatch):
    # Each attempt checks everything before it gets to its action. So only a part of the actions is killed, another each
    # day, more of them at the most telling moment, which has the pipeline's runs, too. `make chaos` kills all.
    whole = moment == "during"
    parts = 1 if os.environ.get("CHAOS") == "all" else PARTS[moment]
    killer = Killer(rehearsal, moment, *(() if whole else BUT_THE_RUN), parts=parts)
    for _ in range(MOST_ATTEMPTS):
        attempt = killer.attempt()
        if attempt.ended:
            break
        assert attempt.killed_in, attempt.events[-5:]
    assert attempt.ended
    assert attempt.events[-1]["exit_code"] == 0, attempt.events[-20:]
    print(f"killed {moment} {len(killer.done)} actions, {len(killer.caught - killer.done)} more beside them")
    assert killer.done
    assert parts > 1 or {step for step, _ in killer.done | killer.caught} >= {
        "plan.names", "azure.groups@dev", "databricks.workspaces@dev", "storage.accounts@dev", "databricks.token@dev",
        "local.install-script@dev", "databricks.cluster@dev", "databricks.libraries@dev", "storage.container@dev",
        "storage.dataset@dev", "databricks.mount@dev", "jobs.train-from-local@dev",
        "azure.providers", "azure.rbac@cmr", "aml.workspaces@prod", "keyvault.vault@cmr",
        "repo.devops", "repo.clone", "repo.branch", "repo.push",
        "devops.variables@test", "devops.connection@test", "devops.pipeline@test", "aks.compute@test",
        "databricks.token@cmr", "databricks.cluster@prod", "cmr.secrets@cmr", "cmr.scope@prod", "devops.variables@prod",
        "devops.connection@prod", "devops.approval@prod", "devops.pipeline@prod", "aks.compute@prod",
        *(["devops.run-test@test", "repo.release@prod", "devops.run-prod@prod"] if whole else []),
    }  # fmt: skip
    assert inventory(rehearsal, monkeypatch) == expected(whole=whole)
