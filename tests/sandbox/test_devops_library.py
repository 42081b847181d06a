"""Variable groups, service connections, pipelines and what they may use: by the wizard's clients, over the vendor's."""

import json
import secrets

import pytest
from azure.devops.connection import Connection
from msrest.authentication import BasicAuthentication

from tests.sandbox.devops_access import basic, rest
from wizard.clients.devops import DevOps
from wizard.clients.devops_sign_in import TokenSignIn
from wizard.clients.pipelines import CONNECTION, GROUP, QUEUE
from wizard.clients.service_connections import FEDERATION, Target
from wizard.engine.errors import NotFoundError, ServiceError
from wizard.engine.secrets import Secret

FILE = "pipelines/azure-pipelines.yml"


@pytest.fixture
def devops(inside):
    token = Secret(inside.environment["AZURE_DEVOPS_EXT_PAT"])
    return DevOps(inside.environment["AZURE_DEVOPS_ORG_URL"], TokenSignIn(token))


@pytest.fixture
def project(inside, devops):
    return devops.project(inside.environment["AZURE_DEVOPS_PROJECT"])


def unique(word):
    return f"{word}-{secrets.token_hex(4)}"


class TestVariableGroups:
    def test_secrets_go_in_and_never_come_out(self, inside, devops, project):
        name, secret = unique("test-env"), secrets.token_hex(12)
        made = devops.variables.create(project.id, project.name, name, {"MODEL": "m", "TOKEN": Secret(secret)})
        assert devops.variables.get(project.name, name) == made
        assert (made.variables["TOKEN"].secret, made.variables["TOKEN"].value) == (True, "")
        changed = devops.variables.update(project.id, project.name, made, {"MODEL": "n", "NEW": "x"})
        assert {key: each.value for key, each in changed.variables.items()} == {"MODEL": "n", "NEW": "x", "TOKEN": ""}
        assert changed.variables["TOKEN"].secret
        assert secret not in (inside.folder / "traffic.jsonl").read_text()
        devops.variables.delete(project.id, changed)
        assert devops.variables.get(project.name, name) is None

    def test_a_name_is_there_once_and_a_group_is_not_empty(self, devops, project):
        name = unique("twice")
        devops.variables.create(project.id, project.name, name, {"A": "1"})
        with pytest.raises(ServiceError, match="already exists"):
            devops.variables.create(project.id, project.name, name, {"A": "1"})
        with pytest.raises(ServiceError, match="at least one variable"):
            devops.variables.create(project.id, project.name, unique("empty"), {})
        with pytest.raises(NotFoundError):
            devops.variables.update(project.id, project.name, _gone(devops, project, name), {"A": "2"})


def _gone(devops, project, name):
    group = devops.variables.get(project.name, name)
    devops.variables.delete(project.id, group)
    return group


class TestConnections:
    def test_a_federated_one_says_what_its_tokens_present(self, inside, devops, project):
        name = unique("mlops-wizard")
        target = Target(inside.environment["AZURE_TENANT_ID"], inside.environment["AZURE_SUBSCRIPTION_ID"], "S", "c-1")
        made = devops.connections.create_federated(project.id, project.name, name, target)
        organisation = devops.url.rpartition("/")[2]
        assert made.subject == f"sc://{organisation}/{project.name}/{name}"
        assert made.issuer.startswith("https://vstoken.dev.azure.com/")
        assert (made.scheme, made.ready, made.client_id) == (FEDERATION, True, "c-1")
        assert devops.connections.get(project.name, name) == made
        with pytest.raises(ServiceError, match=f"Service connection with name {name} already exists"):
            devops.connections.create_federated(project.id, project.name, name, target)
        devops.connections.delete(project.id, made)
        assert devops.connections.get(project.name, name) is None

    def test_the_key_of_a_principal_is_never_shown(self, inside, project):
        key = secrets.token_hex(20)
        token = inside.environment["AZURE_DEVOPS_EXT_PAT"]
        client = Connection(inside.environment["AZURE_DEVOPS_ORG_URL"], BasicAuthentication("", token)).clients_v7_1
        parameters = {"tenantid": "t", "serviceprincipalid": "p", "authenticationType": "spnKey",
                      "serviceprincipalkey": key}  # fmt: skip
        body = {
            "name": unique("by-secret"),
            "type": "azurerm",
            "url": "https://management.azure.com/",
            "authorization": {"scheme": "ServicePrincipal", "parameters": parameters},
            "data": {},
            "serviceEndpointProjectReferences": [
                {"name": "x", "projectReference": {"id": project.id, "name": project.name}}
            ],
        }
        made = client.get_service_endpoint_client().create_service_endpoint(body)
        assert made.authorization.parameters["serviceprincipalkey"] is None
        assert key not in (inside.folder / "traffic.jsonl").read_text()


class TestPipelines:
    def test_it_is_made_of_a_file_and_alone_may_use_what_it_is_let_to(self, devops, project):
        repository = devops.create_repository(project.name, unique("code"))
        queue = devops.agents.queues(project.name)["Azure Pipelines"]
        made = devops.pipelines.create(project.name, unique("pipe"), FILE, repository.id, "refs/heads/main", queue)
        other = devops.pipelines.create(project.name, unique("pipe"), FILE, repository.id, "refs/heads/main", queue)
        assert devops.pipelines.get(project.name, made.name) == made
        assert (made.file, made.repository_id, made.queue) == (FILE, repository.id, "Azure Pipelines")
        group = devops.variables.create(project.id, project.name, unique("env"), {"A": "1"})
        resource = (GROUP, str(group.id))
        assert not devops.pipelines.may_use(project.name, made, *resource)
        devops.pipelines.authorize(project.name, made, *resource)
        assert devops.pipelines.may_use(project.name, made, *resource)
        assert not devops.pipelines.may_use(project.name, other, *resource)
        devops.pipelines.authorize(project.name, made, QUEUE, str(queue))
        with pytest.raises(NotFoundError):
            devops.pipelines.may_use(project.name, made, CONNECTION, "00000000-0000-4000-8000-000000000000")
        devops.pipelines.delete(project.name, made)
        assert devops.pipelines.get(project.name, made.name) is None

    def test_what_the_vendors_client_leaves_out_is_missed(self, inside, devops, project):
        repository = devops.create_repository(project.name, unique("code"))
        body = {"name": unique("pipe"), "process": {"type": 2}, "repository": {"id": repository.id, "type": "TfsGit"},
                "queue": {"id": devops.agents.queues(project.name)["Default"]}}  # fmt: skip
        with rest(inside.environment, basic(inside.environment["AZURE_DEVOPS_EXT_PAT"])) as http:
            refused = http.post(f"{project.name}/_apis/build/definitions", content=json.dumps(body))
        assert refused.status_code == 400, refused.text
