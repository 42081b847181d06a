"""A Unix socket between the sandbox and a server of its own, such as MLflow's or a deployed service's."""

import shutil
import socket
import tempfile
from pathlib import Path

_WAITING = 256  # connections that are not accepted yet


class PrivateSocket:
    """Listens from the start, so that early requests queue instead of fail; the server inherits its descriptor.

    It lies in a temporary folder that is private to this user and has a path short enough for a socket address, which
    the cloud's folder need not have. A link in `owner` names it, so that the next start removes what a crash left.
    """

    def __init__(self, owner: Path, name: str) -> None:
        self._note = owner / "socket"
        if self._note.is_symlink():
            shutil.rmtree(self._note.readlink(), ignore_errors=True)
            self._note.unlink()
        self.folder = Path(tempfile.mkdtemp(prefix="mlops-sandbox-"))
        self._note.symlink_to(self.folder)
        self.path = self.folder / name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(self.path))
        self._socket.listen(_WAITING)

    def fileno(self) -> int:
        """The descriptor that the server inherits."""
        return self._socket.fileno()

    def close(self) -> None:
        """Refuse whoever waits."""
        self._socket.close()

    def remove(self) -> None:
        """Close it, and delete the folder it lies in."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._note.unlink(missing_ok=True)
