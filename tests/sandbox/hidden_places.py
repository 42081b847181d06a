"""Where a secret can lie unseen: in files, in what is packed in them, in git's objects, in processes' environments."""

import gzip
import io
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil

# Databricks tokens, JSON web tokens, storage account keys, client secrets: also those that no test knows the value of.
SHAPES = (
    r"dapi[0-9a-f]{32}",
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    r"(?<![\w+/=])[A-Za-z0-9+/]{86}==(?![\w+/=])",
    r"(?<![\w.~-])[\w.~]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])",
    r"-----BEGIN (?:EC |RSA )?PRIVATE KEY-----",
)


def pattern(known: list[str]) -> re.Pattern[bytes]:
    """What all these secrets look like, and every other one of the usual shapes."""
    return re.compile("|".join([*map(re.escape, known), *SHAPES]).encode())


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder with its content; packed ones once more, unpacked."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            yield file, content
            yield from ((file, inner) for inner in unpacked(content))


def unpacked(content: bytes) -> Iterator[bytes]:
    """What is in an archive, whatever it is called."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content[:2] == b"\x1f\x8b":
        inner = gzip.decompress(content)
        yield inner
        if inner[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
                yield from (held.read() for each in archive if (held := archive.extractfile(each)))


def git_objects(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """All objects of every repository below a folder, whether a branch leads to them or not."""
    homes = {found.parent for found in folder.rglob("HEAD") if (found.parent / "objects").is_dir()}
    for home in homes:
        command = ["git", "--git-dir", str(home), "cat-file", "--batch-all-objects", "--batch"]
        yield home, subprocess.run(command, capture_output=True, check=True).stdout


def environments(folder: Path) -> dict[str, bytes]:
    """The environments of all processes that work for a folder, by their command lines."""
    found = {}
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            held = Path(f"/proc/{process.pid}/environ").read_bytes()
        except (OSError, psutil.Error):
            continue
        if str(folder) in line or str(folder).encode() in held:
            found[line] = held
    return found
