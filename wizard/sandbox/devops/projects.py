"""Team projects: making, finding, changing and deleting them, apart from how requests ask for it."""

import re
import time
import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any

from wizard.sandbox.devops import grants
from wizard.sandbox.devops.faults import CORE, DevOpsFault, no_such_project
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.permissions import may_see_project
from wizard.sandbox.devops.processes import template_name
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now

_KIND = "devops_project"

# https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#project-names
_FORBIDDEN = re.compile(r"""[\\/:*?"'<>;#$*{},+=\[\]|@&%~\x00-\x1f\x7f]|^[_.]|\.$|\.\.""")
_RESERVED = re.compile(
    r"(?i)App_(Browsers|code|Data|GlobalResources|LocalResources|Themes|WebResources)|bin|web\.config|DefaultCollection"
    r"|COM\d{1,2}|LPT\d|CON|AUX|NUL|PRN|SERVER|SignalR|Web|WEB"
)


@dataclass(frozen=True, slots=True)
class Project:
    """One team project. `ready_at` (Unix time) is when its creation is done."""

    id: str
    name: str
    description: str
    visibility: str
    template_id: str
    revision: int
    team_id: str
    last_update: str
    ready_at: float

    @property
    def state(self) -> str:
        """How far its creation is."""
        return "wellFormed" if time.time() >= self.ready_at else "createPending"


class Projects:
    """The projects of the organisation."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._store = tenancy.store

    def all(self) -> list[Project]:
        """Every project, by name."""
        found = [Project(**body) for _, body in self._store.items(_KIND)]
        return sorted(found, key=lambda project: project.name.lower())

    def find(self, name_or_id: str) -> Project | None:
        """A project by its name (in any case) or id."""
        by_id = self._store.get(_KIND, name_or_id.lower())
        if by_id:
            return Project(**by_id)
        return next((each for each in self.all() if each.name.lower() == name_or_id.lower()), None)

    def seen_by(self, identity: Identity, name_or_id: str) -> Project:
        """A project that exists for this identity; raises DevOpsFault 404 TF200016."""
        found = self.find(name_or_id)
        if found is None or not may_see_project(self._tenancy, identity, found.id):
            raise no_such_project(name_or_id)
        return found

    def create(self, details: dict[str, Any], creator: Identity, seconds: float) -> Project:
        """Make a project (`name`, `description`, `visibility`, `template_id`) that is ready in so many seconds."""
        name = details["name"].strip()
        self._check_name(name)
        if template_name(details["template_id"]) is None:
            raise DevOpsFault(
                400, "ProcessTemplateNotFoundException", f"VS402377: The process {details['template_id']} is unknown."
            )
        if details["visibility"] not in ("private", "public"):
            raise _invalid(f"The project visibility '{details['visibility']}' is not supported.")
        revision = 10 + self._store.next_number("devops_project_revision")
        project = Project(
            id=str(uuid.uuid4()),
            name=name,
            description=details["description"],
            visibility=details["visibility"],
            template_id=details["template_id"].lower(),
            revision=revision,
            team_id=str(uuid.uuid4()),
            last_update=now(),
            ready_at=self._tenancy.cloud.ready_at(seconds),
        )
        with self._store.transaction():
            self._store.put(_KIND, project.id, asdict(project))
            grants.found_project(self._tenancy, project.id, creator.id)
        return project

    def change(self, project: Project, name: str, description: str) -> Project:
        """Give a project another name or description."""
        if name != project.name:
            self._check_name(name, but=project.id)
        revision = 10 + self._store.next_number("devops_project_revision")
        changed = replace(project, name=name, description=description, revision=revision, last_update=now())
        self._store.put(_KIND, project.id, asdict(changed))
        return changed

    def delete(self, project: Project) -> None:
        """Take a project away, with its groups and rights. Its repositories are the caller's business."""
        with self._store.transaction():
            self._store.delete(_KIND, project.id)
            grants.forget_project(self._tenancy, project.id)

    def _check_name(self, name: str, but: str = "") -> None:
        if not name or len(name) > 64 or _FORBIDDEN.search(name) or _RESERVED.fullmatch(name):
            raise _invalid(
                f"TF50316: The following name is not valid: {name}. Verify that the name does not exceed the maximum"
                " character limit, only contains valid characters, and is not a reserved name."
            )
        same = self.find(name)
        if same is not None and same.id != but:
            raise DevOpsFault(
                400,
                "ProjectAlreadyExistsException",
                f"TF200019: The following project already exists on the Azure DevOps Server: {name}. You cannot create"
                " a new project with the same name as an existing project. Provide a different name.",
                CORE,
            )


def _invalid(message: str) -> DevOpsFault:
    return DevOpsFault(400, "InvalidProjectNameException", message, CORE)


def reference(project: Project, base: str) -> dict[str, Any]:
    """A project as other documents mention it, and as lists show it."""
    view = {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "url": f"{base}/_apis/projects/{project.id}",
        "state": project.state,
        "revision": project.revision,
        "visibility": project.visibility,
        "lastUpdateTime": project.last_update,
    }
    return view if project.description else {name: value for name, value in view.items() if name != "description"}
