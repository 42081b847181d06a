"""The engine's protocol with anything on either end: it never dies, always answers, and nothing odd gets through."""

import asyncio
import json
import subprocess
import sys

from hypothesis import given

from tests import naughty
from tests.fuzzing import DEEP, documents, shaped, st
from tests.rehearsal import clean_environment
from tests.unit.engine_tools import World, making, open_session
from wizard.engine import events
from wizard.engine.session import EngineSession
from wizard.engine.step import Question
from wizard.harmless import escaped, plain
from wizard.tui.wire import decode

VERBS = (
    "check",
    "doctor",
    "plan",
    "apply",
    "undo",
    "teardown",
    "confirm",
    "arm",
    "disarm",
    "answer",
    "describe",
    "cancel",
)
texts = st.sampled_from(naughty.texts()) | st.text(max_size=10)
commands = shaped(
    do=st.sampled_from(VERBS) | documents,
    **dict.fromkeys(
        ("stages", "steps"), st.lists(st.sampled_from(["a", "b@dev", "no"]) | documents, max_size=2) | documents
    ),
    **dict.fromkeys(("yes", "armed", "keep", "plan"), st.booleans() | documents),
    **dict.fromkeys(("id", "environment", "word", "name", "value"), texts | documents),
    answers=st.dictionaries(st.sampled_from(["name", "prefix"]) | texts, texts | documents, max_size=2) | documents,
)
lines = st.one_of(
    commands.map(json.dumps), texts, documents.map(json.dumps), st.just(DEEP), st.just('{"do": "\\ud800"}')
)


@given(st.lists(lines, max_size=6))
def test_a_session_obeys_or_complains_and_never_dies(tmp_path, said):
    asyncio.run(conversation(tmp_path, said))


async def conversation(folder, said):
    """Tell a session of the engine these lines, and that it still answers afterwards."""
    for old in (folder / "mlops-wizard.toml", folder / ".mlops-wizard" / "state.json"):
        old.unlink(missing_ok=True)
    question = Question(
        "name", "Name?", default=lambda _: "x", validate=lambda value: None if value.islower() else "small"
    )
    step = making(World(), "a")
    object.__setattr__(step, "inputs", (question,))
    session, heard = open_session(folder, [step, making(World(), "b", environments=("dev",))])

    async def all_of_them():
        for line in said:
            before = len(heard)
            yield line
            for _ in range(3):
                await asyncio.sleep(0)
            quiet = line_is(line, "confirm") or line_is(line, "cancel") or line_is(line, "quit")
            assert len(heard) > before or quiet, line
        yield '{"do": "describe"}'

    await asyncio.wait_for(EngineSession(session, {}).serve(all_of_them()), 10)
    assert any(isinstance(event, events.ChecklistShown) for event in heard[-5:]) or any(
        line_is(each, "quit") for each in said
    )
    for event in heard:
        json.dumps(event.to_dict())
        assert not getattr(event, "message", "").startswith("the wizard broke"), (event, said)


def line_is(line, verb):
    try:
        return json.loads(line)["do"] == verb
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


FIELDS = sorted({name for kind in events.kinds() for name in kind.__slots__})
lines_of_events = st.one_of(
    shaped(
        event=st.sampled_from([kind.event for kind in events.kinds()]) | documents,
        **dict.fromkeys(FIELDS, texts | documents),
    ).map(json.dumps),
    texts,
    st.binary(max_size=50),
    st.just(DEEP),
)


@given(lines_of_events)
def test_any_line_of_the_engine_is_an_event_for_the_screens(line):
    found = decode(line)
    assert isinstance(found, events.Event)
    for text in strings(found.to_dict()):
        assert not odd(text), text


def strings(value):
    """All texts in a document."""
    if isinstance(value, str):
        yield value
    for inner in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def odd(text):
    """Whether a terminal would obey something in a text, or it runs backwards unseen, or cannot be written."""
    text.encode()
    backwards = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    controls = {*range(0x20), *range(0x7F, 0xA0)} - {0x0A}
    return any(ord(letter) in backwards | controls for letter in text)


@given(documents | texts)
def test_what_is_made_harmless_is_and_escaped_json_means_the_same(value):
    assert not any(map(odd, strings(plain(value))))
    line = json.dumps(value, ensure_ascii=False)
    assert json.loads(escaped(line)) == json.loads(line) or value != value
    assert not odd(escaped(line).encode(errors="replace").decode())


def test_the_engines_process_survives_any_bytes(tmp_path):
    noise = (
        b"".join(bytes([number]) for number in range(256)) + b"\n\xff\xfe\n" + DEEP.encode() + b'\n{"do": "\\ud800"}\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "engine", "--project", str(tmp_path), "--purpose", "fuzz"],
        input=noise, capture_output=True, env=clean_environment(), timeout=60,
    )  # fmt: skip
    said = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 0
    assert {event["event"] for event in said} == {"engine.ready", "checklist", "problem"}
    assert [event["code"] for event in said if event["event"] == "problem"] == ["bad-command"] * 5
    assert "Traceback" not in (tmp_path / ".mlops-wizard" / "log").read_text()
