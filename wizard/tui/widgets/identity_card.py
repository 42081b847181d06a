"""One service and credential, as a card that can be focused and copied."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from wizard.tui.identities import Card
from wizard.tui.widgets.identity_text import card_text


class IdentityCard(Static, can_focus=True):
    """Shows one card of the board."""

    DEFAULT_CSS = """
    IdentityCard {
        height: auto; width: 1fr; padding: 0 1;
        border: round $border-blurred; border-title-style: bold; border-title-color: $foreground;
        &:focus { border: heavy $border; border-title-color: $text-primary; }
    }
    """

    def __init__(self, card: Card, now: float) -> None:
        super().__init__(card_text(card, now), markup=False)
        self.card = card
        self._shown = card_text(card, now)
        self.border_title = Content(card.title)

    def reload(self, card: Card, now: float) -> None:
        """Show that card as it is now."""
        text = card_text(card, now)
        if card.title != self.card.title:
            self.border_title = Content(card.title)
        self.card = card
        if not text.is_same(self._shown):
            self._shown = text
            self.update(text)
