"""Brings one fault over every distinct request: once, or until it is cured."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.matrix.exchange import Answer, BrokenOff, Request
from tests.chaos.matrix.kinds import KINDS
from tests.chaos.matrix.signature import kind_of, signature

FOR_EVER = "500 for ever"
REFUSED = "connection refused"


@dataclass
class Meeting:
    """A distinct request that met the fault: what it asked, of which service, when first (monotonic), how often."""

    signature: str
    service: str
    address: str
    moment: float = field(default_factory=time.monotonic)
    times: int = 1
    possible: bool = True
    passed: bool = False  # the very same request came again, and was answered


class Plague:
    """Meddles with the first request of each signature, or, for ever, with all until `cure`."""

    def __init__(self, fault: str, wanted: Callable[[str], bool] = lambda _: True) -> None:
        self.fault = fault
        self.met: dict[str, Meeting] = {}
        self._spoil = KINDS[fault]
        self._wanted = wanted
        self._cured: set[str] = set()
        self._refusing: set[str] = set()
        self._over = False
        self._lock = threading.Lock()

    def refuses(self, host: str) -> bool:
        """After a connection that broke off, one to the same host is refused."""
        with self._lock:
            if host not in self._refusing:
                return False
            self._refusing.discard(host)
            return True

    def answer(self, request: Request, ask: Callable[[], Answer]) -> Answer:
        """Spoil the answer, or let the service give it."""
        name = signature(request)
        if not self._takes(name, request):
            given = ask()
            self._note(name, request, given)
            return given
        try:
            given = self._spoil(request, ask)
        except BrokenOff:
            if self.fault == REFUSED:
                with self._lock:
                    self._refusing.add(request.host)
            raise
        if given is None:
            self.met[name].possible = False
            return ask()
        return given

    def cure(self) -> set[str]:
        """End what goes on for ever for all requests that have met it; returns what was not cured before."""
        with self._lock:
            fresh = set(self.met) - self._cured
            self._cured |= fresh
            self._refusing.clear()
            return fresh

    def end(self) -> None:
        """Meddle with nothing more."""
        with self._lock:
            self._over = True
            self._refusing.clear()

    def _takes(self, name: str, request: Request) -> bool:
        with self._lock:
            if self._over or not self._wanted(name):
                return False
            known = self.met.get(name)
            if known is None:
                self.met[name] = Meeting(name, kind_of(request.host), _address(request))
                return True
            if self.fault != FOR_EVER or name in self._cured:
                return False
            known.times += 1
            return True

    def _note(self, name: str, request: Request, given: Answer) -> None:
        known = self.met.get(name)
        if known is not None and not known.passed and known.address == _address(request) and given.status < 400:
            known.passed = True


def _address(request: Request) -> str:
    return f"{request.method} {request.host}{request.target.split('?')[0]}"
