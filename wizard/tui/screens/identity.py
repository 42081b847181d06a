"""The identity card: who you are in each service, by which credential, until when, and what shadows it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from wizard.tui.board import WHOAMI
from wizard.tui.commands import IDENTITY, bindings, key_of
from wizard.tui.identities import ASKING
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.detail_text import MUTED, Part, duration
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.identity_card import IdentityCard
from wizard.tui.widgets.identity_text import as_text

CLOCK_SECONDS = 1.0
NOBODY = (
    "Nobody is known yet.\n\nSign in first: go back with {back} and press {sign_in}. Then come again; {ask} asks anew."
)


class Cards(VerticalScroll, inherit_bindings=False):
    """The cards. Arrows go from card to card, so only whole pages are scrolled by key."""

    BINDINGS: ClassVar = [
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
    ]


class IdentityScreen(WizardScreen):
    """Asks the engine when it is opened, or as soon as the engine is idle, and again on demand."""

    CSS_PATH = "identity.tcss"
    PLACE = IDENTITY
    AUTO_FOCUS = "#cards"
    BINDINGS: ClassVar = [
        Binding("down,j", "move(1)", "Next card", show=False),
        Binding("up,k", "move(-1)", "Previous card", show=False),
        *bindings(IDENTITY),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted = True  # to be asked as soon as the engine is idle
        self._said = Content("")

    def compose(self) -> ComposeResult:
        """How the asking goes, above the cards."""
        yield HeaderBar(self.board)
        yield Static("", id="asking", markup=False)
        with Cards(id="cards"):
            yield Static(self._when_nobody(), id="nobody", markup=False)
        yield Footer(show_command_palette=False)

    def _when_nobody(self) -> str:
        back, sign_in, ask = (key_of(self.board, each) for each in ("leave-identity", "sign-in", "ask-again"))
        return NOBODY.format(back=back, sign_in=sign_in, ask=ask)

    def on_mount(self) -> None:
        """Ask; a clock counts down to the ends of credentials."""
        self.set_interval(CLOCK_SECONDS, self._show)
        self._ask_when_idle()
        self._show()

    @on(BoardChanged)
    def _changed(self) -> None:
        self.query_one(HeaderBar).reload()
        self._wanted = self._wanted or self.board.engine != "ready"  # a dead engine has forgotten what it was asked
        self._ask_when_idle()
        self._show()

    def _ask_when_idle(self) -> None:
        """Ask, unless the engine is at something else: that is not cut short for a question."""
        if self._wanted and self.board.engine == "ready" and not self.wizard.link.busy:
            self._wanted = False
            self.wizard.ask(WHOAMI)

    # -- what is shown --------------------------------------------------------------------------------------------

    def _show(self) -> None:
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
        said = Content.assemble(*self._asking())
        if not said.is_same(self._said):
            self._said = said
            self.query_one("#asking", Static).update(said)

    @property
    def _nobody(self) -> bool:
        """All were asked, and there was nobody to ask."""
        found = self.board.identities
        return bool(found.answered_at) and not found.cards and not found.asking

    def _asking(self) -> list[Part]:
        """One line: what is waited for, or what was answered and when."""
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
        self._wanted = True
        self._ask_when_idle()
        self._show()

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
