"""Conditions of role assignments: those that limit which roles somebody may give.

https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
"""

import re

_CONSTRAINT = re.compile(
    r"@(?P<source>Request|Resource)\[Microsoft\.Authorization/roleAssignments:RoleDefinitionId\]"
    r"\s+ForAnyOfAnyValues:GuidEquals\s+\{(?P<roles>[^}]*)\}",
    re.IGNORECASE,
)
_SOURCES = {"write": "request", "delete": "resource"}


def lets_give(condition: str | None, verb: str, role_id: str) -> bool:
    """Whether a condition lets its holder `write` or `delete` an assignment of this role.

    A condition without a clause about the verb says nothing about it.
    """
    for clause in _CONSTRAINT.finditer(condition or ""):
        if clause["source"].lower() == _SOURCES[verb]:
            return role_id.lower() in {guid.strip().lower() for guid in clause["roles"].split(",")}
    return True
