"""Names that try to leave their folder, or that break programs, sent to the sandbox's real services."""

import http.client
import json
import re
import ssl
import uuid
from urllib.parse import quote, urlsplit

import pytest

from tests import naughty
from tests.fuzzing import MANY, refusal
from tests.sandbox.devops_access import basic
from tests.sandbox.workspaces import ARM, entra_token, http_client, new_workspace

pytestmark = pytest.mark.xdist_group("hostile-names")  # what they share is made once

NAMES = [*naughty.CLIMBING, *naughty.CONTROLS[::3], *naughty.FOREIGN[:2], naughty.MARKUP[0], "", "a" * 5000]
if MANY:
    NAMES += naughty.texts()


@pytest.fixture(scope="module", name="http")
def client(cloud):
    with http_client(cloud.environment) as client:
        yield client


@pytest.fixture(scope="module")
def workspace(cloud):
    """One of this module's own: what is left in it is of no use to other tests."""
    return new_workspace(cloud.environment, "dbw-hostile")


@pytest.fixture(autouse=True)
def nothing_elsewhere(cloud, tmp_path_factory):
    """What must hold whatever is asked: no service broke, and nothing appeared outside of the cloud's own folders."""
    log = cloud.folder / "sandbox.log"
    before, around = log.stat().st_size, set(cloud.folder.parent.iterdir())
    own = {entry.name for entry in cloud.folder.iterdir()}
    yield
    broken = log.read_text(errors="replace")[before:]
    assert [line for line in broken.splitlines() if re.match(r"\w*Error\b|  File .*/wizard/", line)] == []
    made = {entry.name for entry in cloud.folder.iterdir()} - own
    assert made <= {"storage", "databricks", "devops", "machine_learning", "keyvault", "mlflow", "devops-cache"}
    assert set(cloud.folder.parent.iterdir()) - around <= set(tmp_path_factory.getbasetemp().iterdir())


def asked(http, method, address, token, body):
    """The answer to a request."""
    headers = {"Authorization": token, "Content-Type": "application/json"}
    answer = http.request(method, address, headers=headers, content=json.dumps(body))
    assert answer.status_code < 500, (method, address, body, answer.status_code, answer.text[:500])
    assert "Traceback" not in answer.text
    return answer


class Raw:
    """Requests whose targets nobody makes better on the way, over one connection while that lasts."""

    def __init__(self, environment, address, token):
        trust = ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
        proxy = environment["HTTPS_PROXY"].removeprefix("http://")
        self._connection = http.client.HTTPSConnection(proxy, context=trust, timeout=30)
        self._connection.set_tunnel(urlsplit(address).hostname)
        self._token = token

    def __call__(self, method, target, content=b""):
        """The body of the answer."""
        self._connection._validate_path = lambda _: None
        self._connection._encode_request = lambda line: line.encode("latin-1")
        self._connection.putrequest(method, target.decode("latin-1"), skip_accept_encoding=True)
        for name, value in (("Authorization", self._token), ("Content-Type", "application/json")):
            self._connection.putheader(name, value)
        self._connection.putheader("Content-Length", str(len(content)))
        self._connection.endheaders(content)
        answer = self._connection.getresponse()
        text = answer.read().decode(errors="replace")
        assert answer.status < 500, (method, target, answer.status, text[:500])
        assert "Traceback" not in text
        assert "root:x:0" not in text
        return text


def names_for(route):
    """All names; of MLflow's server, which is slow, fewer are asked."""
    return NAMES if MANY or "mlflow" not in route else NAMES[::4]


def targets(before, after=""):
    """Request targets with each name in them, as it is where HTTP allows that, and quoted."""
    for name in names_for(before):
        written = name.encode(errors="surrogatepass")
        if written.isascii() and name.isprintable() and not {" ", "#"} & set(name):
            yield before.encode() + written + after.encode()
        yield (before + quote(written, safe="") + after).encode()


BODIES = {
    "dbfs/put": lambda name: {"path": name, "contents": "eA==", "overwrite": True},
    "dbfs/mkdirs": lambda name: {"path": f"/made/{name}"},
    "dbfs/move": lambda name: {"source_path": "/made", "destination_path": f"/{name}"},
    "dbfs/create": lambda name: {"path": f"/x/{name}", "overwrite": True},
    "dbfs/delete": lambda name: {"path": f"/none/{name}", "recursive": True},
    "workspace/mkdirs": lambda name: {"path": f"/Shared/{name}"},
    "workspace/import": lambda name: {
        "path": f"/Shared/{name}",
        "content": "eA==",
        "format": "AUTO",
        "overwrite": True,
    },
    "workspace/delete": lambda name: {"path": f"/Shared/none/{name}", "recursive": True},
    "secrets/scopes/create": lambda name: {"scope": name},
    "secrets/put": lambda name: {"scope": name, "key": name, "string_value": name},
    "token/create": lambda name: {"comment": name, "lifetime_seconds": 60},
    "clusters/create": lambda name: {
        "cluster_name": name,
        "spark_version": name,
        "node_type_id": name,
        "num_workers": 1,
    },
    "libraries/install": lambda name: {"cluster_id": name, "libraries": [{"pypi": {"package": name}}]},
    "mlflow/experiments/create": lambda name: {"name": f"/Shared/{name}"},
    "mlflow/registered-models/create": lambda name: {"name": name},
    "mlflow/artifacts/credentials-for-write": lambda name: {"run_id": name, "path": [name]},
    "fs/create-upload-url": lambda name: {"path": f"/Volumes/a/b/c/{name}", "expire_time": "2099-01-01T00:00:00Z"},
    "jobs/create": lambda name: {
        "name": name,
        "tasks": [{"task_key": name, "spark_python_task": {"python_file": name}}],
    },
    "unity-catalog/catalogs": lambda name: {"name": name},
}


@pytest.mark.parametrize("route", BODIES)
def test_a_workspace_keeps_to_its_folders(http, workspace, route):
    version = "2.1" if route.startswith(("unity", "jobs")) else "2.0"
    for name in names_for(route):
        for spelled in (name, f"/{name}", f"/dbfs/../{name}") if route == "dbfs/put" else (name,):
            body = BODIES[route](spelled)
            asked(http, "POST", f"{workspace.host}/api/{version}/{route}", f"Bearer {workspace.token}", body)


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [
        ("PUT", "/api/2.0/fs/files/Volumes/a/b/c/", ""),
        ("PUT", "/api/2.0/fs/files/WorkspaceInternal/Mlflow/Artifacts/1/Runs/2/artifacts/", ""),
        ("PUT", "/api/2.0/fs/files/", ""),
        ("PUT", "/api/2.0/fs/directories/", ""),
        ("GET", "/api/2.0/fs/directories/", ""),
        ("GET", "/api/2.0/fs/directories/Volumes?page_token=", ""),
        ("GET", "/api/2.0/fs/signed/", "?se=99999999999&sp=r&sig=0"),
        ("POST", "/dbfs/", ""),
        ("GET", "/dbfs/", ""),
        ("GET", "/api/2.0/dbfs/read?path=/", ""),
        ("GET", "/api/2.0/dbfs/list?path=/", ""),
        ("GET", "/api/2.0/workspace/export?path=/", ""),
        ("GET", "/api/2.0/workspace/list?path=/Shared/", ""),
        ("GET", "/api/2.0/mlflow/artifacts/list?run_id=1&path=", ""),
        ("GET", "/api/2.0/mlflow/registered-models/get?name=", ""),
        ("GET", "/api/2.0/clusters/get?cluster_id=", ""),
        ("GET", "/api/2.1/unity-catalog/volumes/", ""),
        ("GET", "/", ""),
    ],
)
def test_no_path_of_a_workspace_leads_out_of_it(cloud, workspace, method, before, after):
    ask = Raw(cloud.environment, workspace.host, f"Bearer {workspace.token}")
    for target in targets(before, after):
        ask(method, target, b"x" if method in ("PUT", "POST") else b"")


@pytest.fixture(scope="module")
def arm(cloud, http):
    return f"Bearer {entra_token(http, cloud.environment, ARM)}"


@pytest.mark.parametrize(
    "below",
    ["", "/providers/Microsoft.Storage/storageAccounts", "/providers/Microsoft.KeyVault/vaults",
     "/providers/Microsoft.Databricks/workspaces", "/providers/Microsoft.MachineLearningServices/workspaces"],
)  # fmt: skip
def test_names_of_resources_keep_their_rules(cloud, arm, below):
    group = f"/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups"
    before = f"{group}/rg-odd{below}/" if below else f"{group}/"
    ask = Raw(cloud.environment, ARM, arm)
    for target in targets(before, "?api-version=2023-05-01"):
        ask("PUT", target, b'{"location": "eastus", "sku": {"name": "x"}, "properties": {}}')


@pytest.fixture(scope="module")
def account(cloud):
    from tests.sandbox.test_storage import Account

    return Account(cloud.environment).create()


def test_blobs_and_containers_have_any_name_and_no_folder(cloud, account):
    from azure.core.exceptions import HttpResponseError
    from azure.storage.blob import BlobServiceClient

    with pytest.MonkeyPatch.context() as patch:
        for variable, value in cloud.environment.items():
            patch.setenv(variable, value)
        service = BlobServiceClient(account.url, credential=account.key, retry_total=0)
        container = service.create_container(f"c-{uuid.uuid4().hex[:8]}")
        kept = []
        for name in NAMES:
            if not name or "\ud800" <= name[0] <= "\udfff":
                continue  # the vendor's client sends neither
            refused = refusal(HttpResponseError, lambda name=name: container.upload_blob(name, b"x", overwrite=True))
            assert refused is None or refused.status_code < 500, name
            kept += [] if refused else [name]
            refused = refusal(
                (HttpResponseError, ValueError), lambda name=name: service.get_container_client(name).create_container()
            )
            assert refused is None or getattr(refused, "status_code", 400) < 500, name
        assert {each.name for each in container.list_blobs()} >= {name for name in kept if name.isalpha()}


@pytest.fixture(scope="module")
def devops(cloud, http):
    """Address of the project, header, and the id of a repository with a commit in it."""
    address = cloud.environment["AZURE_DEVOPS_ORG_URL"]
    token = basic(cloud.environment["AZURE_DEVOPS_EXT_PAT"])
    project = quote(cloud.environment["AZURE_DEVOPS_PROJECT"])
    repositories = f"{address}/{project}/_apis/git/repositories"
    made = asked(http, "POST", f"{repositories}?api-version=7.1", token, {"name": f"odd-{uuid.uuid4().hex[:6]}"})
    return address, project, token, made.json()["id"]


def push_of(name, path="/a.txt", branch="refs/heads/main"):
    changes = [{"changeType": "add", "item": {"path": path}, "newContent": {"content": "x", "contentType": "rawtext"}}]
    return {
        "refUpdates": [{"name": branch, "oldObjectId": "0" * 40}],
        "commits": [{"comment": name, "changes": changes, "author": {"name": name, "email": name}}],
    }


DEVOPS_BODIES = {
    "git/repositories": lambda name: {"name": name},
    "git/repositories/{id}/pushes": lambda name: push_of("x", path=name, branch=f"refs/heads/b{uuid.uuid4().hex[:6]}"),
    "git/repositories/{id}/pushes?of=branches": lambda name: push_of("x", branch=f"refs/heads/{name}"),
    "git/repositories/{id}/pushes?of=authors": lambda name: push_of(name, branch=f"refs/heads/b{uuid.uuid4().hex[:6]}"),
    "git/repositories/{id}/refs": lambda name: [{"name": name, "oldObjectId": "0" * 40, "newObjectId": name}],
    "distributedtask/variablegroups": lambda name: {
        "name": name, "type": "Vsts", "variables": {name: {"value": name}},
        "variableGroupProjectReferences": [{"name": name, "projectReference": {"name": name}}],
    },
    "distributedtask/environments": lambda name: {"name": name},
    "build/definitions": lambda name: {"name": name, "path": name, "process": {"type": 2, "yamlFilename": name}},
}  # fmt: skip


@pytest.mark.parametrize("route", DEVOPS_BODIES)
def test_a_project_keeps_to_its_folders(http, devops, route):
    address, project, token, repository = devops
    where = f"{address}/{project}/_apis/{route.format(id=repository)}"
    where += f"{'&' if '?' in where else '?'}api-version=7.1-preview.1" if "pushes" not in route else ""
    for name in NAMES:
        asked(http, "POST", where, token, DEVOPS_BODIES[route](name))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/{project}/_apis/git/repositories/", "?api-version=7.1"),
        ("/{project}/_apis/git/repositories/{id}/items?api-version=7.1&path=", ""),
        ("/{project}/_apis/git/repositories/{id}/items?path=/&versionDescriptor.version=", ""),
        (
            "/{project}/_apis/git/repositories/{id}/items?path=/&versionDescriptor.versionType=commit&versionDescriptor.version=",
            "",
        ),
        ("/{project}/_apis/git/repositories/{id}/commits?searchCriteria.itemPath=", ""),
        ("/{project}/_apis/git/repositories/{id}/refs?filter=", ""),
        ("/{project}/_git/", "/info/refs?service=git-upload-pack"),
        ("/{project}/_git/{id}/", ""),
        ("/{project}/_git/{id}/info/refs?service=", ""),
        ("/_apis/projects/", ""),
        ("/{project}/_apis/build/builds/", ""),
    ],
)
def test_no_path_of_a_project_leads_out_of_it(cloud, devops, before, after):
    address, project, token, repository = devops
    organisation = "/" + address.split("/", 3)[3]
    ask = Raw(cloud.environment, address, token)
    for target in targets(organisation + before.format(project=project, id=repository), after):
        ask("GET", target)
