"""`mlops-wizard lint` over real repositories: exit codes, the branch of fixes, and secrets in commits."""

import json
import subprocess
import sys

import pytest

from tests.unit.lint.cases import CASES, MENDED
from tests.unit.lint.test_rules import made
from wizard.cli import main
from wizard.clients.secret_scanner import scan
from wizard.engine.errors import WizardError
from wizard.operations.lint.check import RULES
from wizard.operations.lint.mending import BRANCH

TOKEN = "dapi" + "0123456789abcdef" * 2
KEY = "A1b2" * 21 + "Cd=="


def git(folder, *arguments):
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    done = subprocess.run(["git", *identity, "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(folder, files, message="Change"):
    made(folder, files)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "--short", "HEAD")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.org")
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    committed(folder, {"README.md": "# A project\n"})
    return folder


@pytest.fixture
def defective(repository):
    files = {}
    for id_ in ("G02", "G04", "G12", "G16"):
        files |= CASES[id_][0]
    committed(repository, files)
    return repository


def lint(folder, capsys, *arguments):
    code = main(["lint", "--project", str(folder), *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_sound_project_is_clean(repository, capsys):
    by = f"{len(RULES)} rules over 1 file(s), and the secret scan"
    assert lint(repository, capsys) == (0, f"clean, by {by}\n", "")


def test_an_empty_folder_is_not_taken_for_a_sound_project(tmp_path, capsys):
    code, out, _ = lint(tmp_path, capsys)
    assert code == 0
    assert "over 0 file(s), and no secret scan" in out


def test_findings_name_place_cause_and_fix(defective, capsys):
    code, out, _ = lint(defective, capsys)
    assert code == 1
    assert "unit-requirements.txt:2: G02" in out
    assert "why:" in out
    assert "(--fix does it)" in out
    assert "4 finding(s)" in out


def test_json_holds_the_same(defective, capsys):
    code, out, _ = lint(defective, capsys, "--json")
    report = json.loads(out)
    assert code == 1
    assert [each["rule"] for each in report["findings"]] == ["G02", "G04", "G12", "G16"]
    assert [each["mechanical"] for each in report["findings"]] == [True, True, True, False]
    assert report["secrets"] == report["commits"] == []


def test_a_folder_that_is_not_there_is_usage(tmp_path, capsys):
    code, _, err = lint(tmp_path / "none", capsys)
    assert code == 2
    assert "There is no folder" in err


def test_fixes_are_commits_on_a_branch_and_nothing_else_moves(defective, capsys):
    head, listed = git(defective, "rev-parse", "HEAD"), sorted(defective.iterdir())
    code, out, _ = lint(defective, capsys, "--fix")
    assert code == 1
    assert f"The branch {BRANCH} holds 3 commit(s)" in out
    assert (git(defective, "rev-parse", "HEAD"), git(defective, "branch", "--show-current")) == (head, "main")
    assert git(defective, "status", "--porcelain") == ""
    assert sorted(defective.iterdir()) == listed
    assert git(defective, "worktree", "list").count("\n") == 0
    titles = git(defective, "log", "--format=%s", f"main..{BRANCH}").splitlines()
    assert [title[:3] for title in titles] == ["G12", "G04", "G02"]
    git(defective, "merge", "-q", BRANCH)
    assert "G16" in lint(defective, capsys)[1]
    assert "1 finding(s)" in lint(defective, capsys)[1]


def test_all_that_can_be_mended_is_mended_in_one_go(repository, capsys):
    for number, id_ in enumerate(sorted(MENDED)):
        committed(repository, {f"part{number}/{name}": text for name, text in CASES[id_][0].items()})
    assert lint(repository, capsys, "--fix")[0] == 1
    git(repository, "merge", "-q", BRANCH)
    found = json.loads(lint(repository, capsys, "--json")[1])["findings"]
    assert [each for each in found if each["mechanical"]] == []


def test_a_project_inside_a_repository_is_mended_there(repository, capsys):
    committed(repository, {"inner/requirements.txt": "os\n", "requirements.txt": "os\n"})
    assert lint(repository / "inner", capsys, "--fix")[0] == 1
    assert git(repository, "diff", "--name-only", f"main..{BRANCH}") == "inner/requirements.txt"


def test_a_dirty_tree_is_not_touched(defective, capsys):
    (defective / "new.txt").write_text("not committed")
    code, _, err = lint(defective, capsys, "--fix")
    assert code == 2
    assert "1 uncommitted change" in err
    assert git(defective, "branch", "--list", BRANCH) == ""


def test_a_branch_that_is_there_is_not_touched(defective, capsys):
    git(defective, "branch", BRANCH)
    code, _, err = lint(defective, capsys, "--fix")
    assert code == 2
    assert f"git branch -D {BRANCH}" in err


def test_the_hook_that_starts_it_belongs_to_another_repository(defective, capsys, monkeypatch, tmp_path):
    git(tmp_path, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert "holds 3 commit(s)" in lint(defective, capsys, "--fix")[1]
    assert not (tmp_path / "index").exists()


def test_a_folder_without_a_repository_cannot_be_fixed(tmp_path, capsys):
    code, _, err = lint(made(tmp_path, CASES["G02"][0]), capsys, "--fix")
    assert code == 2
    assert "no git repository" in err
    assert lint(tmp_path, capsys)[0] == 1


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"token = {TOKEN}-2", "Databricks access token"),
        (f'key: "{KEY}"', "Azure storage account key"),
        (f"AccountName=a;AccountKey={KEY}", "Azure Storage Account access key"),
        ("secret: abc8Q~" + "x1Y2z3W4" * 4, "Entra client secret"),
        ("-----BEGIN " + "RSA PRIVATE KEY-----", "Private Key"),
    ],
)
def test_secrets_in_commits_are_found_and_never_repeated(repository, capsys, line, kind):
    commit = committed(repository, {"notes.txt": f"first\n{line}\n"})
    code, out, _ = lint(repository, capsys, "--json")
    assert code == 1
    secrets = json.loads(out)["secrets"]
    assert (commit, "notes.txt", 2, kind) in [
        (each["commit"], each["file"], each["line"], each["kind"]) for each in secrets
    ]
    assert TOKEN not in out
    assert KEY not in out
    assert f"a secret ({kind}) in commit {commit}" in lint(repository, capsys)[1]


def test_a_secret_that_was_taken_out_again_is_still_in_its_commit(repository):
    commit = committed(repository, {"notes.txt": f"{TOKEN}\n"})
    committed(repository, {"notes.txt": "nothing\n"})
    assert [(leak.commit, leak.file) for leak in scan(repository)] == [(commit, "notes.txt")]


def test_only_commits_that_the_remote_lacks_are_scanned(repository, tmp_path):
    committed(repository, {"old.txt": f"{TOKEN}\n"})
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(repository, "push", "-q", "-u", "origin", "main")
    assert scan(repository) == []
    commit = committed(repository, {"new.txt": f"{KEY}\n"})
    assert [(leak.commit, leak.file) for leak in scan(repository)] == [(commit, "new.txt")]
    git(repository, "checkout", "-q", "-b", "feature")  # without an upstream of its own
    assert [leak.commit for leak in scan(repository)] == [commit]


def test_a_merge_that_adds_a_secret_itself_is_scanned(repository):
    git(repository, "checkout", "-q", "-b", "side")
    committed(repository, {"side.txt": "side\n"})
    git(repository, "checkout", "-q", "main")
    committed(repository, {"main.txt": "main\n"})
    git(repository, "merge", "-q", "--no-commit", "side")
    commit = committed(repository, {"evil.txt": f"{TOKEN}\n"}, "Merge")
    assert [(leak.commit, leak.file) for leak in scan(repository)] == [(commit, "evil.txt")]


def test_what_was_audited_is_passed_over(repository):
    committed(repository, {"notes.txt": f"{TOKEN}  # pragma: allowlist secret\n"})
    assert scan(repository) == []
    committed(repository, {"other.txt": f"{TOKEN}\n"})
    [leak] = scan(repository)
    found = subprocess.run(
        [sys.executable, "-m", "detect_secrets", "scan", "--disable-plugin", "HexHighEntropyString", "--disable-plugin",
         "Base64HighEntropyString", "-p", str(_detectors())],
        cwd=repository, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (repository / ".secrets.baseline").write_text(found.stdout)
    assert leak.file in json.loads(found.stdout)["results"]
    assert scan(repository) == []


def _detectors():
    from wizard.clients.secret_scanner import DETECTORS

    return DETECTORS


def test_a_broken_baseline_and_an_unknown_commit_are_told(repository):
    with pytest.raises(WizardError, match="git could not list the commits"):
        scan(repository, "nowhere")
    (repository / ".secrets.baseline").write_text("[]")
    with pytest.raises(WizardError, match="no baseline"):
        scan(repository)
