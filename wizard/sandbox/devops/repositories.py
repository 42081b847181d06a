"""Git repositories: the records of them, and the bare repositories on disk that hold what is in them."""

import re
import shutil
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wizard.sandbox.devops.bare import BareRepository
from wizard.sandbox.devops.faults import GIT, DevOpsFault, no_such_repository
from wizard.sandbox.devops.identities import Identity, organisation_of
from wizard.sandbox.devops.permissions import has_git_right
from wizard.sandbox.devops.projects import Project, Projects, reference
from wizard.sandbox.devops.tenancy import Tenancy

_KIND = "devops_repository"

# https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#azure-repos-git
_FORBIDDEN = re.compile(r"""[\\/:*?"<>;#$*{},+=\[\]|\x00-\x1f\x7f]|^[_.]|\.$|\.\.""")


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository. `default_branch` is empty until somebody pushes; `creators` says who made which ref."""

    id: str
    project_id: str
    name: str
    default_branch: str = ""
    size: int = 0  # bytes
    disabled: bool = False
    creators: dict[str, str] = field(default_factory=dict)


class Repositories:
    """The repositories of the organisation."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._store = tenancy.store

    def of(self, project_id: str = "") -> list[Repository]:
        """The repositories of a project (or all), by name."""
        every = [Repository(**body) for _, body in self._store.items(_KIND)]
        found = [each for each in every if project_id in ("", each.project_id)]
        return sorted(found, key=lambda repository: repository.name.lower())

    def get(self, repository_id: str) -> Repository | None:
        """A repository by its id."""
        found = self._store.get(_KIND, repository_id.lower())
        return Repository(**found) if found else None

    def find(self, name_or_id: str, project_id: str) -> Repository | None:
        """A repository by its id, or by its name within a project. Without a project only an id will do."""
        by_id = self.get(name_or_id)
        if by_id is not None:
            return by_id if project_id in ("", by_id.project_id) else None
        wanted = name_or_id.lower()
        return next((each for each in self.of(project_id) if project_id and each.name.lower() == wanted), None)

    def seen_by(self, identity: Identity, name_or_id: str, project: str) -> tuple[Repository, Project]:
        """A repository that exists for this identity, and its project.

        Raises DevOpsFault 404: TF200016 for the project, TF401019 for the repository.
        """
        projects = Projects(self._tenancy)
        within = projects.seen_by(identity, project) if project else None
        found = self.find(name_or_id, within.id if within else "")
        if found is None:
            raise no_such_repository(name_or_id)
        home = within or projects.seen_by(identity, found.project_id)
        if not has_git_right(self._tenancy, identity, "GenericRead", home.id, found.id):
            raise no_such_repository(name_or_id)
        return found, home

    def create(self, project: Project, name: str, like: Path | None = None) -> Repository:
        """Make an empty repository; raises DevOpsFault when the name is taken or not valid.

        `like` is the folder of another empty one: copying it is much faster than starting git.
        """
        with self._store.transaction():
            self._check_name(name, project.id)
            repository = Repository(str(uuid.uuid4()), project.id, name)
            self.put(repository)
        if like is None:
            BareRepository.create(self.folder(repository))
        else:
            shutil.copytree(like, self.folder(repository))
        return repository

    def rename(self, repository: Repository, name: str) -> Repository:
        """Give a repository another name."""
        with self._store.transaction():
            if name.lower() != repository.name.lower():
                self._check_name(name, repository.project_id)
            renamed = replace(repository, name=name)
            self.put(renamed)
        return renamed

    def put(self, repository: Repository) -> None:
        """Keep a changed record."""
        self._store.put(_KIND, repository.id, asdict(repository))

    def delete(self, repository: Repository) -> None:
        """Delete a repository with all that is in it."""
        self._store.delete(_KIND, repository.id)
        shutil.rmtree(self.folder(repository), ignore_errors=True)

    def folder(self, repository: Repository) -> Path:
        """Where the bare repository lies."""
        return self._tenancy.folder / f"{repository.id}.git"

    def bare(self, repository: Repository) -> BareRepository:
        """What is in the repository."""
        return BareRepository(self.folder(repository))

    def _check_name(self, name: str, project_id: str) -> None:
        if not name.strip() or len(name) > 64 or _FORBIDDEN.search(name):
            message = f"TF401025: '{name}' is not a valid name for a Git repository."
            raise DevOpsFault(400, "InvalidGitRepositoryNameException", message, GIT)
        if self.find(name, project_id) is not None:
            message = f"TF400948: A Git repository with the name {name} already exists."
            raise DevOpsFault(409, "GitRepositoryNameAlreadyExistsException", message, GIT)


def api_url(repository: Repository, base: str) -> str:
    """The address of a repository's record, below which everything in it lies."""
    return f"{base}/{repository.project_id}/_apis/git/repositories/{repository.id}"


def view(repository: Repository, project: Project, base: str, links: bool = False) -> dict[str, Any]:
    """A repository as answers show it."""
    organisation = organisation_of(base)
    path = f"{quote(project.name)}/_git/{quote(repository.name)}"
    ssh = f"git@ssh.dev.azure.com:v3/{organisation}/{quote(project.name)}/{quote(repository.name)}"
    url = api_url(repository, base)
    found: dict[str, Any] = {
        "id": repository.id,
        "name": repository.name,
        "url": url,
        "project": reference(project, base),
        "defaultBranch": repository.default_branch,
        "size": repository.size,
        "remoteUrl": f"https://{organisation}@{base.removeprefix('https://')}/{path}",
        "sshUrl": ssh,
        "webUrl": f"{base}/{path}",
    }
    if not repository.default_branch:
        del found["defaultBranch"]
    if links:
        found["_links"] = {
            "self": {"href": url},
            "project": {"href": f"vstfs:///Classification/TeamProject/{project.id}"},
            "web": {"href": f"{base}/{path}"},
            "ssh": {"href": ssh},
            **{name: {"href": f"{url}/{name}"} for name in ("commits", "refs", "pullRequests", "items", "pushes")},
        }
    return {**found, "isDisabled": repository.disabled, "isInMaintenance": False}
