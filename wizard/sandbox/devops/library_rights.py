"""The rights on what pipelines use: variable groups, service connections, environments; and on pipelines."""

from wizard.sandbox.devops import security
from wizard.sandbox.devops.faults import needs_permission
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.security import AccessLists, allowed, bit, bits
from wizard.sandbox.devops.tenancy import Tenancy


def group_token(project_id: str, group_id: int | str = "") -> str:
    """The token of a project's library, or of one variable group in it."""
    return f"Library/{project_id}" + (f"/VariableGroup/{group_id}" if group_id else "")


def endpoint_token(project_id: str, endpoint_id: str = "") -> str:
    """The token of a project's service connections, or of one."""
    return f"endpoints/{project_id}" + (f"/{endpoint_id}" if endpoint_id else "")


def environment_token(project_id: str, environment_id: int | str = "") -> str:
    """The token of a project's environments, or of one."""
    return f"Environments/{project_id}" + (f"/{environment_id}" if environment_id else "")


def has(tenancy: Tenancy, identity: Identity, namespace: str, token: str, permission: str) -> bool:
    """Whether a permission of a namespace is there."""
    return allowed(tenancy, identity, namespace, token, bit(namespace, permission))


def need(tenancy: Tenancy, identity: Identity, namespace: str, token: str, permission: str, what: str) -> None:
    """Raise DevOpsFault 403 unless a permission of a namespace is there; `what` is what it is wanted on."""
    if not has(tenancy, identity, namespace, token, permission):
        raise needs_permission(identity.account, permission, what)


def own(tenancy: Tenancy, identity: Identity, namespace: str, token: str) -> None:
    """Give whoever made something all rights on it."""
    AccessLists(tenancy.store).set_entry(namespace, token, identity.descriptor, bits(namespace), 0, merge=True)


LIBRARY, ENDPOINTS, BUILD, ENVIRONMENT = security.LIBRARY, security.ENDPOINTS, security.BUILD, security.ENVIRONMENT
