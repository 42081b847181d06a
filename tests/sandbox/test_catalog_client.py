"""The wizard's own client for models in Unity Catalog, against a workspace of the sandbox."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.sandbox.catalog_places import run_mlflow, signed_in
from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import WorkspaceAccess, new_workspace
from wizard.clients.catalog_models import CatalogVersion, Securable
from wizard.clients.databricks import Databricks, TokenSignIn
from wizard.engine.errors import NotFoundError, ServiceError
from wizard.engine.secrets import Secret

pytestmark = pytest.mark.xdist_group("catalog-client")  # what they share is made once

CATALOG, SCHEMA = "client", "client.wine"
MODEL = f"{SCHEMA}.quality"


def client_of(workspace: WorkspaceAccess) -> Databricks:
    return Databricks(workspace.host.removeprefix("https://"), TokenSignIn(Secret(workspace.token)))


@pytest.fixture(scope="module")
def workspace(cloud: RunningCloud) -> Iterator[WorkspaceAccess]:
    with signed_in(cloud, "dbw-client") as workspace:
        yield workspace


@pytest.fixture(scope="module")
def client(workspace: WorkspaceAccess) -> Databricks:
    return client_of(workspace)


@pytest.fixture(scope="module")
def schema(client: Databricks) -> None:
    assert client.catalog_models.ensure_catalog(CATALOG, "of models")
    assert client.catalog_models.ensure_schema(SCHEMA, "of wines")


def test_catalogs_and_schemas_are_made_once(client, schema):
    models = client.catalog_models
    assert models.has_catalog(CATALOG)
    assert models.has_schema(SCHEMA)
    assert not models.ensure_catalog(CATALOG, "")
    assert not models.ensure_schema(SCHEMA, "")
    assert not models.has_schema("nowhere.wine")
    with pytest.raises(NotFoundError):
        models.ensure_schema("nowhere.wine", "")


def test_a_model_is_made_and_deleted(client, schema):
    models, name = client.catalog_models, f"{SCHEMA}.scratch"
    assert models.create(name, "to try")
    assert not models.create(name, "to try")
    assert models.exists(name)
    assert models.versions(name) == []
    with pytest.raises(ServiceError, match="is not empty"):
        models.delete_schema(SCHEMA)
    models.delete(name)
    assert not models.exists(name)
    assert models.versions(name) == []


def test_versions_come_newest_first_with_run_and_aliases(client, workspace, schema):
    runs = run_mlflow(f"""
    runs = [logged(signature=infer_signature(inputs, inputs.sum(axis=1)), registered_model_name="{MODEL}")[0]
            for _ in range(2)]
    answer(runs=runs)
    """)["runs"]
    models = client.catalog_models
    models.set_alias(MODEL, "champion", "1")
    models.set_alias(MODEL, "first", "1")
    here = workspace.workspace_id
    found = models.versions(MODEL)
    assert all(each.created > 0 for each in found)
    assert [replace(each, created=0.0) for each in found] == [
        CatalogVersion(MODEL, "2", runs[1], here, "READY", ()),
        CatalogVersion(MODEL, "1", runs[0], here, "READY", ("champion", "first")),
    ]
    assert [each.version for each in models.versions_of_run(MODEL, runs[0])] == ["1"]
    models.set_alias(MODEL, "champion", "2")
    assert [each.aliases for each in models.versions(MODEL)] == [("champion",), ("first",)]


def test_grants_are_read_added_and_taken_back(client, schema):
    models = client.catalog_models
    models.grant(Securable.CATALOG, CATALOG, "account users", ["USE_CATALOG"])
    models.grant(Securable.SCHEMA, SCHEMA, "account users", ["USE_SCHEMA", "CREATE_MODEL"])
    assert models.grants(Securable.SCHEMA, SCHEMA) == {"account users": {"USE_SCHEMA", "CREATE_MODEL"}}
    models.create(f"{SCHEMA}.granted", "")
    models.grant(Securable.MODEL, f"{SCHEMA}.granted", "account users", ["EXECUTE"])
    assert models.grants(Securable.MODEL, f"{SCHEMA}.granted") == {"account users": {"EXECUTE"}}
    assert models.effective(Securable.SCHEMA, SCHEMA, "account users") == {"USE_SCHEMA", "CREATE_MODEL"}
    models.revoke(Securable.SCHEMA, SCHEMA, "account users", ["CREATE_MODEL"])
    assert models.grants(Securable.SCHEMA, SCHEMA) == {"account users": {"USE_SCHEMA"}}
    with pytest.raises(NotFoundError, match="Could not find principal"):
        models.grant(Securable.CATALOG, CATALOG, "nobody", ["USE_CATALOG"])


def test_the_workspaces_own_catalog_is_bound_to_it_and_others_can_be_let_in(client, workspace, cloud, schema):
    models, own = client.catalog_models, client.features.look().catalog
    assert models.bound_to(CATALOG) is None
    assert models.bound_to(own) == {workspace.workspace_id}
    other = new_workspace(cloud.environment, "dbw-client-other")
    there = client_of(other).catalog_models
    with pytest.raises(ServiceError, match="not accessible in current workspace"):
        there.has_catalog(own)
    models.bind(own, other.workspace_id)
    assert there.has_catalog(own)
    models.unbind(own, other.workspace_id)
    assert models.bound_to(own) == {workspace.workspace_id}
