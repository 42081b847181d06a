"""The scenarios of Unity Catalog: played, seen with real clients, cleared, and gone."""

import io
import uuid
from collections.abc import Callable, Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.catalog import VolumeType

from tests.sandbox.catalog_places import run_mlflow, signed_in
from tests.sandbox.conftest import RunningCloud
from wizard.engine.diagnosis import diagnose
from wizard.engine.errors import ServiceError
from wizard.sandbox.control import SandboxError
from wizard.sandbox.scenarios.catalogue import scenario
from wizard.sandbox.scenarios.player import Player

pytestmark = pytest.mark.xdist_group("catalog-scenarios")  # what they share is made once


class Registry:
    """A schema with a model of one version and a volume, in the workspace's own catalog."""

    def __init__(self) -> None:
        self.client = WorkspaceClient()
        self.catalog = str(self.client.metastores.current().default_catalog_name)
        self.schema = str(self.client.schemas.create("wine", self.catalog).full_name)
        self.model = f"{self.schema}.quality"
        self.client.volumes.create(self.catalog, "wine", "data", VolumeType.MANAGED)
        self.train()

    def train(self) -> None:
        """As MLflow registers a version."""
        said = run_mlflow(f"""
        def register():
            logged(signature=infer_signature(inputs, inputs.sum(axis=1)), registered_model_name="{self.model}")
        answer(said=refused(register))
        """)["said"]
        if said:
            raise RuntimeError(said)

    def name(self) -> None:
        """As MLflow makes a registered model, which is there already."""
        said = run_mlflow(f"""answer(said=refused(client.create_registered_model, "{self.model}"))""")["said"]
        if "RESOURCE_ALREADY_EXISTS" not in said:
            raise RuntimeError(said)

    def make(self) -> None:
        name = f"new-{uuid.uuid4().hex[:6]}"
        self.client.registered_models.create(catalog_name=self.catalog, schema_name="wine", name=name)

    def look(self) -> None:
        list(self.client.model_versions.list(self.model))

    def read(self) -> None:
        self.client.files.upload(
            f"/Volumes/{self.schema.replace('.', '/')}/data/a.txt", io.BytesIO(b"a"), overwrite=True
        )

    def point(self) -> None:
        self.client.registered_models.set_alias(self.model, "champion", 1)

    def make_catalog(self) -> None:
        self.client.catalogs.create(f"more_{uuid.uuid4().hex[:6]}")

    def probe(self) -> None:
        self.client.metastores.current()


@pytest.fixture(scope="module")
def registry(cloud: RunningCloud) -> Iterator[Registry]:
    with signed_in(cloud, "dbw-catalog-scenarios"):
        yield Registry()


@pytest.fixture
def player(cloud: RunningCloud) -> Iterator[Player]:
    with Player(cloud.folder) as player:
        yield player
        player.clear()


# Scenario -> what fails while it is played, and in which words; several where it shows in more than one place.
SIGHTS: dict[str, list[tuple[Callable[[Registry], None], str]]] = {
    "f33-no-use-catalog": [
        (Registry.look, "User does not have USE CATALOG on Catalog '\\w+'"),
        (Registry.read, "User does not have USE CATALOG on Catalog '\\w+'"),
        (Registry.name, "PERMISSION_DENIED: User does not have USE CATALOG on Catalog '\\w+'"),
    ],
    "f33-no-create-model": [(Registry.make, "User does not have CREATE MODEL on Schema '[\\w.]+'")],
    "f33-model-of-somebody-else": [
        (Registry.train, "PERMISSION_DENIED: User does not have CREATE MODEL VERSION on Routine or Model"),
        (Registry.point, "User is not an owner of Routine or Model '[\\w.]+'"),
    ],
    "f33-catalog-missing": [
        (Registry.look, "Catalog '\\w+' does not exist"),
        (Registry.read, "Catalog '\\w+' does not exist"),
    ],
    "f33-catalog-of-other-workspaces": [
        (Registry.look, "Catalog '\\w+' is not accessible in current workspace"),
    ],
    "f33-no-metastore": [
        (Registry.probe, "No metastore assigned for the current workspace"),
        (Registry.name, "METASTORE_DOES_NOT_EXIST: .* either enable Unity Catalog in the workspace"),
    ],
    "f33-no-storage-for-catalogs": [(Registry.make_catalog, "Metastore storage root URL does not exist")],
}


@pytest.mark.parametrize("name", SIGHTS)
def test_a_scenario_is_played_and_cleared(registry: Registry, player: Player, name: str) -> None:
    player.play(name)
    for look, words in SIGHTS[name]:
        with pytest.raises((DatabricksError, RuntimeError), match=words) as caught:
            look(registry)
        found = diagnose(ServiceError(str(caught.value)), {})
        assert found is not None, caught.value
        assert found.rule.id == scenario(name).failure == "F33"
    player.clear(name)
    for look, _ in SIGHTS[name]:
        if look not in (Registry.train, Registry.name):  # these take seconds, and the others ask for the same
            look(registry)


def test_a_cleared_catalog_has_all_it_had(registry: Registry, player: Player) -> None:
    before = [version.version for version in registry.client.model_versions.list(registry.model)]
    player.play("f33-catalog-missing")
    player.clear("f33-catalog-missing")
    assert [version.version for version in registry.client.model_versions.list(registry.model)] == before
    folder = f"/Models/{registry.model.replace('.', '/')}/1"
    assert registry.client.files.download(f"{folder}/MLmodel").contents


def test_there_must_be_a_catalog(registry: Registry, player: Player) -> None:
    player.play("f33-catalog-missing")
    with pytest.raises(SandboxError, match="Unity Catalog has no catalog yet"):
        player.play("f33-no-use-catalog")
