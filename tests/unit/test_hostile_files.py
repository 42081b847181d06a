"""Files in every state: binary, deep, large, a folder or a link in their place. Nothing foreign is touched."""

import argparse
import json
import os
import stat
import sys

import pytest
from hypothesis import given

from tests import naughty
from tests.fuzzing import DEEP, documents, refusal, shaped, st
from wizard import cli, settings, skeleton
from wizard.cli_conversations import COMMANDS
from wizard.engine.errors import StateError, WizardError
from wizard.engine.files import Project, make_private_folder
from wizard.engine.journal import Journal
from wizard.engine.lock import Lock
from wizard.engine.redaction import Redactor
from wizard.engine.secrets import ScriptVault, read_exports
from wizard.engine.state import State
from wizard.operations.lint.check import check
from wizard.operations.lint.project import Project as LintedProject
from wizard.sandbox.imports.listings import ListingError, read
from wizard.steps import rows_of_wines

BINARY = bytes(range(256))
CONTENTS = {
    "empty": b"",
    "binary": BINARY,
    "deep": DEEP.encode(),
    "less-deep": b"[" * 200 + b"]" * 200,
    "half": b'"\\ud800"',
    "object": b"{}",
    "large": b"a" * naughty.LARGE,
}
of_any_kind = pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", "azure")
    make_private_folder(project.memory)
    return project


@pytest.fixture
def foreign(tmp_path):
    """A file of somebody else, which links lead to."""
    file = tmp_path / "foreign"
    file.write_text("precious\n")
    file.chmod(0o644)
    yield file
    assert file.read_text() == "precious\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.usefixtures("foreign")
class TestLinks:
    """A clone may bring links along: git keeps them."""

    def test_a_memory_folder_elsewhere_is_refused(self, tmp_path):
        other = tmp_path / "other"
        other.mkdir(mode=0o755)
        (tmp_path / ".mlops-wizard").symlink_to(other)
        with pytest.raises(StateError, match="a link is where") as said:
            make_private_folder(tmp_path / ".mlops-wizard")
        assert said.value.fix
        assert stat.S_IMODE(other.stat().st_mode) == 0o755
        assert list(other.iterdir()) == []

    def test_neither_is_the_sandbox_put_there(self, tmp_path, capsys):
        (tmp_path / "other").mkdir()
        (tmp_path / ".mlops-wizard").symlink_to(tmp_path / "other")
        assert cli.main(["sandbox", "start", "--project", str(tmp_path)]) == 2
        assert "a link is where" in capsys.readouterr().err
        assert list((tmp_path / "other").iterdir()) == []

    def test_nothing_is_made_where_a_link_leads(self, tmp_path):
        memory = tmp_path / "memory"
        memory.mkdir()
        (memory / ".gitignore").symlink_to(tmp_path / "new")
        make_private_folder(memory)
        assert not (tmp_path / "new").exists()

    def test_journal_and_lock_write_through_none(self, project, foreign):
        for file in (project.journal, project.lock):
            file.symlink_to(foreign)
        with pytest.raises(StateError, match="a link is where"):
            Journal(project.journal, "azure", Redactor()).write("begun")
        with pytest.raises(StateError, match="a link is where"):
            Lock(project.lock, "x").acquire(patience=0)

    def test_a_script_takes_the_place_of_a_link(self, project, foreign):
        project.install_script("dev").symlink_to(foreign)
        ScriptVault(project).put("DATABRICKS_TOKEN@dev", "one")
        assert read_exports(project.install_script("dev")) == {"DATABRICKS_TOKEN": "one"}
        assert not project.install_script("dev").is_symlink()

    def test_a_state_elsewhere_is_put_aside_as_it_is(self, project, foreign):
        project.state.symlink_to(foreign)
        assert State(project.state, "azure", Redactor()).moved_aside.readlink() == foreign


def test_a_value_with_a_line_break_is_written_into_no_script(project):
    with pytest.raises(StateError, match="DATABRICKS_TOKEN has a control character"):
        ScriptVault(project).put("DATABRICKS_TOKEN@dev", "x\nrm -rf .\n")
    assert not project.install_script("dev").exists()


@of_any_kind
def test_a_state_of_any_kind_is_taken_or_kept_aside(project, content):
    project.state.write_bytes(content)
    state = State(project.state, "azure", Redactor())
    assert state.moved_aside.read_bytes() == content
    assert skeleton.remembered(project.folder, "azure") == {}


@given(
    shaped(
        version=st.sampled_from([1, 2, True, "1"]) | documents,
        clouds=shaped(
            azure=shaped(
                steps=st.dictionaries(
                    st.text(max_size=5),
                    shaped(
                        status=st.sampled_from(["ok", "no such"]) | documents,
                        **dict.fromkeys(("message", "proof", "checked"), st.text(max_size=5) | documents),
                        facts=st.dictionaries(st.text(max_size=5), st.text(max_size=5)) | documents,
                    ),
                )
            )
        ),
    )
)
def test_a_state_of_any_shape_is_taken_refused_or_kept_aside(tmp_path, document):
    for old in tmp_path.iterdir():
        old.unlink()
    file = tmp_path / "state.json"
    content = json.dumps(document)
    file.write_text(content)
    if refused := refusal(StateError, lambda: State(file, "azure", Redactor())):
        assert "newer" in refused.message
        assert file.read_text() == content
        return
    for old in tmp_path.iterdir():
        old.unlink()
    file.write_text(content)
    state = State(file, "azure", Redactor())
    assert (state.moved_aside or file).read_text() == content
    for entry in state.last().values():
        assert entry["status"] in ("ok", "todo", "warn", "fail", "skip", "unknown")
        assert all(isinstance(value, str) for value in entry["facts"].values())


@given(st.binary(max_size=200), st.lists(documents, max_size=4))
def test_a_journal_of_any_content_is_read_and_gone_on_with(tmp_path, noise, entries):
    file = tmp_path / "journal.jsonl"
    file.unlink(missing_ok=True)
    journal = Journal(file, "azure", Redactor())
    journal.write("begun", instance="a", action="x", key="k1")
    with file.open("ab") as stream:
        stream.write(noise + b"\n" + b"\n".join(json.dumps(each).encode() for each in entries) + DEEP.encode())
    journal.write("begun", instance="b", action="x", key="k2")
    assert (journal.open_key("a", "x"), journal.open_key("b", "x")) == ("k1", "k2")
    assert journal.made("a", "x")


def test_a_folder_in_the_place_of_the_journal_is_named(project):
    project.journal.mkdir()
    with pytest.raises(StateError, match=r"journal.jsonl cannot be read"):
        Journal(project.journal, "azure", Redactor()).entries()


@pytest.mark.parametrize("kind", ["binary", "deep", "large", "keys = 1", "[keys]\nx = 1", "[notify]\nwebhook = 1"])
def test_settings_that_cannot_be_used_say_why(tmp_path, kind):
    file = tmp_path / "mlops-wizard" / "settings.toml"
    file.parent.mkdir()
    file.write_bytes(CONTENTS.get(kind, kind.encode()))
    with pytest.raises(settings.SettingsError):
        settings.load({"XDG_CONFIG_HOME": str(tmp_path)})


def test_a_folder_in_the_place_of_the_settings_is_named(tmp_path):
    (tmp_path / "mlops-wizard" / "settings.toml").mkdir(parents=True)
    with pytest.raises(settings.SettingsError, match="cannot be read"):
        settings.load({"XDG_CONFIG_HOME": str(tmp_path)})


@given(st.binary(max_size=100))
def test_settings_of_any_content_are_taken_or_refused_in_words(tmp_path, content):
    file = tmp_path / "mlops-wizard" / "settings.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    refused = refusal(settings.SettingsError, lambda: settings.load({"XDG_CONFIG_HOME": str(tmp_path)}))
    assert refused is None or refused.fix


@pytest.mark.parametrize("cell", ["nan", "inf", "-1e999", "1_0" * 2000, "x"])
def test_what_is_no_number_is_refused(tmp_path, cell):
    with pytest.raises(WizardError, match="row 1"):
        rows_of_wines.given([",".join([cell] * len(rows_of_wines.COLUMNS))], tmp_path)


def test_a_row_too_long_for_a_files_name_is_a_row():
    row = ",".join(["0." + "1" * 40] * len(rows_of_wines.COLUMNS))
    assert COMMANDS["ask"](argparse.Namespace(rows=[row], environment="test"))["rows"] == [row]


CELLS = st.sampled_from(["7.4", "nan", "inf", "1e999", "-1", "", "x", "7,4"]) | st.text(max_size=4)


def rows_or_complaint(file):
    """Rows of finite numbers, or a complaint in words."""
    rows = []
    refused = refusal(WizardError, lambda: rows.extend(rows_of_wines.from_file(file)))
    assert refused is None or (refused.fix and len(refused.message) < 1000)
    assert all(len(row) == len(rows_of_wines.COLUMNS) and abs(cell) < float("inf") for row in rows for cell in row)


@of_any_kind
@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_file_of_any_kind_holds_rows_of_wines_or_is_refused(tmp_path, content, suffix):
    file = tmp_path / f"rows{suffix}"
    file.write_bytes(content)
    rows_or_complaint(file)


@given(
    st.lists(st.lists(CELLS, min_size=10, max_size=12), max_size=3),
    st.one_of(documents, st.lists(st.lists(documents, min_size=11, max_size=11), max_size=2)),
)
def test_rows_of_any_content_are_numbers_or_refused(tmp_path, lines, document):
    table, data = tmp_path / "rows.csv", tmp_path / "rows.json"
    text = "\n".join([",".join(rows_of_wines.COLUMNS), *(",".join(cells) for cells in lines)])
    table.write_text(text, encoding="utf-8", errors="replace")
    data.write_text(json.dumps(document))
    rows_or_complaint(table)
    rows_or_complaint(data)


def test_a_row_typed_in_is_numbers_or_refused(tmp_path):
    for text in filter(str.strip, naughty.texts()):
        assert refusal(WizardError, lambda text=text: rows_of_wines.given([text], tmp_path)).fix


def test_a_folder_or_nothing_in_the_place_of_rows_is_named(tmp_path):
    (tmp_path / "a.csv").mkdir()
    for name in ("a.csv", "b.csv", "a\0.csv", "x" * 300 + ".csv", "~nobody-here/x.csv"):
        with pytest.raises(WizardError, match="cannot be read"):
            rows_of_wines.given([name], tmp_path)


def test_a_file_at_home_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "rows.json").write_text("[]")
    assert rows_of_wines.given(["~/rows.json"], tmp_path / "elsewhere") == []


@of_any_kind
def test_a_listing_of_any_kind_is_refused(tmp_path, content):
    file = tmp_path / "listing.json"
    file.write_bytes(content)
    with pytest.raises(ListingError):
        read([file])


ENTRIES = shaped(cluster_id=documents, location=documents, name=documents, project=documents)


@given(shaped(value=documents, resource_groups=st.lists(ENTRIES), clusters=documents) | st.lists(ENTRIES, max_size=3))
def test_listings_of_any_shape_are_read_or_refused(tmp_path, document):
    file = tmp_path / "listing.json"
    file.write_text(json.dumps(document))
    refused = refusal(ListingError, lambda: read([file], "w"))
    assert refused is None or refused.problems


def test_a_project_full_of_odd_files_is_linted(tmp_path):
    folder = tmp_path / "pipelines"
    folder.mkdir()
    for number, content in enumerate([BINARY, b"a: [", DEEP.encode(), b"&a [*a]", b"\xff", b"? [a]\n: b", b"- - -"]):
        for suffix in ("yml", "py", "txt", "md", "json"):
            (folder / f"odd{number}.{suffix}").write_bytes(content)
    (folder / "azure-pipelines.yml").write_bytes(b"stages: [{jobs: 7}, 8, {stage: [x]}]\nvariables: [[7]]\n")
    (folder / "requirements.txt").write_bytes(BINARY)
    (folder / "loop").symlink_to(folder)
    (folder / "gone.yml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.yml")
    check(LintedProject.read(tmp_path))


def test_deep_nesting_is_as_deep_as_python_cannot_go():
    with pytest.raises(RecursionError):
        json.loads(DEEP)
    assert sys.getrecursionlimit() < len(DEEP)
