"""Agents, parallel jobs and rights of the sandbox's Azure DevOps, by the vendor's client and the wizard's own."""

import pytest

from tests.sandbox.devops_access import rest
from wizard.engine.secrets import Secret
from wizard.sandbox.devops.agent_pools import AGENTS
from wizard.sandbox.store import Store


@pytest.fixture
def devops(inside):
    from wizard.clients.devops import DevOps
    from wizard.clients.devops_sign_in import TokenSignIn

    token = Secret(inside.environment["AZURE_DEVOPS_EXT_PAT"])
    return DevOps(inside.environment["AZURE_DEVOPS_ORG_URL"], TokenSignIn(token))


@pytest.fixture
def project(inside):
    return inside.environment["AZURE_DEVOPS_PROJECT"]


def test_pools_and_parallel_jobs(devops, project):
    pools = devops.agents.pools(project)
    assert [(pool.name, pool.hosted) for pool in pools] == [("Azure Pipelines", True), ("Default", False)]
    assert devops.agents.pools(project) == pools
    jobs = devops.agents.parallel_jobs()
    assert (jobs.total, jobs.used, jobs.minutes, jobs.known) == (1, 0, 1800, True)
    assert devops.agents.parallel_jobs(public=True).total == 0


def test_agents_of_ones_own(inside, devops, project):
    own = next(pool for pool in devops.agents.pools(project) if not pool.hosted)
    assert devops.agents.agents(own.id) == []
    store = Store(inside.folder / "state.sqlite")
    store.put(AGENTS, f"{own.id}/7", {"id": 7, "name": "box", "version": "4.0.0", "enabled": True, "status": "online"})
    assert [(agent.name, agent.online, agent.enabled) for agent in devops.agents.agents(own.id)] == [
        ("box", True, True)
    ]
    store.delete(AGENTS, f"{own.id}/7")
    store.close()


def test_the_answers_keep_to_the_recorded_form(inside, project):
    with rest(inside.environment) as http:
        queue = http.get(f"{project}/_apis/distributedtask/queues").json()["value"][0]
        assert queue.keys() == {"id", "projectId", "name", "pool"}
        assert queue["pool"].keys() == {"id", "scope", "name", "isHosted", "poolType", "size", "isLegacy", "options"}
        assert http.get(f"{project}/_apis/distributedtask/queues/{queue['id']}").json() == queue
        named = http.get(f"{project}/_apis/distributedtask/queues", params={"queueName": "default"}).json()
        assert [each["name"] for each in named["value"]] == ["Default"]
        limits = http.get("_apis/distributedtask/resourcelimits").json()["value"]
        hosted = next(each for each in limits if each["isHosted"] and each["parallelismTag"] == "Private")
        asked = {"parallelismTag": "Private", "poolIsHosted": "true"}
        usage = http.get("_apis/distributedtask/resourceusage", params=asked).json()
        assert usage == {"usedCount": 0, "usedMinutes": 0, "resourceLimit": hosted}
        assert hosted["resourceLimitsData"] == {"FreeCount": "1", "PurchasedCount": "0"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{project}/_apis/distributedtask/queues/999", 404),
        ("nowhere/_apis/distributedtask/queues", 404),
        ("_apis/distributedtask/pools/999/agents", 404),
        ("_apis/distributedtask/resourceusage?parallelismTag=Secret", 400),
    ],
)
def test_refusals(inside, project, path, status):
    with rest(inside.environment) as http:
        answer = http.get(path.format(project=project))
        assert (answer.status_code, "message" in answer.json()) == (status, True)
