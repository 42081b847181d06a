"""One bare repository on disk, read and written with git's own plumbing commands."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NOTHING = "0" * 40  # the object id that stands for "there is none"
_LONGEST_ARGUMENT = 30_000  # characters; the system's limit is 128 KB
_SECONDS = 60.0  # no plumbing command here takes longer
_COMMIT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00%x1e"


class GitError(Exception):
    """A git command failed; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref; `peeled` is the commit an annotated tag stands for, otherwise empty."""

    name: str
    object_id: str
    peeled: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when (ISO 8601)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree; `path` begins with a slash."""

    path: str
    kind: str  # blob, tree or commit
    object_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a new commit: `content` becomes the file at `path`, or it goes away (None)."""

    path: str
    content: bytes | None


def environment() -> dict[str, str]:
    """What git sees: nothing of the person's own configuration or credentials."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
    }


class BareRepository:
    """A bare repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path) -> "BareRepository":
        """Make an empty one whose first branch would be main, as the service proposes it."""
        made = cls(folder)
        made._run(["init", "--bare", "--quiet", "--initial-branch=main", str(folder)], at_home=False)
        made._run(["config", "http.receivepack", "true"])
        return made

    def refs(self, prefix: str = "refs/") -> list[Ref]:
        """The refs below a prefix, by name."""
        form = "%(refname)%00%(objectname)%00%(*objectname)"
        lines = self._run(["for-each-ref", f"--format={form}"]).decode().splitlines()
        found = [Ref(*line.split("\0")) for line in lines]
        return [ref for ref in found if ref.name.startswith(prefix)]

    def point_head(self, branch: str) -> None:
        """Make a branch (full name) the one that clones begin with."""
        self._run(["symbolic-ref", "HEAD", branch])

    def resolve(self, revision: str) -> str:
        """The commit that a revision stands for; empty when there is none."""
        return self._quietly(["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"])

    def move_ref(self, name: str, old: str, new: str) -> None:
        """Create, move or (new is NOTHING) delete a ref, if it still stands at `old`; raises GitError otherwise."""
        if new == NOTHING:
            self._run(["update-ref", "-d", name, old])
        else:
            self._run(["update-ref", name, new, old])

    def is_valid_ref(self, name: str) -> bool:
        """Whether a ref may have this name."""
        return name.startswith("refs/") and self._succeeds(["check-ref-format", name])

    def changed_paths(self, old: str, new: str) -> list[str]:
        """The paths of the files that differ between two commits."""
        found = self._quietly(["diff", "--name-only", "-z", old, new])
        return [path for path in found.split("\0") if path]

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether one commit is in the other's history."""
        return self._succeeds(["merge-base", "--is-ancestor", older, newer])

    def commits(self, revision: str, skip: int = 0, top: int = 100, path: str = "") -> list[Commit]:
        """The history of a revision, newest first; `path` keeps those that changed it."""
        command = ["log", f"--format={_COMMIT}", f"--skip={skip}", f"--max-count={top}", revision, "--"]
        output = self._run([*command, path.strip("/")] if path.strip("/") else command)
        return list(_parsed(output.decode(errors="replace")))

    def commits_between(self, base: str, tip: str) -> list[str]:
        """The commits of `tip` that `base` lacks, newest first."""
        return self._run(["rev-list", tip, f"^{base}"]).decode().split()

    def tree(self, commit: str, path: str = "/", recursive: bool = False) -> list[Entry]:
        """The entry at a path and, when it is a folder, what is in it (all levels or one); empty when nothing is."""
        inner = path.strip("/")
        kind = self._quietly(["cat-file", "-t", f"{commit}:{inner}"])
        if not kind:
            return []
        itself = Entry(f"/{inner}", kind, self._quietly(["rev-parse", f"{commit}:{inner}"]))
        if kind != "tree":
            return [itself]
        command = ["ls-tree", "-z", *(["-r", "-t"] if recursive else []), f"{commit}:{inner}"]
        found = [itself]
        for line in self._run(command).decode(errors="replace").split("\0")[:-1]:
            about, _, name = line.partition("\t")
            _, kind, object_id = about.split(" ")
            found.append(Entry(f"/{inner}/{name}" if inner else f"/{name}", kind, object_id))
        return found

    def blob(self, object_id: str) -> bytes:
        """The bytes of a file."""
        return self._run(["cat-file", "blob", object_id])

    def text(self, commit: str, path: str) -> str | None:
        """A file's text at a commit; None when there is no such file."""
        found = self.tree(commit, path)
        if not found or found[0].kind != "blob":
            return None
        return self.blob(found[0].object_id).decode(errors="replace")

    def write_commit(self, parents: Sequence[str], changes: Sequence[Change], message: str, author: Signature) -> str:
        """A new commit on top of the first parent's tree; returns its id. No ref moves."""
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self._run(["read-tree", parents[0]] if parents else ["read-tree", "--empty"], more=index)
            lines = "".join(f"{self._index_line(change)}\0" for change in changes)
            self._run(["update-index", "-z", "--index-info"], lines.encode(), more=index)
            tree = self._run(["write-tree"], more=index).decode().strip()
        return self.commit_tree(tree, parents, message, author)

    def _index_line(self, change: Change) -> str:
        """A change as `git update-index --index-info` reads it; mode 0 takes a file away."""
        path = change.path.strip("/")
        if change.content is None:
            return f"0 {NOTHING}\t{path}"
        blob = self._run(["hash-object", "-w", "--stdin"], change.content).decode().strip()
        return f"100644 {blob}\t{path}"

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, author: Signature) -> str:
        """A new commit of an existing tree; returns its id."""
        command = ["commit-tree", tree]
        for parent in parents:
            command += ["-p", parent]
        who: dict[str, str] = {}
        for role in ("AUTHOR", "COMMITTER"):
            who |= {f"GIT_{role}_NAME": author.name, f"GIT_{role}_EMAIL": author.email, f"GIT_{role}_DATE": author.date}
        return self._run(command, message.encode(), more=who).decode().strip()

    def merged_tree(self, target: str, source: str) -> str:
        """The tree of a merge of two commits; empty when they conflict or have nothing in common."""
        done = self._done(["merge-tree", "--write-tree", target, source])
        return done.stdout.decode().split("\n")[0] if done.returncode == 0 else ""

    def rebased(self, target: str, source: str, committer: Signature) -> str:
        """The last of the source's own commits, written anew on top of the target; empty when they conflict."""
        if self.is_ancestor(target, source):
            return source
        with tempfile.TemporaryDirectory() as scratch:
            place = str(Path(scratch) / "tree")
            self._run(["worktree", "add", "--quiet", "--detach", place, target])
            who = {"GIT_COMMITTER_NAME": committer.name, "GIT_COMMITTER_EMAIL": committer.email}
            picked = ["-C", place, "cherry-pick", "--allow-empty", f"{target}..{source}"]
            done = self._done(picked, more=who, at_home=False)
            tip = self._done(["-C", place, "rev-parse", "HEAD"], at_home=False).stdout.decode().strip()
            self._run(["worktree", "remove", "--force", place])
        return tip if done.returncode == 0 else ""

    def fetch_all(self, other: Path) -> None:
        """Take over all branches and tags of another repository on this disk."""
        self._run(["fetch", "--quiet", "--prune", str(other), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])

    def size(self) -> int:
        """How many bytes its objects take."""
        counts = dict(line.split(": ") for line in self._run(["count-objects", "-v"]).decode().splitlines())
        return (int(counts["size"]) + int(counts["size-pack"])) * 1024

    def _succeeds(self, command: Sequence[str]) -> bool:
        return self._done(command).returncode == 0

    def _quietly(self, command: Sequence[str]) -> str:
        """What a command printed; empty when it failed."""
        done = self._done(command)
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def _run(
        self, command: Sequence[str], data: bytes = b"", more: dict[str, str] | None = None, at_home: bool = True
    ) -> bytes:
        done = self._done(command, data, more, at_home)
        if done.returncode != 0:
            raise GitError(done.stderr.decode(errors="replace").strip() or f"git {command[0]} failed")
        return done.stdout

    def _done(
        self, command: Sequence[str], data: bytes = b"", more: dict[str, str] | None = None, at_home: bool = True
    ) -> "subprocess.CompletedProcess[bytes]":
        if any("\0" in part or len(part) > _LONGEST_ARGUMENT for part in command):
            return subprocess.CompletedProcess(command, 128, b"", b"fatal: an argument that no process can be given")
        place = ["--git-dir", str(self.folder)] if at_home else []
        return subprocess.run(
            ["git", *place, *command],
            input=data,
            capture_output=True,
            env=environment() | (more or {}),
            timeout=_SECONDS,
            check=False,
        )


def _parsed(log: str) -> Iterator[Commit]:
    """The commits of a `git log` in our format."""
    for record in log.split("\x1e")[:-1]:
        fields = record.lstrip("\n").split("\0")
        author, committer = Signature(*fields[3:6]), Signature(*fields[6:9])
        yield Commit(fields[0], fields[1], tuple(fields[2].split()), author, committer, fields[9].rstrip("\n"))
