"""Rules about who may do what: credentials in code, and documents that promise too little a role is enough."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.operations.lint.project import Project
from wizard.operations.lint.python_code import named_literals
from wizard.operations.lint.record import Finding, Rule

GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
IDENTITY = re.compile(r"tenant|subscription|client_?id|service_principal_id", re.IGNORECASE)
SECRET = re.compile(r"client_?secret|service_principal_password|password$|account_?key|access_token$", re.IGNORECASE)
PLACEHOLDER = re.compile(r"^$|^<.*>$|^\$|^\{|\s|^x+$|^\.+$|^0{8}-", re.IGNORECASE)
CONTRIBUTOR = re.compile(r"\bcontributor\b", re.IGNORECASE)
MORE = re.compile(
    r"user access administrator|role based access control administrator|\bowner\b|key vault (administrator|secrets)",
    re.IGNORECASE,
)


def written_credentials(project: Project) -> Iterator[Finding]:
    """Tenant, subscription, client or secret as a literal in Python."""
    for file, tree in project.python.items():
        for each in named_literals(tree):
            if PLACEHOLDER.search(each.value):
                continue
            if SECRET.search(each.name):
                yield Finding(file, each.line, f"a secret is written into the code as `{each.name}`")
            elif IDENTITY.search(each.name) and GUID.match(each.value):
                yield Finding(file, each.line, f"`{each.name}` is written into the code")


def too_small_a_role(project: Project) -> Iterator[Finding]:
    """Documents that ask for Contributor and name no role for what it does not cover."""
    for file in project.named("*.md"):
        lines = project.lines(file)
        if any(MORE.search(line) for line in lines):
            continue
        for number, line in enumerate(lines, 1):
            if CONTRIBUTOR.search(line) and re.search(r"\b(user|resource groups?|rights|role)\b", line, re.IGNORECASE):
                yield Finding(file, number, "Contributor assigns no roles, registers no applications, reads no vault")
                break


RULES = (
    Rule(
        "G08",
        "Credentials in the code",
        "Whoever can read the repository has them, for ever; and the service connection is not used at all.",
        "literals in Python named like a tenant, subscription, client or secret",
        "take the login of the AzureCLI@2 task; revoke a secret that was ever committed",
        written_credentials,
    ),
    Rule(
        "G22",
        "Contributor is not enough",
        "Role assignments, app registrations and a key vault's contents need other roles.",
        "documents",
        "name them: User Access Administrator, Application Developer, Key Vault Secrets Officer",
        too_small_a_role,
    ),
)
