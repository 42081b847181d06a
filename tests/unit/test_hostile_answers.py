"""Every question with every naughty string: accepted, or refused with its rule; the file of answers in every state."""

import subprocess

import pytest
from hypothesis import given

from tests import naughty
from tests.fuzzing import DEEP, documents, refusal, st
from wizard.engine.answers import Answers
from wizard.engine.errors import AnswerError, StateError
from wizard.engine.one_line import complaint
from wizard.steps.checklist import CHECKLIST

QUESTIONS = dict(CHECKLIST.questions())
# Names that become a part of a path or an address. Accepted spellings of the others hold slashes with good reason.
NO_SLASH = {
    "prefix",
    "region",
    "resource_group",
    "workspace",
    "storage_account",
    "key_vault",
    "ml_workspace",
    "insights",
    "repository",
    "aks_cluster",
    "service_name",
    "volume",
    "cluster_minutes",
    "token_days",
}


def tried(answers, name, text):
    """What the session says of an answer: its complaint, "" where it takes it."""
    try:
        answers.set(name, text)
    except AnswerError as error:
        return error.message
    return ""


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_answer_is_taken_or_refused_with_its_rule(name, tmp_path):
    answers = Answers(tmp_path / "answers.toml", QUESTIONS.items(), {})
    for text in naughty.texts():
        said = tried(answers, name, text)
        assert said.isprintable(), (text, said)
        assert len(said) < 1300, text[:50]
        if not said:
            assert QUESTIONS[name].secret or complaint(text) is None
            if name.rpartition(".")[2] in NO_SLASH:
                assert not {"/", "\\", "\0"} & set(text), (name, text)
                assert text not in (".", "..")


def test_ten_megabytes_are_refused_at_once_by_every_question(tmp_path):
    answers = Answers(tmp_path / "answers.toml", QUESTIONS.items(), {})
    for name in QUESTIONS:
        said = tried(answers, name, "a" * naughty.LARGE)
        assert 0 < len(said) < 1300, name


def test_what_is_accepted_comes_back_from_the_file_as_it_was(tmp_path):
    file = tmp_path / "answers.toml"
    free = "azure.subscription"
    for text in (text for text in naughty.texts() if not QUESTIONS[free].complaint(text)):
        Answers(file, QUESTIONS.items(), {}).save({free: text})
        assert Answers(file, QUESTIONS.items(), {}).get(free) == text


def test_gits_own_rules_for_branches_are_kept(tmp_path):
    answers = Answers(tmp_path / "answers.toml", QUESTIONS.items(), {})
    more = ["a.lock/b", "a/.b", "a..b", "a@{b", "-a", "a/", "a//b", "@", "a b"]
    for text in [*naughty.texts(), *more]:
        if tried(answers, "devops.main_branch", text) == "":
            done = subprocess.run(["git", "check-ref-format", "--branch", text], capture_output=True, check=False)
            assert done.returncode == 0, text


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        b"\xff\xfe",
        b"prefix = ",
        b"[[prefix]]\n",
        b"prefix = 1\nprefix = 2\n",
        b"a = " + DEEP.encode(),
        b"\x1b[31m",
        b"prefix = '" + b"a" * naughty.LARGE + b"'",
        b"dev = 1\n",
        b"[prefix]\nx = 1\n",
        b'"" = 1\n',
        b"prefix = 1979-05-27\n",
    ],
)
def test_a_file_that_holds_no_answers_is_left_as_it_is(tmp_path, content):
    file = tmp_path / "answers.toml"
    file.write_bytes(content)
    with pytest.raises((StateError, AnswerError)) as said:
        Answers(file, QUESTIONS.items(), {})
    assert said.value.message.replace("\n", " ").isprintable(), said.value.message
    assert len(said.value.message) < 1300
    assert said.value.fix
    assert file.read_bytes() == content


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    file = tmp_path / "answers.toml"
    file.mkdir()
    with pytest.raises(StateError, match=r"answers.toml cannot be read"):
        Answers(file, QUESTIONS.items(), {})


def test_a_link_is_read_and_what_it_leads_to_is_never_written(tmp_path):
    foreign, file = tmp_path / "foreign", tmp_path / "answers.toml"
    foreign.write_text('prefix = "abc"\n')
    file.symlink_to(foreign)
    answers = Answers(file, QUESTIONS.items(), {})
    answers.save({"prefix": "xyz"})
    assert foreign.read_text() == 'prefix = "abc"\n'
    assert Answers(file, QUESTIONS.items(), {}).get("prefix") == "xyz"


def written(value):
    """A document as TOML, as far as it can be."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {written(held)}' for name, held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return repr(value)


@given(
    st.one_of(st.binary(max_size=60), documents.map(lambda held: f"prefix = {written(held)}".encode(errors="ignore")))
)
def test_any_file_is_taken_or_refused_in_words(tmp_path, content):
    file = tmp_path / "answers.toml"
    file.write_bytes(content)
    refused = refusal((StateError, AnswerError), lambda: Answers(file, QUESTIONS.items(), {}))
    assert refused is None or refused.message
    assert file.read_bytes() == content
