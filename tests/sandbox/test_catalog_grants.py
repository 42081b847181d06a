"""Grants in Unity Catalog: what a workspace's users may from the beginning, and what somebody may by a grant."""

import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType

from tests.sandbox.catalog_places import run_mlflow, signed_in
from tests.sandbox.conftest import RunningCloud
from tests.sandbox.vault_scopes import Place, Somebody
from tests.sandbox.workspaces import DATABRICKS, WorkspaceAccess

pytestmark = pytest.mark.xdist_group("catalog-grants")  # what they share is made once

CATALOG, SCHEMA = "registry", "registry.wine"


@pytest.fixture(scope="module")
def place(cloud: RunningCloud):
    with signed_in(cloud, "dbw-grants") as workspace:
        yield Place(cloud, workspace)


@pytest.fixture(scope="module")
def client(place: Place) -> WorkspaceClient:
    place.client.catalogs.create(CATALOG)
    place.client.schemas.create("wine", CATALOG)
    return place.client


@pytest.fixture(scope="module")
def somebody(place: Place) -> Somebody:
    return Somebody(place)


@pytest.fixture(scope="module")
def theirs(place: Place, somebody: Somebody) -> WorkspaceClient:
    return place.signed_in(somebody.credential)


def grant(client: WorkspaceClient, kind: str, name: str, principal: str, *privileges: Privilege) -> None:
    client.grants.update(kind, name, changes=[PermissionsChange(principal=principal, add=list(privileges))])


def granted(client: WorkspaceClient, kind: str, name: str) -> dict[str, list[str]]:
    held = client.grants.get(kind, name).privilege_assignments or []
    return {row.principal or "": [each.value for each in row.privileges or []] for row in held}


class TestTheWorkspacesOwnCatalog:
    def test_its_users_may_use_it_and_fill_its_default_schema(self, client, place, theirs):
        catalog = theirs.metastores.current().default_catalog_name
        users = f"_workspace_users_dbw-grants_{place.workspace.workspace_id}"
        assert granted(client, "catalog", catalog) == {users: ["USE_CATALOG"]}
        assert set(granted(client, "schema", f"{catalog}.default")[users]) >= {"USE_SCHEMA", "CREATE_MODEL"}
        owner = theirs.catalogs.get(catalog).owner
        assert owner == f"_workspace_admins_dbw-grants_{place.workspace.workspace_id}"
        theirs.volumes.create(catalog, "default", "mine", VolumeType.MANAGED)
        theirs.files.upload(f"/Volumes/{catalog}/default/mine/a.txt", io.BytesIO(b"a"))

    def test_its_users_make_no_schemas_in_it(self, theirs):
        catalog = theirs.metastores.current().default_catalog_name
        with pytest.raises(PermissionDenied, match=f"User does not have CREATE SCHEMA on Catalog '{catalog}'"):
            theirs.schemas.create("more", catalog)

    def test_its_administrators_make_catalogs_and_others_do_not(self, client, theirs):
        metastore = theirs.metastores.current().metastore_id
        assert "CREATE_CATALOG" in str(granted(client, "metastore", metastore))
        with pytest.raises(PermissionDenied, match="User does not have CREATE CATALOG on Metastore"):
            theirs.catalogs.create("theirs")


def test_each_level_is_asked_for_one_after_the_other(client, theirs, somebody):
    def register():
        return theirs.registered_models.create(catalog_name=CATALOG, schema_name="wine", name="stepwise")

    with pytest.raises(PermissionDenied, match=f"User does not have USE CATALOG on Catalog '{CATALOG}'") as refused:
        register()
    [about] = refused.value.get_error_info()
    assert (about.metadata["resourceType"], about.metadata["msg"]) == ("Catalog", "USE CATALOG")
    assert CATALOG not in [each.name for each in theirs.catalogs.list()]
    grant(client, "catalog", CATALOG, somebody.client_id, Privilege.USE_CATALOG)
    assert CATALOG in [each.name for each in theirs.catalogs.list()]
    with pytest.raises(PermissionDenied, match=f"User does not have USE SCHEMA on Schema '{SCHEMA}'"):
        register()
    grant(client, "schema", SCHEMA, somebody.client_id, Privilege.USE_SCHEMA)
    with pytest.raises(PermissionDenied, match=f"User does not have CREATE MODEL on Schema '{SCHEMA}'"):
        register()
    grant(client, "schema", SCHEMA, somebody.client_id, Privilege.CREATE_MODEL)
    assert register().owner == somebody.client_id


def test_a_model_of_somebody_elses_is_loaded_with_execute_and_changed_by_its_owner(client, place, theirs, somebody):
    model = f"{SCHEMA}.shared"
    run_mlflow(f"""
    logged(signature=infer_signature(inputs, inputs.sum(axis=1)), registered_model_name="{model}")
    answer()
    """)
    grant(client, "catalog", CATALOG, somebody.client_id, Privilege.USE_CATALOG)
    grant(client, "schema", SCHEMA, somebody.client_id, Privilege.USE_SCHEMA)
    token = somebody.credential.get_token(f"{DATABRICKS}/.default").token
    their_access = WorkspaceAccess(place.workspace.host, place.workspace.workspace_id, token)
    with pytest.raises(PermissionDenied, match=f"User does not have EXECUTE on Routine or Model '{model}'"):
        theirs.model_versions.get(model, 1)
    with pytest.raises(PermissionDenied, match="User does not have EXECUTE"):
        theirs.files.download(f"/Models/{model.replace('.', '/')}/1/MLmodel")
    grant(client, "function", model, somebody.client_id, Privilege.EXECUTE)
    said = run_mlflow(
        f"""
        loaded = mlflow.pyfunc.load_model("models:/{model}/1")
        answer(predicted=round(float(loaded.predict(numpy.array([[3.0, 4.0]]))[0]), 6))
        """,
        their_access,
    )
    assert said == {"predicted": 7.0}
    with pytest.raises(PermissionDenied, match=f"User is not an owner of Routine or Model '{model}'"):
        theirs.registered_models.set_alias(model, "champion", 1)
    client.registered_models.update(model, owner=somebody.client_id)
    theirs.registered_models.set_alias(model, "champion", 1)
    assert theirs.model_versions.get_by_alias(model, "champion").version == 1


def test_a_volume_is_read_and_written_with_privileges_of_its_own(client, theirs, somebody):
    client.volumes.create(CATALOG, "wine", "data", VolumeType.MANAGED)
    client.files.upload(f"/Volumes/{CATALOG}/wine/data/a.txt", io.BytesIO(b"a"))
    grant(client, "catalog", CATALOG, somebody.client_id, Privilege.USE_CATALOG)
    grant(client, "schema", SCHEMA, somebody.client_id, Privilege.USE_SCHEMA)
    path = f"/Volumes/{CATALOG}/wine/data/a.txt"
    with pytest.raises(PermissionDenied, match=f"User does not have READ VOLUME on Volume '{SCHEMA}.data'"):
        theirs.files.download(path)
    grant(client, "schema", SCHEMA, somebody.client_id, Privilege.READ_VOLUME)
    assert theirs.files.download(path).contents.read() == b"a"
    with pytest.raises(PermissionDenied, match="User does not have WRITE VOLUME"):
        theirs.files.upload(path, io.BytesIO(b"b"), overwrite=True)
    grant(client, "volume", f"{SCHEMA}.data", somebody.client_id, Privilege.WRITE_VOLUME)
    theirs.files.upload(path, io.BytesIO(b"b"), overwrite=True)
    held = client.grants.get_effective("volume", f"{SCHEMA}.data", principal=somebody.client_id).privilege_assignments
    [row] = held or []
    inherited = {each.privilege: each.inherited_from_name for each in row.privileges or []}
    assert inherited == {Privilege.WRITE_VOLUME: None, Privilege.READ_VOLUME: SCHEMA}


def test_what_is_revoked_is_gone(client, theirs, somebody):
    grant(client, "catalog", CATALOG, somebody.client_id, Privilege.ALL_PRIVILEGES)
    theirs.schemas.create("theirs", CATALOG)
    change = PermissionsChange(principal=somebody.client_id, remove=[Privilege.ALL_PRIVILEGES, Privilege.USE_CATALOG])
    client.grants.update("catalog", CATALOG, changes=[change])
    assert granted(client, "catalog", CATALOG) == {}
    with pytest.raises(PermissionDenied, match="USE CATALOG"):
        theirs.schemas.get(f"{CATALOG}.theirs")


def test_what_cannot_be_granted_is_refused(client, theirs, somebody):
    with pytest.raises(NotFound, match="Could not find principal with name nobody"):
        grant(client, "catalog", CATALOG, "nobody", Privilege.USE_CATALOG)
    with pytest.raises(BadRequest, match="Privilege USE CATALOG is not applicable to this entity"):
        grant(client, "schema", SCHEMA, somebody.client_id, Privilege.USE_CATALOG)
    with pytest.raises(PermissionDenied, match=f"User is not an owner of Catalog '{CATALOG}'"):
        grant(theirs, "catalog", CATALOG, somebody.client_id, Privilege.USE_CATALOG)
