"""Which version is meant, by what a registry says of its versions, and where its runs are tracked."""

from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList

from jobs import train
from jobs.registry import ModelChoice, Registered, resolve
from jobs.settings import TrainSettings
from jobs.versions import VersionError, knows_aliases, newest, tracking_of

NAME = "main.wine.quality"


class FakeRegistry:
    """As MlflowClient answers: versions in pages of two; `refusal` is what making a model ends with."""

    def __init__(self, versions=(), refusal="", *, known=False):
        self.pages = [versions[start : start + 2] for start in range(0, len(versions), 2)] or [()]
        self.refusal, self.known, self.aliases = refusal, known, {}

    def search_model_versions(self, filter_string, page_token=None):
        number = int(page_token or 0)
        following = str(number + 1) if number + 1 < len(self.pages) else None
        return PagedList(list(self.pages[number]), following)

    def create_registered_model(self, name):
        if self.refusal:
            raise refused(self.refusal)

    def get_registered_model(self, name):
        if not self.known:
            raise refused("RESOURCE_DOES_NOT_EXIST")

    def create_model_version(self, name, location, run_id):
        return SimpleNamespace(version="3")

    def set_registered_model_alias(self, name, alias, version):
        self.aliases[alias] = version


def refused(code):
    error = MlflowException("no")
    error.error_code = code
    return error


def version(number, status="READY", stage=None):
    return SimpleNamespace(version=str(number), status=status, current_stage=stage)


@pytest.mark.parametrize(
    ("uri", "aliases", "tracking"),
    [
        ("databricks", False, "databricks"),
        ("databricks://cmr:cmr", False, "databricks://cmr:cmr"),
        ("databricks-uc", True, "databricks"),
        ("databricks-uc://profile", True, "databricks://profile"),
        ("sqlite:///mlflow.db", True, "sqlite:///mlflow.db"),
    ],
)
def test_a_registry_is_known_by_its_address(uri, aliases, tracking):
    assert knows_aliases(uri) is aliases
    assert tracking_of(uri) == tracking
    assert ModelChoice(uri, NAME).tracking_uri == tracking


def test_the_newest_is_found_on_any_page():
    registry = FakeRegistry([version(2), version(9), version(10), version(1), version(3)])
    assert newest(registry, ModelChoice("databricks-uc", NAME)).version == "10"


def test_a_version_that_was_never_finished_is_not_the_newest():
    registry = FakeRegistry([version(1), version(2, "PENDING_REGISTRATION")])
    assert newest(registry, ModelChoice("databricks-uc", NAME)).version == "1"
    registry = FakeRegistry([version(2, "PENDING_REGISTRATION")])
    assert newest(registry, ModelChoice("databricks-uc", NAME)).version == "2"
    with pytest.raises(VersionError, match="has no version of main"):
        newest(FakeRegistry(), ModelChoice("databricks-uc", NAME))


def test_a_registry_in_a_scope_is_reached_as_unity_catalog(monkeypatch):
    monkeypatch.setenv("DATABRICKS_HOST", "https://own")
    monkeypatch.setenv("DATABRICKS_TOKEN", "own")
    told = {"REGISTRY_HOST": "there", "REGISTRY_TOKEN": "value"}
    assert resolve(ModelChoice("databricks-uc://cmr:cmr", NAME), told).registry_uri == "databricks-uc"


def test_azure_ml_knows_a_model_of_unity_catalog_by_its_last_level():
    found = Registered("https://host databricks-uc", NAME, "7", "run")
    assert found.plain_name == "quality"
    assert (found.lineage["registered_model"], found.lineage["registered_version"]) == (NAME, "7")
    assert Registered("https://host databricks", "wine", "7", "run").plain_name == "wine"


class TestRegistering:
    def register(self, monkeypatch, registry, uri="databricks-uc", **more):
        monkeypatch.setattr(train, "MlflowClient", lambda *_: registry)
        settings = TrainSettings("data", "experiment", registry_uri=uri, model_name=NAME, **more)
        return train.register(settings, "dbfs:/files", "run")

    @pytest.mark.parametrize(
        ("uri", "more", "aliases"),
        [
            ("databricks-uc", {}, {"champion": "3"}),
            ("databricks-uc", {"alias": "challenger"}, {"challenger": "3"}),
            ("databricks-uc", {"alias": ""}, {}),
            ("databricks", {}, {}),
            ("databricks://cmr:cmr", {}, {}),
        ],
    )
    def test_the_alias_is_set_where_there_are_aliases(self, monkeypatch, uri, more, aliases):
        registry = FakeRegistry()
        assert self.register(monkeypatch, registry, uri, **more) == "3"
        assert registry.aliases == aliases

    def test_a_model_that_is_there_need_not_be_made(self, monkeypatch):
        assert self.register(monkeypatch, FakeRegistry(refusal="RESOURCE_ALREADY_EXISTS")) == "3"
        assert self.register(monkeypatch, FakeRegistry(refusal="PERMISSION_DENIED", known=True)) == "3"

    def test_a_refusal_is_passed_on(self, monkeypatch):
        with pytest.raises(MlflowException):
            self.register(monkeypatch, FakeRegistry(refusal="PERMISSION_DENIED"))
