"""The step local.tools, and how versions are found on this machine."""

import sys

import pytest

from tests.unit.fake_cloud import fake_cloud
from wizard.clients import local_tools
from wizard.clients.local_tools import Package, Tool, packaged_version
from wizard.engine.step import Status
from wizard.steps.local_tools import FOR_JOBS, older

GOOD = [Package("mlflow", ">=3.17,<4", "3.17.2"), Package("pandas", ">=3.1,<4", "3.1.0")]


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    monkeypatch.setattr(local_tools, "git", lambda: Tool("/usr/bin/git", "2.39.5"))
    monkeypatch.setattr(local_tools, "azure_cli", lambda: None)
    monkeypatch.setattr(local_tools, "databricks_cli", lambda: None)
    monkeypatch.setattr(local_tools, "packages", lambda names: GOOD)
    monkeypatch.setattr(local_tools, "installer", lambda: "apt")
    return await fake_cloud(tmp_path)


async def test_what_is_there_is_told_with_path_and_minimum(cloud):
    outcome = await cloud.check("local.tools")
    assert outcome.status is Status.OK
    assert "git 2.39.5 (2.35 or newer), /usr/bin/git" in outcome.proof
    assert "mlflow 3.17.2 (>=3.17,<4)" in outcome.proof
    assert sys.executable in outcome.proof
    assert "Azure CLI missing (2.30 or newer), not needed" in outcome.proof


@pytest.mark.parametrize(
    ("installer", "command"),
    [("apt", "aka.ms/InstallAzureCLIDeb"), ("brew", "brew install azure-cli"), ("", "https://learn.microsoft.com")],
)
async def test_a_missing_azure_cli_is_a_warning_where_one_signs_in_with_it(cloud, monkeypatch, installer, command):
    monkeypatch.setattr(local_tools, "installer", lambda: installer)
    cloud.session.answers.set("azure.signin", "azure-cli")
    outcome = await cloud.check("local.tools")
    assert (outcome.status, command in outcome.fix, "azure.signin" in outcome.fix) == (Status.WARN, True, True)
    monkeypatch.setattr(local_tools, "azure_cli", lambda: Tool("/usr/bin/az", "2.79.0"))
    assert (await cloud.check("local.tools")).status is Status.OK


@pytest.mark.parametrize(
    ("git", "says", "how"),
    [
        (None, "no git", "apt-get install git"),
        (Tool("/usr/bin/git", "2.34.1"), "older than 2.35", "apt-get install git"),
        (Tool("/usr/bin/git", ""), "does not tell its version", "--version"),
    ],
)
async def test_without_git_nothing_goes_on(cloud, monkeypatch, git, says, how):
    monkeypatch.setattr(local_tools, "git", lambda: git)
    outcome = await cloud.check("local.tools")
    assert (outcome.status, says in outcome.message, how in outcome.fix) == (Status.FAIL, True, True)


@pytest.mark.parametrize(("version", "says"), [("", "mlflow is missing"), ("2.9.1", "mlflow is 2.9.1, not >=3.17,<4")])
async def test_packages_must_be_those_that_are_asked_for(cloud, monkeypatch, version, says):
    monkeypatch.setattr(local_tools, "packages", lambda names: [Package("mlflow", ">=3.17,<4", version)])
    outcome = await cloud.check("local.tools")
    assert (outcome.status, outcome.diagnosis, says in outcome.message) == (Status.FAIL, "F34", True)
    assert "pip install 'mlflow>=3.17,<4'" in outcome.fix


async def test_another_python_comes_first(cloud, monkeypatch):
    monkeypatch.setattr(local_tools, "python", lambda: Package("/usr/bin/python3", ">=3.11,<3.12", "3.13.1"))
    outcome = await cloud.check("local.tools")
    assert (outcome.status, "make setup" in outcome.fix) == (Status.FAIL, True)


def test_this_machine_has_what_it_needs():
    assert all(each.fits and each.wanted for each in (local_tools.python(), *local_tools.packages(FOR_JOBS)))
    git = local_tools.git()
    assert git is not None
    assert not older(git.version, "2.0")


@pytest.mark.parametrize(
    ("program", "packages"),
    [
        ("venv/bin/az", "venv/lib/python3.11/site-packages"),
        ("Cellar/azure-cli/2.79.0/bin/az", "Cellar/azure-cli/2.79.0/libexec/lib/python3.13/site-packages"),
        ("usr/bin/az", "opt/az/lib/python3.13/site-packages"),
        ("usr/bin/az", "usr/lib64/az/lib/python3.12/site-packages"),
        ("CLI2/wbin/az.cmd", "CLI2/Lib/site-packages"),
    ],
)
def test_the_azure_clis_version_is_read_from_its_package(tmp_path, program, packages):
    script, about = tmp_path / program, tmp_path / packages / "azure_cli-2.79.0.dist-info" / "METADATA"
    for each in (script, about):
        each.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("#!/bin/sh\n")
    about.write_text("Metadata-Version: 2.1\nName: azure-cli\nVersion: 2.79.0\n")
    assert packaged_version(script, "azure-cli") == "2.79.0"


@pytest.mark.parametrize(("prints", "version"), [('{"azure-cli": "2.61.0"}', "2.61.0"), ("oops", "")])
def test_a_cli_without_its_package_beside_it_is_asked(tmp_path, monkeypatch, prints, version):
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{prints}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin")
    assert local_tools.azure_cli() == Tool(str(program), version)


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "apt"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf"),
        ({"ID": "arch"}, ""),
    ],
)
def test_the_installer_of_this_system(monkeypatch, about, expected):
    monkeypatch.setattr(local_tools.platform, "system", lambda: "Linux")
    monkeypatch.setattr(local_tools.platform, "freedesktop_os_release", lambda: about)
    assert local_tools.installer() == expected
    monkeypatch.setattr(local_tools.platform, "system", lambda: "Darwin")
    assert local_tools.installer() == "brew"


def test_versions_are_compared_as_numbers():
    assert older("2.9.1", "2.35")
    assert not older("2.35", "2.35")
    assert not older("2.100.0", "2.35")
