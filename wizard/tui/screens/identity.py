"""The identity card: who you are in each service, by which credential, until when, and what shadows it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from wizard.tui.board import WHOAMI
from wizard.tui.commands import IDENTITY, bindings, key_of
from wizard.tui.identities import ASKING
from wizard.tui.screens.asking import CLOCK_SECONDS, AskingScreen
from wizard.tui.widgets.detail_text import MUTED, Part, duration
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.identity_card import IdentityCard
from wizard.tui.widgets.identity_text import as_text

NOBODY = (
    "Nobody is known yet.\n\nSign in first: go back with {back} and press {sign_in}. Then come again; {ask} asks anew."
)


class Cards(VerticalScroll, inherit_bindings=False):
    """The cards. Arrows go from card to card, so only whole pages are scrolled by key."""

    BINDINGS: ClassVar = [
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
    ]


class IdentityScreen(AskingScreen):
    """Has every service asked."""

    CSS_PATH = "identity.tcss"
    PLACE = IDENTITY
    AUTO_FOCUS = "#cards"
    BINDINGS: ClassVar = [
        Binding("down,j", "move(1)", "Next card", show=False),
        Binding("up,k", "move(-1)", "Previous card", show=False),
        *bindings(IDENTITY),
    ]

    def compose(self) -> ComposeResult:
        """How the asking goes, above the cards."""
        yield HeaderBar(self.board)
        yield Static("", id="said", markup=False)
        with Cards(id="cards"):
            yield Static(self._when_nobody(), id="nobody", markup=False)
        yield Footer(show_command_palette=False)

    def _when_nobody(self) -> str:
        back, sign_in, ask = (key_of(self.board, each) for each in ("leave-identity", "sign-in", "ask-again"))
        return NOBODY.format(back=back, sign_in=sign_in, ask=ask)

    def on_mount(self) -> None:
        """Ask; a clock counts down to the ends of credentials."""
        self.set_interval(CLOCK_SECONDS, self.show_answer)
        self.ask_when_idle()
        self.show_answer()

    def ask(self) -> None:
        """Have every service asked."""
        self.wizard.ask(WHOAMI)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_answer(self) -> None:
        """Show a card for each service, and how long its credential is still good."""
        now, cards = self.board.wall(), self.board.identities.cards
        shown = list(self.query(IdentityCard))
        for widget, card in zip(shown, cards, strict=False):
            widget.reload(card, now)
        for widget in shown[len(cards) :]:
            widget.remove()
        fresh = [IdentityCard(card, now) for card in cards[len(shown) :]]
        if fresh:
            self.query_one("#cards").mount(*fresh)
        if self.focused is None:
            self.query_one("#cards").focus()
        self.query_one("#nobody").display = self._nobody
        self.say()

    @property
    def _nobody(self) -> bool:
        """All were asked, and there was nobody to ask."""
        found = self.board.identities
        return bool(found.answered_at) and not found.cards and not found.asking

    def how_it_goes(self) -> list[Part]:
        """Who is waited for, or how many answered."""
        board, found = self.board, self.board.identities
        if self.engine_gone:
            return [("✗ The engine is not running. ", "bold $text-error"), ("R starts it again.", "")]
        if board.engine != "ready":
            return [("… ", MUTED), (f"{board.starting}; then every service is asked who you are.", "")]
        if self._wanted:
            since = duration(board.now() - board.command_since)
            busy = f"▸ The engine is busy with `{board.command}` for {since}. " if board.command else "▸ Busy. "
            return [(busy, "bold $text-accent"), ("You are asked about as soon as it is idle.", "")]
        counts = [sum(card.status == status for card in found.cards) for status in ("ok", "fail", "unknown")]
        said = ", ".join(
            f"{number} {word}"
            for number, word in zip(counts, ("answered", "refused", "gave no answer"), strict=True)
            if number
        )
        if found.asking or not found.answered_at:
            waiting = sum(card.status == ASKING for card in found.cards)
            return [("◌ Asking who you are. ", "bold $text-accent"), (f"{waiting} still to answer. {said}", MUTED)]
        shadowed = sum(bool(card.shadowed_by) for card in found.cards)
        parts: list[Part] = [(f"At {found.answered_at}: {said or 'nobody'}. ", "bold")]
        if shadowed:
            parts.append((f"▲ {shadowed} shadowed for other tools.", "$text-warning"))
        return parts

    # -- commands -------------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Go to the next or the previous card; the scrolling follows."""
        cards = list(self.query(IdentityCard))
        if not cards:
            return
        at = cards.index(self.focused) + step if isinstance(self.focused, IdentityCard) else 0
        cards[max(0, min(len(cards) - 1, at))].focus()

    def do_ask_again(self) -> None:
        """Ask every service again, once the engine is idle."""
        if self.board.identities.asking:
            self.wizard.toast("The answers are still awaited.")
            return
        self.ask_again()

    def do_copy_card(self) -> None:
        """Copy the card that has the focus, the first when none has."""
        focused = self.focused if isinstance(self.focused, IdentityCard) else self.query(IdentityCard).first()
        self.wizard.copy(as_text(focused.card, self.board.wall()), f"The card of {focused.card.title}")

    def do_copy_cards(self) -> None:
        """Copy all cards."""
        now = self.board.wall()
        self.wizard.copy("\n\n".join(as_text(card, now) for card in self.board.identities.cards), "Every card")

    def do_leave_identity(self) -> None:
        """Go back; what was asked is answered all the same."""
        self.wizard.pop_screen()
