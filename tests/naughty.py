"""Texts that break programs: the Big List of Naughty Strings, and what it lacks of use against a terminal wizard."""

import json
from pathlib import Path

LIST = Path(__file__).parent / "data" / "naughty_strings" / "blns.json"
LARGE = 10_000_000

CLIMBING = (
    "..",
    ".",
    "../..",
    "../../../../tmp/x",
    "/etc/passwd",
    "a/../../b",
    "..\\..\\x",
    "%2e%2e%2fx",
    "..%2f..%2fx",
    "a/./../..",
    "//tmp/x",
    "~/x",
    "file:///etc/passwd",
    "C:\\x",
    "a\0b",
    ".git/config",
    "a/.git/hooks/x",
    "-rf",
    "--upload-pack=touch x",
    "a" * 300,
    "x/" * 2000,
)
MARKUP = (
    "[/subscriptions/x]",
    "[bold]not bold[/bold]",
    "[@click=app.quit()]x[/]",
    "<b>x</b>",
    "$(id)",
    "`id`",
    "${x}",
    "{0.__class__}",
    "%s%n",
    "' OR 1=1 --",
    "x;rm -rf .",
    "a|b",
    "&&id",
    "${{ 7 }}",
    "$(System.AccessToken)",
    "##vso[task.setvariable variable=x]y",
)
CONTROLS = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x07",
    "\x9b31m",
    "\x9d0;t\x9c",
    "a\rb",
    "a\nb",
    "a\x08b",
    "\x00",
    "\x7f",
    "two\u2028lines",
    "\ud800",
    "\udcff",
    "\u202eback\u202c",
    "\u2066x\u2069",
    "\x1b]8;;http://x\x07y\x1b]8;;\x07",
)
FOREIGN = ("مشروع", "שלום", "项目 💾", "e\u0301", "\u200b", "\ufeff", "ﷺ" * 50)


def listed() -> list[str]:
    """The Big List."""
    return json.loads(LIST.read_text(encoding="utf-8"))


def texts() -> list[str]:
    """All of them, each once; none of LARGE."""
    return list(dict.fromkeys([*listed(), *CLIMBING, *MARKUP, *CONTROLS, *FOREIGN]))
