"""The faults: what each makes of an exchange.

`Refused`, `Throttled`, `ServerError`, `Page` and `Expired` come before the service hears of the request; the others
spoil the answer to a request that has been carried out.
"""

from collections.abc import Callable
from dataclasses import replace

from tests.chaos.matrix import words
from tests.chaos.matrix.exchange import Answer, BrokenOff, Request, Silence

Ask = Callable[[], Answer]
Spoil = Callable[[Request, Ask], Answer | None]  # None: such a request cannot have this fault


def refused(_: Request, __: Ask) -> Answer:
    """The host is not to be reached: this connection breaks off, and the next one is refused (see `Plague`)."""
    raise BrokenOff


def reset(request: Request, ask: Ask) -> Answer:
    """The service does as it is told, and its answer breaks off in the middle."""
    whole = ask()
    if request.method == "HEAD" or whole.status in (204, 304):
        raise BrokenOff
    return replace(whole, body=whole.body[: len(whole.body) // 2], promised=len(whole.body) or 100)


def lost(_: Request, ask: Ask) -> Answer:
    """The service does as it is told, and the connection is reset before it can say so."""
    ask()
    raise BrokenOff


def stalled(_: Request, ask: Ask) -> Answer:
    """The service does as it is told, and nothing is heard of it."""
    ask()
    raise Silence


def throttled(request: Request, _: Ask) -> Answer:
    """Too many requests; in a second it may be tried again."""
    return words.refusal(request, 429, "TooManyRequests", "Too many requests.", ("Retry-After", "1"))


def server_error(request: Request, _: Ask) -> Answer:
    """The service has a fault of its own."""
    return words.refusal(request, 500, "InternalServerError", "Something went wrong over there.")


def truncated(request: Request, ask: Ask) -> Answer | None:
    """The service does as it is told; half of its answer's body is lost, and nobody says so."""
    whole = ask()
    if request.method == "HEAD" or not whole.body:
        return None
    kept = tuple(each for each in whole.headers if each[0].lower() not in ("content-md5", "content-encoding"))
    return replace(whole, headers=kept, body=whole.body[: len(whole.body) // 2])


def page(request: Request, _: Ask) -> Answer:
    """A page for people, as if all were well."""
    return words.page(request)


def expired(request: Request, _: Ask) -> Answer | None:
    """The token has expired."""
    return words.expired(request)


KINDS: dict[str, Spoil] = {
    "connection refused": refused,
    "reset mid-body": reset,
    "reset before the answer": lost,
    "stall past the time limit": stalled,
    "429 with Retry-After": throttled,
    "500 once": server_error,
    "500 for ever": server_error,
    "truncated JSON": truncated,
    "HTML with 200": page,
    "expired token": expired,
}
