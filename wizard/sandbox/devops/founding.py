"""What a new sandbox's organisation begins with: two members, one project, one personal access token."""

from datetime import UTC, datetime

from wizard.sandbox.devops import grants, pats
from wizard.sandbox.devops.processes import BASIC
from wizard.sandbox.devops.projects import Projects
from wizard.sandbox.devops.repositories import Repositories
from wizard.sandbox.devops.tenancy import EVERYTHING, Tenancy
from wizard.sandbox.entra.directory import Directory

_DONE = "founded"


def found(tenancy: Tenancy) -> None:
    """Make what `sandbox env` names, unless it was made before.

    The sandbox's user and its service principal administer the organisation; the token handed out is the user's.
    """
    if tenancy.store.get("devops", _DONE) is not None:
        return
    directory, told = Directory(tenancy.cloud), tenancy.handed_out()
    with tenancy.store.transaction():
        user = tenancy.identities.admit(directory.user())
        others = [tenancy.identities.admit(principal) for principal in directory.service_principals()]
        grants.found_organisation(tenancy, [user.id, *(other.id for other in others)])
        details = {"name": told.project, "description": "", "visibility": "private", "template_id": BASIC}
        project = Projects(tenancy).create(details, user, seconds=0)
        Repositories(tenancy).create(project, project.name)
        end = datetime.now(UTC) + pats.LIFETIME
        pats.remember(tenancy.store, told.token, directory.user().object_id, "sandbox", EVERYTHING, end)
        tenancy.store.put("devops", _DONE, {"at": datetime.now(UTC).isoformat()})
