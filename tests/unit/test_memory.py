"""State, journal, lock, answers and secrets on disk: what survives, and what is said when it cannot."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.engine.answers import Answers
from wizard.engine.errors import AnswerError, LockedError, StateError
from wizard.engine.files import Project, make_private_folder, remove_unfinished, write_atomically
from wizard.engine.journal import Journal
from wizard.engine.lock import Lock
from wizard.engine.redaction import MASK, Redactor
from wizard.engine.secrets import ScriptVault, Secret, SecretStore, read_exports
from wizard.engine.state import State
from wizard.engine.step import Outcome, Question, Status

TOKEN = "dapi" + "0123456789abcdef" * 2


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path, "azure")
    make_private_folder(project.memory)
    return project


def test_state_is_remembered_privately_and_per_cloud(project):
    State(project.state, "azure", Redactor()).remember("a@dev", Outcome(Status.OK, "fine", facts={"host": "x"}))
    assert State(project.state, "azure", Redactor()).facts("a@dev") == {"host": "x"}
    assert State(project.state, "sandbox", Redactor()).facts("a@dev") == {}
    assert stat.S_IMODE(project.state.stat().st_mode) == 0o600
    assert stat.S_IMODE(project.memory.stat().st_mode) == 0o700


def test_two_clouds_share_the_file(project):
    State(project.state, "azure", Redactor()).remember("a", Outcome(Status.OK, "real"))
    State(project.state, "sandbox", Redactor()).remember("a", Outcome(Status.TODO, "rehearsal"))
    assert State(project.state, "azure", Redactor()).last()["a"]["message"] == "real"


def test_secrets_never_reach_the_state(project):
    state = State(project.state, "azure", Redactor())
    state.remember("a", Outcome(Status.FAIL, f"refused {TOKEN}", facts={"x": TOKEN}))
    assert TOKEN not in project.state.read_text()
    assert MASK in project.state.read_text()


def holding(entry: object) -> str:
    return json.dumps({"version": 1, "clouds": {"azure": {"steps": {"a": entry}}}})


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "\xff", '{"version": "1"}', '{"version": true}', '{"clouds": {}}'),
        *('{"version": 1, "clouds": 3}', '{"version": 1, "clouds": {"azure": 3}}'),
        *(holding(7), holding({"status": "ok"})),
        holding({"status": "ok", "message": "", "proof": "", "checked": "", "facts": ["host"]}),
    ],
)
def test_a_broken_state_is_kept_aside(project, text):
    project.state.write_bytes(text.encode("latin-1"))
    state = State(project.state, "azure", Redactor())
    assert state.moved_aside is not None
    assert state.moved_aside.read_bytes() == text.encode("latin-1")
    assert state.last() == {}


def test_a_newer_state_is_refused_and_kept(project):
    project.state.write_text('{"version": 99}')
    with pytest.raises(StateError, match="newer"):
        State(project.state, "azure", Redactor())
    assert project.state.read_text() == '{"version": 99}'


def test_a_full_disk_is_named():
    with pytest.raises(StateError, match="disk is full"):
        Journal(Path("/dev/full"), "azure", Redactor()).write("begun")


def test_an_unwritable_folder_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(StateError, match="cannot be written"):
        write_atomically(blocked / "state.json", "{}")


def test_a_write_that_fails_leaves_no_litter(tmp_path):
    target = tmp_path / "state.json"
    target.mkdir()
    with pytest.raises(StateError):
        write_atomically(target, "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_crash_leaves_what_was_being_written_where_git_does_not_see_it(project, monkeypatch):
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        ScriptVault(project).put("DATABRICKS_TOKEN@prod", TOKEN)
    subprocess.run(["git", "init", "-q", str(project.folder)], check=True)
    command = ["git", "status", "--short", "--untracked-files=all"]
    assert subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True).stdout == ""
    left = [file for file in project.folder.rglob("*") if file.is_file() and ".git" not in file.parts]
    assert any(TOKEN in file.read_text() for file in left)
    remove_unfinished(project.memory)
    assert not any(TOKEN in file.read_text() for file in left if file.exists())


def killed(*_: object) -> None:
    """What a process does that is killed before the file is moved in place."""
    raise KeyboardInterrupt


def test_foreign_lines_in_the_journal_count_for_nothing(project):
    journal = Journal(project.journal, "azure", Redactor())
    journal.write("begun", instance="a", action="x", key="k1")
    with project.journal.open("ab") as stream:
        stream.write(b'[]\n\xff\xfe\n{"cloud": "azure"}\n{"cloud": "azure", "instance": "b", "action": "x"}\n')
    assert journal.open_key("a", "x") == "k1"
    assert journal.open_key("b", "x") is None


def test_the_journal_finds_what_a_crash_left_open(project):
    journal = Journal(project.journal, "azure", Redactor())
    journal.write("begun", instance="a@dev", action="create", key="k1")
    assert journal.open_key("a@dev", "create") == "k1"
    assert journal.open_key("a@test", "create") is None
    journal.write("failed", instance="a@dev", action="create", key="k1", error="the connection broke off")
    assert journal.open_key("a@dev", "create") == "k1", "what it began may go on over there"
    journal.write("ended", instance="a@dev", action="create", key="k1")
    assert journal.open_key("a@dev", "create") is None


def test_a_line_cut_short_spoils_no_other(project):
    journal = Journal(project.journal, "azure", Redactor())
    journal.write("begun", instance="a", action="x", key="k1")
    with project.journal.open("a") as stream:
        stream.write('{"event": "en')
    journal.write("begun", instance="a", action="x", key="k2")
    assert journal.open_key("a", "x") == "k2"


def test_a_second_wizard_is_told_who_holds_the_lock(project):
    first = Lock(project.lock, "mlops-wizard apply")
    first.acquire()
    with pytest.raises(LockedError, match=rf"mlops-wizard apply`, process {os.getpid()}"):
        Lock(project.lock, "mlops-wizard check").acquire(patience=0)
    first.release()
    Lock(project.lock, "mlops-wizard check").acquire(patience=0)


@pytest.mark.parametrize("foreign", ["[]", "{}", "half a l", '{"since": "x", "purpose": "p", "pid": 1}'])
def test_a_holder_that_does_not_say_who_it_is_still_holds_the_lock(project, foreign):
    first = Lock(project.lock, "mlops-wizard apply")
    first.acquire()
    project.lock.write_text(foreign)
    with pytest.raises(LockedError, match="only just started"):
        Lock(project.lock, "mlops-wizard check").acquire(patience=0)
    first.release()


def test_a_killed_owner_holds_nothing(project):
    code = (
        "import os,signal,sys;from pathlib import Path;from wizard.engine.lock import Lock;"
        "Lock(Path(sys.argv[1]),'x').acquire();os.kill(os.getpid(),signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(project.lock)], check=False)
    Lock(project.lock, "y").acquire(patience=0)


def questions():
    def short(value):
        return None if len(value) < 5 else "at most 4 letters"

    return [
        ("prefix", Question("prefix", "Prefix", validate=short)),
        ("dev.name", Question("{environment}.name", "Name")),
        ("token", Question("token", "Token", secret=True)),
    ]


def test_answers_come_from_overrides_then_the_file(project):
    project.answers.write_text('# mine\nprefix = "abc"\n[dev]\nname = "n"\n')
    answers = Answers(project.answers, questions(), {"prefix": "xyz"})
    assert (answers.get("prefix"), answers.get("dev.name")) == ("xyz", "n")
    answers.save({"prefix": "xyz"})
    assert "# mine" in project.answers.read_text()
    assert Answers(project.answers, questions(), {}).saved() == {"prefix": "xyz", "dev.name": "n"}


def test_a_new_answers_file_nests_its_tables(project):
    Answers(project.answers, questions(), {}).save({"prefix": "abc", "dev.name": "n"})
    assert Answers(project.answers, questions(), {}).saved() == {"prefix": "abc", "dev.name": "n"}


@pytest.mark.parametrize("text", ['dev = {name = "n"}\n', 'dev.name = "n"\n', '[dev] # mine\nname = "n"\n'])
def test_every_way_to_write_a_table_is_kept(project, text):
    other = ("dev.other", Question("{environment}.other", "Other"))
    project.answers.write_text(text)
    Answers(project.answers, [*questions(), other], {}).save({"prefix": "abc", "dev.other": "o"})
    saved = Answers(project.answers, [*questions(), other], {}).saved()
    assert saved == {"prefix": "abc", "dev.name": "n", "dev.other": "o"}


def test_a_refused_answer_is_repeated_only_so_far(project):
    with pytest.raises(AnswerError, match=r"at most 4 letters") as caught:
        Answers(project.answers, questions(), {"prefix": "x" * 1500})
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [('prefix = "abcdefg"', "at most 4 letters"), ('prefixx = "a"', "no answer called"), ('token = "s"', "secret")],
)
def test_a_bad_answers_file_is_explained(project, text, message):
    project.answers.write_text(text)
    with pytest.raises(AnswerError, match=message):
        Answers(project.answers, questions(), {})


def test_broken_toml_names_the_line(project):
    project.answers.write_text("prefix = \n")
    with pytest.raises(StateError, match="line 1"):
        Answers(project.answers, questions(), {})


def test_a_typed_secret_is_never_saved(project):
    answers = Answers(project.answers, questions(), {})
    answers.set("token", "s3cret!")
    assert answers.secret("token") == "s3cret!"
    assert answers.get("token") is None


def test_the_install_script_keeps_awkward_values(project):
    vault = ScriptVault(project)
    vault.put("DATABRICKS_TOKEN@dev", "a'b $c")
    script = project.install_script("dev")
    assert stat.S_IMODE(script.stat().st_mode) == 0o600
    assert read_exports(script) == {"DATABRICKS_TOKEN": "a'b $c"}
    shown = subprocess.run(["sh", "-c", f'. {script}; printf %s "$DATABRICKS_TOKEN"'], capture_output=True, text=True)
    assert shown.stdout == "a'b $c"
    vault.delete("DATABRICKS_TOKEN@dev")
    assert vault.get("DATABRICKS_TOKEN@dev") is None


def test_lines_that_a_person_added_to_the_install_script_stay(project):
    vault, script = ScriptVault(project), project.install_script("dev")
    vault.put("DATABRICKS_TOKEN@dev", "one")
    with script.open("a") as stream:
        stream.write('export PATH=$PATH:/opt/tools/bin\nexport NOTE="two\nlines"\nalias ll="ls -l"\n')
    vault.put("DATABRICKS_TOKEN@dev", "two")
    text = script.read_text()
    assert 'export PATH=$PATH:/opt/tools/bin\nexport NOTE="two\nlines"\nalias ll="ls -l"\n' in text
    assert text.count("DATABRICKS_TOKEN") == 1
    assert vault.get("DATABRICKS_TOKEN@dev") == "two"


def test_a_folder_in_the_place_of_the_script_is_named(project):
    project.install_script("dev").mkdir()
    with pytest.raises(StateError, match=r"env.sh cannot be read"):
        ScriptVault(project).get("DATABRICKS_TOKEN@dev")


def test_a_foreign_script_is_replaced_and_its_contents_are_not_run_together_with_ours(project):
    script = project.install_script("dev")
    script.write_bytes(b'export PATH=$PATH:/theirs\nexport NOTE="\xff not closed\n')
    ScriptVault(project).put("DATABRICKS_TOKEN@dev", "one")
    assert read_exports(script) == {"DATABRICKS_TOKEN": "one"}


def test_a_secret_never_shows_itself():
    assert TOKEN not in f"{Secret(TOKEN)} {Secret(TOKEN)!r} {[Secret(TOKEN)]}"


def test_the_redactor_masks_registered_and_recognisable_secrets():
    redactor = Redactor()
    SecretStore(ScriptVault(Project.__new__(Project)), redactor).guard("hunter22")
    account_key = "A" * 86 + "=="
    text = json.dumps(redactor.data({"a": ["hunter22", TOKEN, f"x {account_key}", "?sig=" + "z" * 43 + "%3D"]}))
    for secret in ("hunter22", TOKEN, account_key, "z" * 43):
        assert secret not in text


def test_a_web_token_that_was_cut_off_is_masked_too():
    said = Redactor().text('Unterminated string: {"access_token":"eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjE3OTU2Nzcz')
    assert "eyJ" not in said
    assert said.startswith("Unterminated string")
