"""The repository's steps where no cloud is needed to tell: a machine without git, an old git, a line in .gitignore."""

import subprocess

import pytest

from tests.unit.fake_cloud import fake_cloud
from wizard.clients.git_repository import GitRepository
from wizard.engine.step import Status
from wizard.steps import git, install_script


@pytest.fixture
async def cloud(tmp_path):
    cloud = await fake_cloud(tmp_path)
    cloud.remember("signin.devops", url="https://dev.azure.com/contoso", project="wine", project_id="id-p")
    cloud.remember("repo.devops", repository="wine-mlops", repository_id="id-r", repository_url="https://x")
    return cloud


async def test_a_machine_without_git(cloud, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    found = await cloud.check("repo.clone")
    assert (found.status, "install git" in found.fix) == (Status.FAIL, True)
    assert await cloud.plan("repo.clone") is None
    assert (await git.git(cloud.session.project.folder, "status")).code == 127


async def test_a_git_that_is_too_old(cloud, monkeypatch):
    monkeypatch.setattr(GitRepository, "version", lambda _: (2, 25))
    found = await cloud.check("repo.clone")
    assert (found.status, found.message) == (Status.FAIL, "git 2.25 is too old.")
    assert "2.35" in found.fix


async def test_a_folder_that_is_no_repository_is_made_one(cloud):
    assert (await cloud.check("repo.clone")).status is Status.TODO
    assert [action.command.split()[:2] for action in await cloud.plan("repo.clone")] == [
        ["git", "init"],
        ["git", "remote"],
        ["git", "fetch"],
    ]


async def test_names_follow_from_the_prefix_and_from_what_was_seen(cloud):
    cloud.session.answers.set("prefix", "beer")
    context = cloud.at("repo.devops")
    assert context.answer("devops.repository") == "beer-mlops"
    assert context.answer("devops.main_branch") == "main"
    cloud.remember("repo.devops", default_branch="master")
    assert context.answer("devops.main_branch") == "master"


async def test_the_line_that_takes_a_script_back_in_is_named(cloud):
    folder = cloud.session.project.folder
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / ".gitignore").write_text("env.sh\nenv.ps1\n!env.sh\n")
    found = await install_script.seen_by_git(cloud.at("local.install-script"), "proof")
    assert (found.status, found.message) == (Status.TODO, "git does not ignore env.sh yet: see .gitignore:3: !env.sh.")
    await install_script.ignore(cloud.at("local.install-script"))
    assert "env.prod.sh" in (folder / ".gitignore").read_text().split(), "those of later stages are ignored with them"
    assert (await install_script.seen_by_git(cloud.at("local.install-script"), "proof")).status is Status.OK
