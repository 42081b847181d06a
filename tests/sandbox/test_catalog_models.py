"""`databricks-uc`: models in Unity Catalog, by unmodified MLflow and databricks-sdk, for all workspaces of a region."""

import io
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, PermissionDenied, ResourceDoesNotExist
from databricks.sdk.service.catalog import (
    CatalogIsolationMode,
    ModelVersionInfoStatus,
    WorkspaceBinding,
    WorkspaceBindingBindingType,
)

from tests.sandbox.catalog_places import run_mlflow, signed_in
from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import WorkspaceAccess, new_workspace

pytestmark = pytest.mark.xdist_group("catalog-models")  # what they share is made once

SCHEMA = "models"


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Iterator[WorkspaceClient]:
    """A workspace of these tests' own, as its administrator sees it."""
    with signed_in(cloud, "dbw-catalog"):
        yield WorkspaceClient()


@pytest.fixture(scope="module")
def schema(client: WorkspaceClient) -> str:
    catalog = str(client.metastores.current().default_catalog_name)
    return str(client.schemas.create(SCHEMA, catalog).full_name)


@pytest.fixture(scope="module")
def model(schema: str) -> str:
    return f"{schema}.wine"


@pytest.fixture(scope="module")
def registered(model: str):
    """What registering by the fluent API shows, with version 2 by the client, an alias, and tags."""
    return run_mlflow(f"""
    name = "{model}"
    signature = infer_signature(inputs, inputs.sum(axis=1))
    first, _ = logged(signature=signature, registered_model_name=name)
    second, made = logged(signature=signature)
    location = mlflow.get_logged_model(made.model_id).artifact_location
    version = client.create_model_version(name, location, second, tags={{"by": "client"}})
    client.set_registered_model_alias(name, "champion", version.version)
    client.set_model_version_tag(name, "1", "approved", "yes")
    client.set_registered_model_tag(name, "team", "wine")
    found = [(each.version, each.run_id, each.status) for each in client.search_model_versions(f"name='{{name}}'")]
    one = client.get_model_version(name, "1")
    by_alias = client.get_model_version_by_alias(name, "champion")
    about = client.get_registered_model(name)
    loaded = mlflow.pyfunc.load_model(f"models:/{{name}}@champion")
    answer(first=first, second=second, found=found, tags=one.tags, alias=by_alias.version, tagged=by_alias.tags,
           aliases=about.aliases, about=about.tags, models=[each.name for each in client.search_registered_models()],
           predicted=round(float(loaded.predict(numpy.array([[3.0, 4.0]]))[0]), 6),
           uri=client.get_model_version_download_uri(name, "2"))
    """)


def test_versions_are_registered_with_their_runs(registered, model):
    found = [["2", registered["second"], "READY"], ["1", registered["first"], "READY"]]
    assert registered["found"] == found
    assert model in registered["models"]
    assert registered["uri"].startswith("abfss://")


def test_aliases_and_tags_are_kept(registered):
    assert (registered["alias"], registered["aliases"]) == ("2", {"champion": "2"})
    assert registered["tags"] == {"approved": "yes"}
    assert registered["tagged"] == {"by": "client"}
    assert registered["about"] == {"team": "wine"}


def test_a_version_is_loaded_by_its_alias(registered):
    assert registered["predicted"] == 7.0


def test_the_catalog_api_reads_the_same(client, registered, model):
    versions = list(client.model_versions.list(model))
    assert [(each.version, each.run_id) for each in versions] == [(2, registered["second"]), (1, registered["first"])]
    assert str(versions[0].run_workspace_id) == str(client.get_workspace_id())
    about = client.registered_models.get(model, include_aliases=True)
    assert [(each.alias_name, each.version_num) for each in about.aliases] == [("champion", 2)]
    assert client.model_versions.get_by_alias(model, "champion").version == 2
    assert not client.registered_models.get(model).aliases
    catalog, schema, _ = model.split(".")
    listed = client.registered_models.list(catalog_name=catalog, schema_name=schema)
    assert [each.full_name for each in listed] == [model]
    assert client.model_versions.get(model, 2).status is ModelVersionInfoStatus.READY


def test_what_is_no_model_is_refused_in_unity_catalogs_words(schema):
    said = run_mlflow(f"""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import Schema, TensorSpec
    inputs_only = ModelSignature(Schema([TensorSpec(numpy.dtype("float64"), (-1, 2))]))
    run, bare = logged()
    register = lambda name, made=bare: mlflow.register_model(made.model_uri, name)
    answer(
        two=refused(register, "default.wine"),
        search=refused(client.search_model_versions, "name='wine'"),
        run=refused(client.search_model_versions, "run_id='x'"),
        none=[each.version for each in client.search_model_versions("name='{schema}.nothing'")],
        catalog=refused(register, "nowhere.models.wine"),
        schema=refused(register, "{schema.split(".")[0]}.nowhere.wine"),
        signature=refused(register, "{schema}.bare"),
        stage=refused(client.transition_model_version_stage, "{schema}.bare", "1", "Production"),
        latest=refused(client.get_latest_versions, "{schema}.bare"),
        missing=refused(client.get_model_version_by_alias, "{schema}.bare", "champion"),
        model=refused(client.get_registered_model, "{schema}.nothing"),
    )
    """)
    assert "specify all three levels" in said["two"]
    assert "'databricks' (legacy) instead of 'databricks-uc'" in said["two"]
    assert "specify all three levels" in said["search"]
    assert "the format `name = 'model_name'`" in said["run"]
    assert said["none"] == []
    assert "CATALOG_DOES_NOT_EXIST: Catalog 'nowhere' does not exist." in said["catalog"]
    assert "SCHEMA_DOES_NOT_EXIST" in said["schema"]
    assert "Model passed for registration did not contain any signature metadata" in said["signature"]
    assert "Method 'transition_model_version_stage' is unsupported for models in the Unity Catalog" in said["stage"]
    assert "Method 'get_latest_versions' is unsupported" in said["latest"]
    assert "alias 'champion'" in said["missing"]
    assert f"RESOURCE_DOES_NOT_EXIST: Routine or Model '{schema}.nothing' does not exist." in said["model"]


def test_the_files_of_a_version_stay_as_they_were_registered(client, registered, model):
    folder = f"/Models/{model.replace('.', '/')}/1"
    names = [entry.name for entry in client.files.list_directory_contents(folder)]
    assert {"MLmodel", "requirements.txt"} <= set(names)
    with pytest.raises(PermissionDenied, match="is registered: its files cannot be changed"):
        client.files.upload(f"{folder}/MLmodel", io.BytesIO(b"other"), overwrite=True)
    with pytest.raises(PermissionDenied):
        client.files.delete(f"{folder}/MLmodel")
    with pytest.raises(ResourceDoesNotExist):
        client.files.download(f"{folder[:-1]}7/MLmodel")


def test_a_client_that_is_told_to_go_without_the_files_api_uses_signed_addresses(schema):
    said = run_mlflow(
        f"""
        logged(signature=infer_signature(inputs, inputs.sum(axis=1)), registered_model_name="{schema}.signed")
        loaded = mlflow.pyfunc.load_model("models:/{schema}.signed/1")
        answer(predicted=round(float(loaded.predict(numpy.array([[3.0, 4.0]]))[0]), 6))
        """,
        MLFLOW_USE_DATABRICKS_SDK_MODEL_ARTIFACTS_REPO_FOR_UC="false",
    )
    assert said == {"predicted": 7.0}


def test_a_model_is_renamed_and_deleted_and_fills_its_schema_until_then(client, schema):
    said = run_mlflow(f"""
    signature = infer_signature(inputs, inputs.sum(axis=1))
    logged(signature=signature, registered_model_name="{schema}.old")
    logged(signature=signature, registered_model_name="{schema}.old")
    client.set_registered_model_alias("{schema}.old", "champion", "2")
    client.update_registered_model("{schema}.old", description="of wines")
    client.rename_registered_model("{schema}.old", "{schema}.new")
    gone = refused(client.get_registered_model, "{schema}.old")
    client.delete_model_version("{schema}.new", "2")
    about = client.get_registered_model("{schema}.new")
    answer(gone=gone, aliases=about.aliases, comment=about.description,
           left=[each.version for each in client.search_model_versions("name='{schema}.new'")])
    """)
    assert said == {
        "gone": f"RESOURCE_DOES_NOT_EXIST: Routine or Model '{schema}.old' does not exist.",
        "aliases": {}, "comment": "of wines", "left": ["1"],
    }  # fmt: skip
    with pytest.raises(BadRequest, match=r"is not empty\. The schema has model\(s\)"):
        client.schemas.delete(schema)
    client.registered_models.delete(f"{schema}.new")
    with pytest.raises(ResourceDoesNotExist):
        client.registered_models.get(f"{schema}.new")


class TestAnotherWorkspace:
    """Two workspaces of one region share a metastore; the catalog that a workspace came with is bound to it."""

    @pytest.fixture(scope="class")
    def other(self, cloud: RunningCloud) -> WorkspaceAccess:
        return new_workspace(cloud.environment, "dbw-second")

    @pytest.fixture(scope="class")
    def there(self, other: WorkspaceAccess) -> WorkspaceClient:
        return WorkspaceClient(host=other.host, token=other.token)

    def test_a_bound_catalog_is_not_seen(self, client, there, registered, model):
        catalog = model.partition(".")[0]
        assert there.metastores.current().metastore_id == client.metastores.current().metastore_id
        assert catalog not in [each.name for each in there.catalogs.list()]
        with pytest.raises(PermissionDenied, match=f"Catalog '{catalog}' is not accessible in current workspace"):
            there.registered_models.get(model)

    def test_it_is_once_the_workspace_is_bound_and_its_users_may(self, client, there, other, registered, model):
        catalog, number = model.partition(".")[0], int(other.workspace_id)
        bind = WorkspaceBinding(binding_type=WorkspaceBindingBindingType.BINDING_TYPE_READ_WRITE, workspace_id=number)
        client.workspace_bindings.update_bindings("catalog", catalog, add=[bind])
        held = {each.workspace_id for each in client.workspace_bindings.get_bindings("catalog", catalog)}
        assert held == {client.get_workspace_id(), number}
        assert [each.version for each in there.model_versions.list(model)] == [2, 1]
        said = run_mlflow(
            f"""
            loaded = mlflow.pyfunc.load_model("models:/{model}@champion")
            answer(predicted=round(float(loaded.predict(numpy.array([[3.0, 4.0]]))[0]), 6))
            """,
            other,
        )
        assert said == {"predicted": 7.0}
        client.workspace_bindings.update_bindings("catalog", catalog, remove=[bind])

    def test_an_open_catalog_is_everybodys(self, client, there):
        client.catalogs.create("shared")
        assert "shared" in [each.name for each in there.catalogs.list()]
        client.catalogs.update("shared", isolation_mode=CatalogIsolationMode.ISOLATED)
        with pytest.raises(PermissionDenied, match="not accessible in current workspace"):
            there.catalogs.get("shared")
