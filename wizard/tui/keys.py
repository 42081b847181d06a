"""The keys that a person chose instead of the registry's own: held against what Textual knows and what is taken."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from wizard.settings import SettingsError
from wizard.tui.commands import ANYWHERE, BY_ID, COMMANDS, Command

MOVING = ("up", "down", "left", "right", "h", "j", "k", "l", "g", "G", "home", "end", "pageup", "pagedown", "tab")
FILLING_IN = ("shift+tab", "enter", "escape", "space", "backspace", "delete", "f2")
OF_THE_TERMINAL = ("ctrl+c", "ctrl+q", "ctrl+p", "ctrl+z")
RESERVED = frozenset((*MOVING, *FILLING_IN, *OF_THE_TERMINAL))  # a command that took one would be in the way
MODIFIERS = ("ctrl+", "alt+", "shift+")
_NAMED = {each.value for each in Keys if "<" not in each.value} | set(KEY_NAME_REPLACEMENTS.values())
OTHER_KEY = "give one of them another key"


def checked(chosen: Mapping[str, str]) -> dict[str, str]:
    """The chosen keys by command id, as Textual spells them; SettingsError names what cannot be."""
    found = {command_id: _spelled(command_id, keys) for command_id, keys in chosen.items()}
    for place in dict.fromkeys(command.where for command in COMMANDS):
        _no_key_twice([each for each in COMMANDS if each.where in (place, ANYWHERE)], found)
    return found


def _spelled(command_id: str, keys: str) -> str:
    command = BY_ID.get(command_id)
    if command is None:
        near = difflib.get_close_matches(command_id, BY_ID, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"there are: {', '.join(BY_ID)}"
        raise SettingsError(f"[keys]: there is no command called `{command_id}`.", hint)
    spelled = [_key(command, key.strip()) for key in keys.split(",")]
    return ",".join(dict.fromkeys(spelled))


def _key(command: Command, key: str) -> str:
    if not _is_key(key):
        raise SettingsError(
            f"[keys]: `{key}` for {command.id} is no key.", "write it as in x, X, f5, ctrl+k, question_mark or comma"
        )
    if key in RESERVED and key not in command.key.split(","):
        raise SettingsError(f"[keys]: {key} for {command.id} moves or edits, everywhere.", "take another key")
    return _name(key)


def _name(key: str) -> str:
    """A sign's name, as Textual calls its key; letters, digits and names stay."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _is_key(key: str) -> bool:
    if len(key) == 1:
        return key.isprintable() and not key.isspace()
    if key in _NAMED:
        return True
    for modifier in MODIFIERS:
        if key.startswith(modifier):
            return _is_key(key.removeprefix(modifier))
    try:
        unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return False
    return key.islower()


def _no_key_twice(commands: list[Command], chosen: Mapping[str, str]) -> None:
    """No two commands of a place may have a key in common, as far as it was chosen."""
    owners: dict[str, Command] = {}
    for key, command in _keys(commands, chosen):
        other = owners.setdefault(key, command)
        if other is not command and {other.id, command.id} & chosen.keys():
            raise SettingsError(
                f"[keys]: {key} is the key of {other.id} ({other.name}) and of {command.id} ({command.name}).",
                OTHER_KEY,
            )


def _keys(commands: list[Command], chosen: Mapping[str, str]) -> Iterator[tuple[str, Command]]:
    for command in commands:
        for key in chosen.get(command.id, command.key).split(","):
            yield key, command
