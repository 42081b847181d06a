"""The event stream for ears: what a screen reader reads aloud. Status words first, no signs, no columns, no colour."""

from __future__ import annotations

import getpass
import re
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from wizard.plain import Event, PlainReader, typed

QUIET_SECONDS = 15.0  # between two words about the same work: each one interrupts what is being read
WORDS = {"ok": "OK", "todo": "To do", "warn": "Warning", "fail": "Failed", "skip": "Waits", "unknown": "Unknown"}
# what the plain output draws before its lines, in words; a sign that its word follows is left out
SIGNS = {"✓": "ok", "○": "to do", "✗": "failed", "■": "cancelled", "–": "skipped", "▸": "begins", "!": "warning"}
DRAWN = frozenset("·?▲=+~$><*|#")


class SpokenReader(PlainReader):
    """Prints events as sentences. `now` gives monotonic seconds."""

    def __init__(
        self, stream: TextIO, hear: Callable[[Event], None] | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(stream, hear)
        self._coloured = False
        self._now = now
        self._titles: dict[str, str] = {}
        self._told: dict[str, float] = {}

    def _say(self, text: str) -> None:
        for line in text.splitlines():
            if said := spoken(line):
                super()._say(said)

    def _checklist(self, event: Event) -> None:
        for stage in event["stages"]:
            self._titles |= {step["id"]: step["title"] for step in stage["steps"]}

    def _called(self, event: Event) -> str:
        """A step by its title, and where."""
        title = self._titles.get(event["step"]) or str(event["step"])
        return f"{title}, {event['environment']}" if event["environment"] else title

    def _step_checked(self, event: Event) -> None:
        if event["status"] == "skip" and not event["left_out"]:  # what it waits for has been said
            return
        word = "Left out" if event["left_out"] else WORDS[event["status"]]
        self._say(f"{word}: {self._called(event)}: {event['message']}")
        if event["proof"]:
            self._say(f"Proof: {event['proof']}")
        if event["fix"] and event["status"] != "ok":
            self._say(f"Next: {event['fix']}")
        self._others_must_act(event, "")

    def _others_must_act(self, event: Event, _margin: str) -> None:
        if event["message_to_send"]:
            self._say(f"Who must act: {event['who']}. Send them: {event['message_to_send']}")

    def _step_planned(self, event: Event) -> None:
        number = len(event["actions"])
        for place, action in enumerate(event["actions"], start=1):
            risk = "" if action["risk"] == "none" else f" Mind: {action['risk']}."
            self._say(f"Planned: {self._called(event)}, {place} of {number}: {action['title']}.{risk}")
            if action.get("loses"):
                self._say(f"It takes along: {action['loses']}")
            self._say(f"Command: {action['command']}")
        for kept in event.get("kept", ()):
            self._say(f"Kept: {kept['thing']}: {kept['why']}")
        if event.get("goes_with"):
            self._say(f"Planned: {self._called(event)} goes with {event['goes_with']}")
        if event["manual"]:
            self._say(f"By hand: {self._called(event)}: {event['manual']}")

    def _action_started(self, event: Event) -> None:
        self._acting.add(self._name(event))
        self._told[self._name(event)] = self._now()
        self._say(f"Begun: {self._called(event)}: {event['action']}")

    def _action_finished(self, event: Event) -> None:
        self._acting.discard(self._name(event))
        self._say(f"Done: {self._called(event)}: {event['action']}, after {event['seconds']:.0f} seconds")

    def _action_failed(self, event: Event) -> None:
        self._acting.discard(self._name(event))
        self._say(f"Failed: {self._called(event)}: {event['action']}: {event['message']}")
        self._say(f"Next: {event['fix']}")
        self._others_must_act(event, "")

    def _progress(self, event: Event) -> None:
        """How it goes, now and then."""
        if event["step"] and self._now() - self._told.get(self._name(event), 0.0) < QUIET_SECONDS:
            return
        self._told[self._name(event)] = self._now()
        self._say(f"Going on: {self._called(event)}: {event['message']}" if event["step"] else event["message"])

    def _notice(self, event: Event) -> None:
        self._say(f"Your turn: {event['message']}")
        if event["link"]:
            self._say(f"Open {event['link']}" + (f" and type {event['copy']}" if event["copy"] else ""))

    def _problem(self, event: Event) -> None:
        self._say(f"Problem: {event['message']}")
        if event["fix"]:
            self._say(f"Next: {event['fix']}")

    def _confirm(self, event: Event) -> dict[str, Any]:
        if not event["step"]:  # of the whole set-up
            return super()._confirm(event)
        what = "; ".join(action["title"] for action in event["actions"])  # other steps may have spoken since the plan
        answer = typed(f"Question: {self._called(event)}: {what}. Shall that be done? Type yes or no: ")
        yes = answer.strip().lower() in ("y", "yes")
        reply = {"do": "confirm", "id": event["id"], "yes": yes}
        return {**reply, "word": self._word(event)} if yes and event.get("word") else reply

    def _ask(self, event: Event) -> str:
        choices = f" Choices: {', '.join(event['choices'])}." if event["choices"] else ""
        default = f" Enter takes {event['default']}." if event["default"] else ""
        prompt = f"Question: {event['prompt']} {event['help']}{choices}{default} Answer: "
        return getpass.getpass(prompt) if event["secret"] and sys.stdin.isatty() else typed(prompt)

    def _summary(self, event: Event) -> None:
        counts = ", ".join(
            f"{number} {WORDS.get(status, status).lower()}" for status, number in event["counts"].items()
        )
        end = "Finished" if event.get("exit_code", 0) == 0 else "Ended, not all is well"
        actions = f"{event['actions']} actions, {event['seconds']:.0f} seconds"
        self._say(f"{end}: {event['command']}: {counts or 'nothing checked'}. {actions}.")


def spoken(line: str) -> str:
    """A line of the plain output without what is drawn: signs as words, columns with commas between."""
    words = line.strip().split(" ")
    while words and words[0] in DRAWN:
        words = words[1:]
    if words and words[0] in SIGNS:
        sign = SIGNS[words[0]]
        followed = len(words) > 1 and words[1] == sign
        words = words[1:] if followed else [f"{sign}:", *words[1:]]
    return re.sub(r"\s{2,}", ", ", " ".join(words).strip())
