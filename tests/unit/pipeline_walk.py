"""A set-up that stands before the steps of the pipeline, on a far side held in memory, and walking through one step."""

from tests.unit.fake_azure import ml_workspace
from tests.unit.fake_cloud import SUBSCRIPTION, fake_cloud
from tests.unit.fake_devops import FakeDevOps, FakeIdentities
from wizard.clients.tokens import Token
from wizard.engine.answers import Answers
from wizard.engine.context import Context
from wizard.engine.secrets import Secret
from wizard.engine.step import Action, Instance, Outcome, Status
from wizard.steps import waiting
from wizard.steps.checklist import CHECKLIST

COMMIT = "a" * 40
TOKEN = "dapi" + "0" * 32
URL = "https://dev.azure.com/contoso"
NAME = "mlops-wizard-test"


async def pipeline_cloud(tmp_path, monkeypatch):
    """The far side and the session, with what the steps before have learned."""
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.0)
    cloud = await fake_cloud(tmp_path)
    cloud.devops, cloud.identities = FakeDevOps(), FakeIdentities()
    credential = cloud.login.credential
    await cloud.session.services.get(("devops", credential, URL), lambda: cloud.devops)
    key = ("managed identities", credential, SUBSCRIPTION)
    await cloud.session.services.get(key, lambda: cloud.identities)
    cloud.ml.workspaces["mlw-wine-test"] = ml_workspace("mlw-wine-test")
    cloud.remember("signin.devops", url=URL, project="mlops", project_id="p-1", by="the Azure sign-in")
    host = "adb-1.2.azuredatabricks.net"
    facts = {
        "databricks.workspaces@test": {"host": host, "id": "/id/dbw"},
        "databricks.cluster@test": {"name": "wine-test", "cluster_id": "c1"},
        "databricks.mount@test": {"path": "/dbfs/mnt/data/winequality-red.csv"},
        "databricks.token@test": {"token_id": "t-1"},
        "devops.connection@test": {"id": "c-1"},
        "devops.pipeline@test": {"id": "7"},
        "aml.workspaces@test": {"id": "/id/mlw"},
        "repo.push": {"main_commit": COMMIT},
        "repo.devops": {"repository": "wine-mlops", "repository_id": "r-1", "default_branch": "main"},
    }
    for key, learned in facts.items():
        cloud.session.state.remember(key, Outcome(Status.OK, "remembered", facts=learned))
    cloud.session.checklist = CHECKLIST
    answers = {"azure.signin": "environment"}
    cloud.session.answers = Answers(cloud.session.project.answers, cloud.session.checklist.questions(), answers)
    cloud.session.secrets.put("DATABRICKS_TOKEN@test", Secret(TOKEN))
    cloud.databricks.tokens.tokens = [Token("t-1", "mlops-wizard wine test", 4e9)]
    return cloud


class Walk:
    """One step in one environment, whether it is in the checklist or not."""

    def __init__(self, cloud, step, environment):
        self.context = Context(cloud.session, Instance(step, environment))
        self.step = step

    async def check(self):
        return await self.step.check(self.context)

    async def plan(self):
        return await self.step.plan(self.context)

    async def apply(self):
        for action in await self.plan() or []:
            await action.run(self.context)
        return await self.check()

    async def undo(self):
        for action in await self.step.undo(self.context):
            if isinstance(action, Action):
                await action.run(self.context)
