"""Unpacks what clients upload as archives.

`tarfile` filters archives itself only from Python 3.11.4 on, and Debian 12 has 3.11.2.
"""

from __future__ import annotations

import tarfile
from pathlib import Path


class ArchiveError(Exception):
    """What was uploaded cannot be unpacked; the message says why."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive's files and folders, of which none may lie outside of the folder. Raises ArchiveError."""
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                _place(opened, member, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveError(str(error)) from None


def _place(opened: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    target = (folder / member.name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ArchiveError(f"{member.name} lies outside of it")
    if not (member.isfile() or member.isdir()):
        raise ArchiveError(f"{member.name} is neither a file nor a folder")
    opened.extract(member, folder, set_attrs=False)
