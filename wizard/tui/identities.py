"""Who one is in each service, as the engine's answers come. Knows no Textual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.engine import events as wire

ASKING = ""


@dataclass(slots=True)
class Card:
    """One service and credential. `status` is ASKING until it answers; what it said before is kept meanwhile.

    `asked_by` is the credential it is asked with, `credential` the one that got in.
    """

    service: str
    place: str
    environment: str
    asked_by: str
    credential: str
    kind: str = ""
    status: str = ASKING
    name: str = ""
    tenant: str = ""
    expires: str = ""
    message: str = ""
    fix: str = ""
    shadowed_by: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The service, and the environment it belongs to where it belongs to one."""
        return f"{self.service} ({self.environment})" if self.environment else self.service

    def is_at(self, event: wire.IdentityAsked | wire.Identity) -> bool:
        """Whether the event is about the same place."""
        return (self.place, self.environment) == (event.place, event.environment)


class Identities:
    """The cards in the order in which their services were first asked."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.asking = False
        self.answered_at = ""

    def begin(self) -> None:
        """All are asked again; until they answer, what they said last stays."""
        self.asking = True
        for card in self.cards:
            card.status = ASKING

    def asked(self, event: wire.IdentityAsked) -> None:
        """A service is asked: it has a card from now on."""
        if not any(card.is_at(event) and card.asked_by == event.credential for card in self.cards):
            self.cards.append(Card(event.service, event.place, event.environment, event.credential, event.credential))

    def answered(self, event: wire.Identity) -> None:
        """A service answered: by the credential it was asked with, or by one that was not certain before."""
        waiting = [card for card in self.cards if card.status == ASKING and card.is_at(event)]
        waiting.sort(key=lambda card: card.credential != event.credential)
        if not waiting:
            waiting = [Card(event.service, event.place, event.environment, event.credential, event.credential)]
            self.cards += waiting
        card = waiting[0]
        card.credential, card.kind, card.status = event.credential, event.kind, event.status
        card.name, card.tenant, card.expires = event.name, event.tenant, event.expires
        card.message, card.fix, card.shadowed_by = event.message, event.fix, tuple(event.shadowed_by)

    def end(self, clock: str) -> None:
        """All that were asked have answered; a place that was not asked again is known no more."""
        self.cards = [card for card in self.cards if card.status != ASKING]
        self.asking, self.answered_at = False, clock
