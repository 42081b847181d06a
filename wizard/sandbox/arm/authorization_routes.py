"""The routes of Microsoft.Authorization. They come before all others: their scope may be any other route's path."""

from wizard.sandbox.arm import authorization, locks, roles
from wizard.sandbox.arm.route import Handler, Route

_NAMESPACE = "Microsoft.Authorization"
_AT = "/{scope}/providers/" + _NAMESPACE


def _route(method: str, path: str, handler: Handler, verb: str = "") -> Route:
    """A route whose action, if a verb is given, is that of its resource type."""
    kind = f"{_NAMESPACE}/{path.partition('/')[0]}"
    return Route(method, f"{_AT}/{path}", handler, f"{kind}/{verb}" if verb else "", kind)


ROUTES = [
    _route("GET", "roleDefinitions", roles.list_definitions, "read"),
    _route("GET", "roleDefinitions/{name}", roles.get_definition, "read"),
    _route("GET", "roleAssignments", roles.list_assignments, "read"),
    _route("GET", "roleAssignments/{name}", roles.get_assignment, "read"),
    _route("PUT", "roleAssignments/{name}", roles.put_assignment, "write"),
    _route("DELETE", "roleAssignments/{name}", roles.delete_assignment, "delete"),
    _route("GET", "permissions", roles.list_permissions),
    _route("POST", "checkAccess", authorization.check_access),
    _route("GET", "denyAssignments", authorization.list_denials, "read"),
    _route("GET", "locks", locks.list_all, "read"),
    _route("GET", "locks/{name}", locks.get, "read"),
    _route("PUT", "locks/{name}", locks.put, "write"),
    _route("DELETE", "locks/{name}", locks.delete, "delete"),
    _route("GET", "roleEligibilityScheduleInstances", authorization.list_eligible),
    _route("PUT", "roleAssignmentScheduleRequests/{name}", authorization.request_activation),
    _route("GET", "roleAssignmentScheduleRequests/{name}", authorization.get_activation),
]
