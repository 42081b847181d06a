"""The command in awkward surroundings: streams closed or full, folders that are none, an engine that dies."""

import os
import pty
import signal
import subprocess
import sys
import threading

import pytest

from tests.rehearsal import WIZARD, clean_environment
from wizard import engine_client


def wizard(folder, *arguments, streams="", **variables):
    """Run the command through a shell that closes or redirects streams first."""
    return subprocess.run(
        ["sh", "-c", f'"$@" {streams}', "sh", *WIZARD, *arguments],
        cwd=folder,
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


BAD_ANSWER = ("check", "--set", "prefix=[/x]")


@pytest.mark.parametrize(
    ("arguments", "streams", "code"),
    [
        (("apply",), "<&-", 2),
        ((), "<&-", 2),
        (BAD_ANSWER, "<&-", 2),
        (BAD_ANSWER, ">&-", 2),
        (BAD_ANSWER, "2>&-", 2),
        (BAD_ANSWER, "<&- >&- 2>&-", 2),
        (("where",), ">/dev/full", 1),
        (("schema",), ">/dev/full", 1),
    ],
)
def test_closed_and_full_streams_end_in_no_traceback(tmp_path, arguments, streams, code):
    done = wizard(tmp_path, *arguments, streams=streams)
    assert done.returncode == code
    assert "Traceback" not in done.stderr + done.stdout


def test_a_full_disk_behind_the_output_is_named(tmp_path):
    assert "No space left" in wizard(tmp_path, "schema", streams=">/dev/full").stderr


def test_glyphs_fail_on_no_terminal(tmp_path):
    done = wizard(tmp_path, *BAD_ANSWER, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "? `prefix` = '[/x]': A prefix must be 2 to 12" in done.stdout


def test_a_bad_answer_is_told_before_anything_is_started(tmp_path):
    done = wizard(tmp_path, *BAD_ANSWER, "--sandbox")
    assert "A prefix must be" in done.stdout
    assert not (tmp_path / ".mlops-wizard" / "sandbox").exists()


@pytest.mark.parametrize("arguments", [("check",), ("check", "--sandbox"), ("sandbox", "start")])
def test_a_folder_that_is_not_there_is_not_made(tmp_path, arguments):
    done = wizard(tmp_path, *arguments, "--project", str(tmp_path / "no" / "such"))
    assert done.returncode in (1, 2)
    assert "no such folder" in done.stdout or "There is no folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "folder"), [("", False), ("log", True), ("state.json", True), ("lock", True)])
def test_what_is_in_the_way_is_named(tmp_path, name, folder):
    place = tmp_path / ".mlops-wizard" / name
    place.parent.mkdir(exist_ok=True)
    place.mkdir() if folder else place.touch()
    done = wizard(tmp_path, "check")
    assert done.returncode == 1
    assert str(place) in done.stdout
    assert "Traceback" not in done.stderr


def test_a_wizard_in_the_project_folder_is_not_run_in_the_place_of_this_one(tmp_path):
    other = tmp_path / "wizard"
    other.mkdir()
    (other / "__init__.py").write_text("raise SystemExit('the other wizard')")
    command = [sys.executable, "-P", "-m", "wizard", *BAD_ANSWER]
    done = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "A prefix must be" in done.stdout


def test_what_nobody_foresaw_is_told_and_its_details_are_in_the_log(tmp_path):
    spoiled = tmp_path / "spoiled"
    spoiled.mkdir()
    (spoiled / "keyring.py").write_text("raise RuntimeError('a fault of ours')")
    done = wizard(tmp_path, "check", PYTHONPATH=str(spoiled))
    assert done.returncode == 1
    assert "the wizard broke: RuntimeError: a fault of ours" in done.stdout
    assert "a fault of ours" in (tmp_path / ".mlops-wizard" / "log").read_text()


def test_an_engine_that_dies_is_told(monkeypatch):
    code = 'import os; print(\'{"event": "engine.ready"}\', flush=True); os.kill(os.getpid(), 9)'
    monkeypatch.setattr(engine_client, "engine_command", lambda _: [sys.executable, "-c", code])
    told = []
    assert engine_client.converse([], {"do": "check"}, told.append) == 1
    assert told[-1]["event"] == "problem"
    assert "signal 9" in told[-1]["message"]


SHOWS_FIRST = """
import json, sys
print(json.dumps({"event": "checklist", "stages": ["a"]}), flush=True)
said = json.loads(sys.stdin.readline())
if said["do"] != "cancel":
    print(json.dumps({"event": "summary", "said": said}), flush=True)
    sys.stdin.readline()
"""


def test_a_command_can_follow_from_the_checklist(monkeypatch):
    monkeypatch.setattr(engine_client, "engine_command", lambda _: [sys.executable, "-c", SHOWS_FIRST])
    told = []
    assert engine_client.converse([], lambda checklist: {"do": "apply", "seen": checklist["stages"]}, told.append) == 0
    assert told[-1]["said"] == {"do": "apply", "seen": ["a"]}


def test_ctrl_c_before_there_is_a_command_ends_the_engine(monkeypatch):
    monkeypatch.setattr(engine_client, "engine_command", lambda _: [sys.executable, "-c", SHOWS_FIRST])

    def leave(_):
        raise KeyboardInterrupt

    told = []
    assert engine_client.converse([], leave, told.append) == 130
    assert [each["event"] for each in told] == ["checklist"]


ASKING = """
import json, sys
print(json.dumps({"event": "confirm", "id": "1", "step": "a", "environment": "", "actions": []}), flush=True)
said = json.loads(sys.stdin.readline()), json.loads(sys.stdin.readline())
if said[1] == {"do": "cancel"}:
    print(json.dumps({"event": "output", "text": "cancelled"}), flush=True)
summary = {"event": "summary", "command": "apply", "counts": {}, "actions": 0, "seconds": 0, "critical_path": []}
print(json.dumps(summary), flush=True)
"""
AT_A_TERMINAL = """
import sys
from wizard import engine_client, plain
engine_client.engine_command = lambda _: [sys.executable, "-c", sys.argv[1]]
print("code", engine_client.converse([], {"do": "apply"}, plain.PlainReader(sys.stdout)), flush=True)
"""


def test_ctrl_c_at_a_question_is_a_no():
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", AT_A_TERMINAL, ASKING])  # noqa: S606
    over = threading.Timer(30, os.kill, (child, signal.SIGKILL))
    over.start()
    # Python misses a Ctrl-C that comes just before it begins to wait for a line; people press again, too.
    again = threading.Timer(5, os.write, (terminal, b"\x03"))
    said = b""
    try:
        while piece := _read(terminal):
            if b"do it?" in piece:
                os.write(terminal, b"\x03")
                again.start()
            if b"cancelled" in piece:
                again.cancel()
            said += piece
    finally:
        over.cancel()
        again.cancel()
        os.waitpid(child, 0)
        os.close(terminal)
    assert b"cancelled" in said
    assert b"code 130" in said


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""
