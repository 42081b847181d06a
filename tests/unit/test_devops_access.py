"""The steps devops.rights and devops.parallelism: what they find, and what they ask whom for."""

import pytest

from tests.unit.fake_cloud import fake_cloud
from wizard.clients.agents import Agent, ParallelJobs, Pool
from wizard.clients.devops import Member, Project
from wizard.engine.errors import NotSignedInError, ServiceError, UnreachableError
from wizard.engine.step import Status
from wizard.sandbox.devops.documents import recorded
from wizard.steps.devops_rights import WANTED

URL = "https://dev.azure.com/contoso"
MICROSOFTS, OWN = Pool(9, "Azure Pipelines", True), Pool(1, "Default", False)


class FakeAgents:
    def __init__(self, jobs=None, agents=(), error=None):
        self.jobs, self.there, self.error, self.tag = jobs, list(agents), error, None

    def pools(self, project):
        return [MICROSOFTS, OWN]

    def agents(self, pool_id):
        return self.there

    def parallel_jobs(self, public):
        if self.error:
            raise self.error
        self.tag = "Public" if public else "Private"
        return self.jobs


class FakeDevOps:
    def __init__(self, agents=None, lacks=(), visibility="private"):
        self.agents, self.lacks, self.visibility = agents, lacks, visibility

    def me(self):
        return Member("id-rita", "Rita", "rita@contoso.example", "descriptor")

    def project(self, name):
        return Project("id-mlops", name, "wellFormed", self.visibility)

    def may(self, rights):
        return [(each.namespace, each.bits) not in self.lacks for each in rights]


@pytest.fixture
async def cloud(tmp_path):
    cloud = await fake_cloud(tmp_path)
    cloud.remember("signin.devops", url=URL, project="mlops", project_id="id-mlops", account="rita@contoso.example")
    return cloud


async def found(cloud, step, devops):
    await cloud.session.services.get(("devops", cloud.login.credential, URL), lambda: devops)
    return await cloud.check(step)


def granted(total=1, minutes=1800, used=0, known=True):
    return ParallelJobs(total, 0, minutes, used, known)


def test_the_rights_are_those_that_the_service_publishes():
    published = {
        each["namespaceId"]: {a["name"]: a["bit"] for a in each["actions"]} for each in recorded("security_namespaces")
    }
    assert all(published[each.namespace][each.permission] == each.bit for each in WANTED)


async def test_with_all_rights_each_is_a_line_of_the_proof(cloud):
    outcome = await found(cloud, "devops.rights", FakeDevOps())
    assert outcome.status is Status.OK
    assert len(outcome.proof.splitlines()) == len(WANTED) + 1


async def test_missing_rights_are_named_with_what_they_are_for_and_asked_for(cloud):
    lacks = {(each.namespace, each.bit) for each in WANTED if "service" in each.name or "repositories" in each.name}
    outcome = await found(cloud, "devops.rights", FakeDevOps(lacks=lacks))
    assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F19")
    assert "create service connections (for the pipeline's way to Azure)" in outcome.message
    assert "create pipelines" not in outcome.message
    assert outcome.who == "an administrator of the Azure DevOps project"
    for part in (URL, "project mlops", "rita@contoso.example", "CreateRepository", "GenericContribute"):
        assert part in outcome.text
    assert await cloud.plan("devops.rights") is None


async def test_a_hosted_job_is_enough(cloud):
    agents = FakeAgents(granted())
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(agents))
    assert (outcome.status, agents.tag) == (Status.OK, "Private")
    assert "0 of 1800 minutes" in outcome.message
    assert outcome.facts["pools"] == "Azure Pipelines\nDefault"


async def test_a_public_project_has_parallel_jobs_of_its_own(cloud):
    agents = FakeAgents(granted(minutes=None))
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(agents, visibility="public"))
    assert (outcome.status, agents.tag) == (Status.OK, "Public")
    assert "minutes" not in outcome.message


async def test_without_any_the_form_is_sent_on_the_first_day(cloud):
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(FakeAgents(granted(0))))
    assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F22")
    assert "two to three business days" in outcome.fix
    assert outcome.links[0] == "https://aka.ms/azpipelines-parallelism-request"
    assert all(part in outcome.text for part in (URL, "Parallelism type: Private", outcome.links[0]))
    assert outcome.who


async def test_agents_of_ones_own_are_offered_where_they_are_online(cloud):
    agents = FakeAgents(granted(0), [Agent("box", True, True)])
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(agents))
    assert (outcome.status, outcome.who) == (Status.TODO, "")
    assert "--set devops.agent_pool='Default'" in outcome.fix
    cloud.session.answers.set("devops.agent_pool", "default")
    outcome = await cloud.check("devops.parallelism")
    assert (outcome.status, "box" in outcome.proof) == (Status.OK, True)


@pytest.mark.parametrize("agents", [[], [Agent("box", False, True)], [Agent("box", True, False)]])
async def test_a_pool_where_nobody_is_online(cloud, agents):
    cloud.session.answers.set("devops.agent_pool", "Default")
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(FakeAgents(agents=agents)))
    assert (outcome.status, f"({len(agents)} registered)" in outcome.message) == (Status.TODO, True)
    assert outcome.fix


async def test_a_pool_that_is_not_there(cloud):
    cloud.session.answers.set("devops.agent_pool", "Defualt")
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(FakeAgents()))
    assert (outcome.status, "Azure Pipelines, Default" in outcome.fix) == (Status.TODO, True)


@pytest.mark.parametrize(
    ("jobs", "says"), [(granted(known=False), "could not tell"), (granted(used=1800), "1800 of 1800 minutes used")]
)
async def test_what_makes_a_run_doubtful_is_a_warning(cloud, jobs, says):
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(FakeAgents(jobs)))
    assert (outcome.status, says in outcome.message, bool(outcome.fix)) == (Status.WARN, True, True)


@pytest.mark.parametrize("error", [ServiceError("no", status=403), NotSignedInError("no", status=401)])
async def test_settings_that_may_not_be_read_stop_nobody(cloud, error):
    outcome = await found(cloud, "devops.parallelism", FakeDevOps(FakeAgents(error=error)))
    assert (outcome.status, "nobody knows" in outcome.message) == (Status.WARN, True)
    assert outcome.who
    assert outcome.text


async def test_no_answer_is_no_outcome(cloud):
    with pytest.raises(UnreachableError):
        await found(cloud, "devops.parallelism", FakeDevOps(FakeAgents(error=UnreachableError("gone"))))
