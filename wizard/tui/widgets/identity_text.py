"""The words of an identity card, and when a credential ends. Nothing in them is ever markup."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.content import Content

from wizard.tui.identities import ASKING, Card
from wizard.tui.widgets.detail_text import MUTED, Part

# status: (glyph, word, style of both)
ANSWERS = {
    ASKING: ("◌", "asking …", "$text-accent"),
    "ok": ("✓", "answered", "bold $text-success"),
    "fail": ("✗", "refused", "bold $text-error"),
    "unknown": ("?", "no answer", "bold $text-warning"),
}
LABEL = 9
MINUTE, HOUR, DAY = 60, 3600, 86400
SOON = {"token": 14 * DAY, "sign-in": 5 * MINUTE}  # seconds before its end in which a credential needs somebody
WARNING = "$text-warning"


def card_text(card: Card, now: float) -> Content:
    """What one service and credential said, as lines of label and value."""
    glyph, word, style = ANSWERS.get(card.status, ANSWERS["unknown"])
    parts: list[Part] = [(f"{glyph} {word}", style), ("\n", "")]
    for label, value, value_style in lines(card, now):
        parts += [(f"{label:<{LABEL}}", MUTED if value_style != WARNING else WARNING), (f"{value}\n", value_style)]
    return Content.assemble(*parts).rstrip()


def as_text(card: Card, now: float) -> str:
    """The same to be copied."""
    _, word, _ = ANSWERS.get(card.status, ANSWERS["unknown"])
    return "\n".join([f"{card.title}: {word}", *(f"{label}: {value}" for label, value, _ in lines(card, now))])


def lines(card: Card, now: float) -> list[tuple[str, str, str]]:
    """Label, value and style of all that is known."""
    ends, soon = end_of(card.expires, card.kind, now)
    found = [
        ("who", card.name, "bold"),
        ("cause", card.message, ""),
        ("next", card.fix, "$text-primary"),
        ("place", card.place, ""),
        ("by", card.credential, ""),
        ("tenant", card.tenant, ""),
        ("▲ ends" if soon else "ends", ends, WARNING if soon else ""),
        *(("▲ mind", shadow, WARNING) for shadow in card.shadowed_by),
    ]
    return [line for line in found if line[1]]


def end_of(expires: str, kind: str, now: float) -> tuple[str, bool]:
    """When a credential ends, in local time and from now, and whether that is soon for its kind."""
    if not expires:
        return "", False
    try:
        ends = datetime.fromisoformat(expires)
    except ValueError:
        return expires, False
    left = ends.timestamp() - now
    local = ends.replace(tzinfo=ends.tzinfo or UTC).astimezone()
    return f"{local:%Y-%m-%d %H:%M %Z}, {_from_now(left)}", left < SOON.get(kind, 0)


def _from_now(left: float) -> str:
    distance = length(abs(left))
    return f"in {distance}" if left >= 0 else f"{distance} ago: it has ended"


def length(seconds: float) -> str:
    """A length in the largest unit of which there are two or more."""
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds)} s"
