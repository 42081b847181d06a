"""The event stream for people without the screens: one line an event, in plain words, coloured where that helps."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

from wizard.harmless import escaped, plain
from wizard.plain_drift import drift_lines
from wizard.plain_status import table
from wizard.plain_timeline import TimelinePrinter

Event = dict[str, Any]

_SIGNS = {
    "ok": ("✓", "32"),
    "todo": ("○", "36"),
    "warn": ("!", "33"),
    "fail": ("✗", "31"),
    "skip": ("·", "2"),
    "unknown": ("?", "35"),
}
_ENDS = {
    "deleted": ("✓", "32", "deleted"),
    "absent": ("·", "2", "was not there"),
    "kept": ("=", "36", "kept"),
    "failed": ("✗", "31", "failed"),
}


# of two environments' differences
_VERDICTS = {
    "surprise": ("▲", "33"),
    "unread": ("?", "35"),
    "not set up": ("○", "36"),
    "expected": ("·", "2"),
}


class JsonReader:
    """Prints each event as one JSON line, just as the engine said it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> dict[str, Any] | None:
        """Print one event."""
        print(escaped(json.dumps(event, ensure_ascii=False)), file=self._stream, flush=True)
        return {"do": "confirm", "id": event["id"], "yes": False} if event["event"] == "confirm" else None


class PlainReader:
    """Prints events as lines; asks for confirmation on a terminal. `hear` is told of every event once it is shown."""

    def __init__(self, stream: TextIO, hear: Callable[[Event], None] | None = None) -> None:
        self._stream = stream
        self._hear = hear
        self._asked: dict[str, Event] = {}
        self._runs: dict[str, TimelinePrinter] = {}
        self._acting: set[str] = set()
        self._words: dict[str, str] = {}
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, event: Event) -> dict[str, Any] | None:
        """Print one event, and answer it when it is a question. Services' words reach no terminal as they are."""
        event = plain(event)
        if event["event"] != "output":
            for run in self._runs.values():
                run.rest()
        show = getattr(self, "_" + event["event"].replace(".", "_"), None)
        reply: dict[str, Any] | None = show(event) if show else None
        if self._hear is not None:
            self._hear(event)
        return reply

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured and colour else text

    @staticmethod
    def _name(event: Event) -> str:
        return str(event["step"]) + (f" ({event['environment']})" if event["environment"] else "")

    def _step_checked(self, event: Event) -> None:
        sign, colour = _SIGNS[event["status"]]
        word = self._paint(f"{sign} {event['status']:<7}", colour)
        self._say(f"{word} {self._name(event):<32} {event['message']}")
        if event["proof"]:
            self._say(f"{'':42}proof: {event['proof']}")
        if event["fix"] and event["status"] != "ok":
            self._say(f"{'':42}next: {event['fix']}")
        self._others_must_act(event, " " * 42)

    def _step_planned(self, event: Event) -> None:
        for action in event["actions"]:
            risk = "" if action["risk"] == "none" else self._paint(f"  [{action['risk']}]", "33")
            self._say(f"  + {self._name(event)}: {action['title']}{risk}")
            self._say(f"      $ {action['command']}")
            if action.get("loses"):
                self._say(self._paint(f"      takes along: {action['loses']}", "1;33"))
        for kept in event.get("kept", ()):
            self._say(f"  = {self._name(event)}: {kept['thing']} stays: {kept['why']}")
        if event.get("goes_with"):
            self._say(f"  ~ {self._name(event)}: goes with {event['goes_with']}")
        if event["manual"]:
            self._say(f"  ! {self._name(event)}: by hand: {event['manual']}")

    def _action_started(self, event: Event) -> None:
        self._acting.add(self._name(event))
        self._say(f"  > {self._name(event)}: {event['action']}")

    def _action_finished(self, event: Event) -> None:
        self._acting.discard(self._name(event))
        self._say(f"  < {self._name(event)}: {event['action']}: done in {event['seconds']:.1f} s")

    def _action_failed(self, event: Event) -> None:
        self._acting.discard(self._name(event))
        self._say(self._paint(f"  ✗ {self._name(event)}: {event['action']}: {event['message']}", "31"))
        self._say(f"      next: {event['fix']}")
        self._others_must_act(event, " " * 6)

    def _others_must_act(self, event: Event, margin: str) -> None:
        if event["message_to_send"]:
            self._say(f"{margin}who must act: {event['who']}; send them:")
            self._say(textwrap.indent(textwrap.fill(event["message_to_send"], 76), f"{margin}  > "))

    def _timeline(self, event: Event) -> None:
        run = self._runs.setdefault(self._name(event), TimelinePrinter(self._say, self._paint))
        run.show(event, self._name(event) in self._acting)

    def _progress(self, event: Event) -> None:
        if event["step"] and self._name(event) in self._runs:  # its timeline has said it
            return
        where = self._name(event) + ": " if event["step"] else ""
        self._say(f"    {where}{event['message']}")

    def _notice(self, event: Event) -> None:
        self._say(self._paint(f"  * {event['message']}", "1"))
        if event["link"]:
            self._say(f"      open {event['link']}" + (f" and type {event['copy']}" if event["copy"] else ""))

    def _output(self, event: Event) -> None:
        if event.get("part") and (run := self._runs.get(self._name(event))):
            run.write(event, self._name(event) in self._acting)
            return
        self._say("    | " + event["text"])

    def _metric(self, event: Event) -> None:
        self._say(f"    # {event['name']} = {event['value']:.6g}")

    def _identity(self, event: Event) -> None:
        sign, colour = _SIGNS[event["status"]]
        place = event["place"] + (f" ({event['environment']})" if event["environment"] else "")
        who = event["name"] + (f", tenant {event['tenant']}" if event["tenant"] else "")
        self._say(f"{self._paint(sign, colour)} {place}: {who or event['message']}")
        self._say(f"      by {event['credential']}" + (f", until {event['expires']}" if event["expires"] else ""))
        if event["fix"]:
            self._say(f"      next: {event['fix']}")
        for shadow in event["shadowed_by"]:
            self._say(f"      mind {shadow}")

    def _differences(self, event: Event) -> None:
        counts = Counter(line["verdict"] for line in event["lines"])
        shown = ", ".join(
            f"{number} {verdict}{'s' if verdict == 'surprise' and number > 1 else ''}"
            for verdict, number in counts.items()
        )
        self._say(f"{event['second']} against {event['first']}: {shown}")
        for line in (each for each in event["lines"] if each["verdict"] != "same"):
            sign, colour = _VERDICTS[line["verdict"]]
            word = self._paint(f"{sign} {line['verdict']:<10}", colour)
            remark = f"  ({line['remark']})" if line["remark"] else ""
            self._say(f"{word} {line['section']}{': ' if line['name'] else ''}{line['name']}{remark}")
            self._say(f"      {event['first']:<5} {line['first']}")
            self._say(f"      {event['second']:<5} {line['second']}")

    def _status_area(self, event: Event) -> None:
        for line in table(event):
            self._say(self._paint(*line))

    def _exported(self, event: Event) -> None:
        for file in event["files"]:
            self._say(f"wrote {file}")

    def _drift(self, event: Event) -> None:
        for line in drift_lines(event["lines"], self._paint):
            self._say(line)

    def _problem(self, event: Event) -> None:
        self._say(self._paint(f"✗ {event['message']}", "31"))
        if event["fix"]:
            self._say(f"  next: {event['fix']}")

    def _removal(self, event: Event) -> None:
        sign, colour, word = _ENDS[event["result"]]
        self._say(f"{self._paint(f'{sign} {word:<14}', colour)} {self._name(event):<32} {event['thing']}")
        if event["why"]:
            self._say(f"{'':49}{event['why']}")
        if event["fix"] and event["result"] != "deleted":
            self._say(f"{'':49}next: {event['fix']}")

    def _confirm(self, event: Event) -> dict[str, Any]:
        if not event["step"]:  # of the whole set-up
            self._say(f"All {len(event['actions'])} deletions listed above would be done. They cannot be taken back.")
            word = typed(f"  type the prefix of the set-up ({event['word']}) to delete it: ").strip()
            if word != event["word"]:
                self._say("  That is not the prefix: nothing is deleted.")
            return {"do": "confirm", "id": event["id"], "yes": bool(word), "word": word}
        self._say(f"{self._name(event)} would do what is listed above.")
        yes = typed("  do it? [y/N] ").strip().lower() in ("y", "yes")
        reply = {"do": "confirm", "id": event["id"], "yes": yes}
        return {**reply, "word": self._word(event)} if yes and event.get("word") else reply

    def _word(self, event: Event) -> str:
        """What a person types to arm an environment; asked for once, until it is typed as it is wanted."""
        environment, wanted = event["environment"], event["word"]
        if self._words.get(environment) != wanted:
            prompt = f"  this changes {environment}, which has to be armed: type {wanted} "
            self._words[environment] = typed(prompt).strip()
        return self._words[environment]

    def _armed(self, event: Event) -> None:
        if event["complaint"]:
            self._say(self._paint(f"✗ {event['complaint']}", "31"))
        elif event["seconds"]:
            self._say(self._paint(f"  {event['environment']} is armed for {event['seconds'] / 60:.0f} min", "33"))

    def _question(self, event: Event) -> dict[str, Any]:
        self._asked[event["name"]] = event
        return {"do": "answer", "name": event["name"], "value": self._ask(event) or event["default"]}

    def _ask(self, event: Event) -> str:
        hint = f" [{', '.join(event['choices'])}]" if event["choices"] else ""
        return typed(f"  {event['prompt']}{hint}: ")

    def _answered(self, event: Event) -> dict[str, Any] | None:
        """An answer that breaks its rule is asked for again, where there is somebody to ask."""
        asked = self._asked.pop(event["name"], None)
        if not event["complaint"]:
            return None
        self._say(self._paint(f"✗ {event['complaint']}", "31"))
        if asked is None:
            return None
        return self._question(asked) if sys.stdin.isatty() else {"do": "cancel"}

    def _summary(self, event: Event) -> None:
        counts = ", ".join(f"{number} {status}" for status, number in event["counts"].items()) or "nothing checked"
        self._say(f"{event['command']}: {counts}; {event['actions']} actions; {event['seconds']:.1f} s")
        if event["critical_path"]:
            chain = " > ".join(event["critical_path"])
            self._say(f"  longest chain {event['critical_seconds']:.1f} s: {chain}")


def typed(prompt: str) -> str:
    """A line typed by a person, "" where there is none to type it; Ctrl-C comes out as KeyboardInterrupt."""
    if not sys.stdin.isatty():
        return ""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(prompt)
    except EOFError:
        return ""
    finally:
        signal.signal(signal.SIGINT, before)
