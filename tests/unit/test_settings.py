"""A person's settings: where they are, what they may say, and what is refused."""

import pytest

from wizard.engine.answers import Answers
from wizard.engine.errors import AnswerError
from wizard.settings import SettingsError, load, settings_file
from wizard.tui.board import Board
from wizard.tui.commands import BY_ID, COMMANDS, key_of
from wizard.tui.keys import RESERVED, checked

SECRET = "https://hooks.example.com/services/T0/B0/secret"


def with_file(tmp_path, text, **more):
    environment = {"XDG_CONFIG_HOME": str(tmp_path), **more}
    file = settings_file(environment)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return environment


def test_without_a_file_everything_is_as_it_comes(tmp_path):
    found = load({"HOME": str(tmp_path)})
    assert (found.keys, found.webhook, found.bell) == ({}, "", True)
    assert settings_file({"HOME": str(tmp_path)}) == tmp_path / ".config" / "mlops-wizard" / "settings.toml"


def test_a_file_is_read(tmp_path):
    text = f'[keys]\nstop = "f8"\n[notify]\nwebhook = "{SECRET}"\nbell = false\n'
    found = load(with_file(tmp_path, text))
    assert (found.keys, found.webhook, found.bell) == ({"stop": "f8"}, SECRET, False)


def test_the_environment_outranks_the_file_and_may_silence_it(tmp_path):
    text = f'[notify]\nwebhook = "{SECRET}"\n'
    other = "https://other.example.com/"
    assert load(with_file(tmp_path, text, MLOPS_WIZARD_WEBHOOK=other)).webhook == other
    assert load(with_file(tmp_path, text, MLOPS_WIZARD_WEBHOOK="")).webhook == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[kyes]\n", "no setting called `kyes`"),
        ("keys = 1\n", "`keys` is no table"),
        ("[keys\n", "cannot be read"),
        ("[keys]\nstop = 8\n", "`stop` in [keys] has no key"),
        ('[notify]\nwebook = ""\n', "[notify] has no `webook`"),
        ("[notify]\nbell = 1\n", "neither true nor false"),
        ('[notify]\nwebhook = "http://example.com/secret"\n', "not an https address"),
        ('[notify]\nwebhook = "https://"\n', "not an https address"),
        ('[notify]\nwebhook = "https://[/secret"\n', "not an https address"),
    ],
)
def test_what_cannot_be_used_is_named_and_no_address_repeated(tmp_path, text, complaint):
    with pytest.raises(SettingsError) as raised:
        load(with_file(tmp_path, text))
    assert complaint in raised.value.message
    assert raised.value.fix
    assert "secret" not in raised.value.message + raised.value.fix


def test_the_answers_file_says_where_settings_belong(tmp_path):
    file = tmp_path / "mlops-wizard.toml"
    file.write_text('[notify]\nwebhook = "https://example.com/"\n')
    with pytest.raises(AnswerError) as raised:
        Answers(file, [], {})
    assert "[notify] belongs into your settings.toml" in raised.value.fix


def test_chosen_keys_are_spelled_as_textual_does_and_shown():
    chosen = checked({"stop": "f8", "keys": "f3,!", "next-problem": "comma"})
    assert chosen == {"stop": "f8", "keys": "f3,exclamation_mark", "next-problem": "comma"}
    board = Board("sandbox")
    board.keys = chosen
    assert key_of(board, "stop") == "F8"
    assert key_of(board, "leave-out") == "l"


def test_keys_can_be_swapped():
    assert checked({"apply-all": "s", "apply-step": "a"}) == {"apply-all": "s", "apply-step": "a"}


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        ({"stopp": "f8"}, "no command called `stopp`"),
        ({"stop": "ff8"}, "`ff8` for stop is no key"),
        ({"stop": ""}, "is no key"),
        ({"stop": "j"}, "moves or edits"),
        ({"stop": "a"}, "a is the key of apply-all (setup: Set up everything) and of stop (setup: Stop)"),
        ({"stop": "q"}, "q is the key of stop"),
        ({"theme": "z"}, "z is the key of freeze"),
        ({"stop": "f8", "check-all": "f8"}, "f8 is the key of"),
    ],
)
def test_keys_that_cannot_be_are_refused(chosen, complaint):
    with pytest.raises(SettingsError) as raised:
        checked(chosen)
    assert complaint in raised.value.message
    assert raised.value.fix


def test_a_key_may_serve_other_commands_on_other_screens():
    assert checked({"freeze": "x"}) == {"freeze": "x"}, "x stops on the checklist, and nothing on the status screen"


def test_every_command_can_keep_its_own_key():
    for command in COMMANDS:
        assert checked({command.id: command.key}) == {command.id: command.key}
    assert set(BY_ID["open"].key.split(",")) <= RESERVED
