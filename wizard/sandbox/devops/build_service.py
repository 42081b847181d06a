"""The project's build service: who the jobs of pipelines are in Azure DevOps, and the tokens they come with.

https://learn.microsoft.com/azure/devops/pipelines/process/access-tokens
"""

import hashlib
import secrets
import uuid

from wizard.sandbox.devops import security
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.security import AccessLists, bit, git_token, project_token
from wizard.sandbox.devops.tenancy import EVERYTHING, Caller, Tenancy

_KIND = "devops_job_token"


def identity(tenancy: Tenancy, project_id: str, name: str) -> Identity:
    """The build service of a project."""
    own = str(uuid.uuid5(uuid.UUID(project_id), "build service"))
    descriptor = f"Microsoft.TeamFoundation.ServiceIdentity;{tenancy.instance_id}:Build:{project_id}"
    return Identity(own, f"{name} Build Service ({tenancy.name})", f"Build\\{project_id}", descriptor, f"svc.{own}", "")


def issue(tenancy: Tenancy, project: Project) -> str:
    """A token for one run's jobs; the build service may read the project and its repositories."""
    who, lists = identity(tenancy, project.id, project.name), AccessLists(tenancy.store)
    read = bit(security.GIT, "GenericRead")
    lists.set_entry(security.GIT, git_token(project.id), who.descriptor, read, 0, merge=True)
    seen = bit(security.PROJECT, "GENERIC_READ")
    lists.set_entry(security.PROJECT, project_token(project.id), who.descriptor, seen, 0, merge=True)
    token = secrets.token_urlsafe(40).replace(".", "")
    tenancy.store.put(_KIND, _digest(token), {"project": project.id, "name": project.name})
    return token


def revoke(tenancy: Tenancy, token: str) -> None:
    """End a token, when its run has ended."""
    tenancy.store.delete(_KIND, _digest(token))


def revoke_all(tenancy: Tenancy) -> None:
    """End all tokens: no run lives longer than the sandbox that runs it."""
    for key, _ in tenancy.store.items(_KIND):
        tenancy.store.delete(_KIND, key)


def caller(tenancy: Tenancy, token: str) -> Caller | None:
    """Who a job's token stands for; None for any other token."""
    found = tenancy.store.get(_KIND, _digest(token)) if token else None
    if found is None:
        return None
    return Caller(identity(tenancy, found["project"], found["name"]), frozenset({EVERYTHING}))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
