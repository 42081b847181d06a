"""Git's pkt-lines, as far as a server needs them to know and to refuse a push.

https://git-scm.com/docs/protocol-common and https://git-scm.com/docs/pack-protocol
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.sandbox.devops.ref_changes import RefChange

_FLUSH = b"0000"


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What a client wants to push: the refs, and what it understands."""

    changes: list[RefChange]
    capabilities: frozenset[str]


def read_push(data: bytes) -> PushRequest | None:
    """The commands at the beginning of a push; None when they are not complete yet.

    Raises ValueError for what is no pkt-line.
    """
    changes: list[RefChange] = []
    capabilities: frozenset[str] = frozenset()
    position = 0
    while len(data) >= position + 4:
        length = int(data[position : position + 4], 16)
        if length == 0:
            return PushRequest(changes, capabilities)
        if length < 4:
            raise ValueError("not a pkt-line")
        if len(data) < position + length:
            return None
        line = data[position + 4 : position + length]
        command, _, said = line.partition(b"\0")
        capabilities |= frozenset(said.decode(errors="replace").split())
        words = command.decode(errors="replace").rstrip("\n").split(" ", 2)
        if len(words) == 3:
            changes.append(RefChange(words[2], words[0], words[1]))
        position += length
    return None


def refused_push(request: PushRequest, reasons: dict[str, str]) -> bytes:
    """The report that refuses a push as a whole; `reasons` says why, by ref. Git shows it after `[remote rejected]`."""
    because = f"the push was refused because of {', '.join(reasons)}"
    lines = [b"unpack ok\n"]
    lines += [f"ng {change.name} {reasons.get(change.name, because)}\n".encode() for change in request.changes]
    report = _packets(lines)
    if "side-band-64k" not in request.capabilities:
        return report
    return _packets([b"\x01" + report])


def _packets(lines: Sequence[bytes]) -> bytes:
    return b"".join(b"%04x" % (len(line) + 4) + line for line in lines) + _FLUSH
