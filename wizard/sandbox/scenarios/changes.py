"""What scenarios change in the cloud, as an administrator, a colleague or time could have changed it.

Each takes the cloud, a record to change things through, and options of its own. It raises SandboxError when there
is nothing to change.
"""

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

from wizard.sandbox.arm import access, locks
from wizard.sandbox.arm.builtin_roles import role_named
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.control import SandboxError
from wizard.sandbox.databricks import clusters, tokens
from wizard.sandbox.entra.directory import secret_hash
from wizard.sandbox.scenarios.record import Record
from wizard.sandbox.store import Document

Change = Callable[..., None]


def replace_role(cloud: Cloud, record: Record, *, role: str, by: list[str], condition: str = "") -> None:
    """Give everybody who has one role at the subscription other roles instead, perhaps under a condition."""
    old = role_named(role).id
    held = [a for a in access.assignments(cloud) if a.role_id == old and a.scope.count("/") == 2]
    if not held:
        raise SandboxError(f"nobody is {role} of the subscription any more")
    for assignment in held:
        body = cloud.store.get("role_assignment", assignment.name) or {}
        record.delete("role_assignment", assignment.name)
        for name in by:
            new = body | {"name": str(uuid.uuid4()), "role_id": role_named(name).id}
            if condition and name == by[-1]:
                new |= {"condition": condition, "condition_version": "2.0"}
            record.put("role_assignment", new["name"], new)


def make_eligible(cloud: Cloud, record: Record, *, role: str) -> None:
    """Let everybody who has any role at the subscription activate this one when they need it."""
    people = {(a.principal_id, a.principal_type, a.scope) for a in access.assignments(cloud) if a.scope.count("/") == 2}
    for principal_id, kind, scope in sorted(people):
        name = str(uuid.uuid4())
        body = {"name": name, "scope": scope, "role_id": role_named(role).id, "principal_id": principal_id}
        record.put("role_eligibility", name, body | {"principal_type": kind, "created_on": moment()})


def deny(cloud: Cloud, record: Record, *, title: str, actions: list[str]) -> None:
    """Put a deny assignment for everybody on every subscription."""
    for _, subscription in cloud.store.items("subscription"):
        name = str(uuid.uuid4())
        body = {"name": name, "title": title, "actions": actions, "not_actions": [], "data_actions": []}
        record.put("deny_assignment", name, body | {"scope": f"/subscriptions/{subscription['id']}"})


def lock(cloud: Cloud, record: Record, *, name: str, level: str, notes: str) -> None:
    """Put a management lock on every subscription."""
    for _, subscription in cloud.store.items("subscription"):
        scope = f"/subscriptions/{subscription['id']}"
        body = {"name": name, "scope": scope, "level": level, "notes": notes}
        record.put(locks.KIND, locks.key_of(scope, name), body)


def unregister(_cloud: Cloud, record: Record, *, namespaces: list[str]) -> None:
    """Take the registration of resource providers from the subscription, whatever exists of theirs."""
    now = time.time()
    for namespace in namespaces:
        record.put("arm_provider", namespace.lower(), {"registered": False, "done_at": now})


def expire_secret(cloud: Cloud, record: Record) -> None:
    """Let the client secrets of all applications have ended yesterday."""
    for key, application in cloud.store.items("application"):
        record.put("application", key, application | {"secret_expires_at": time.time() - 86400})


def replace_secret(cloud: Cloud, record: Record) -> None:
    """Give all applications client secrets that nobody here knows."""
    for key, application in cloud.store.items("application"):
        record.put("application", key, application | {"secret_hash": secret_hash(secrets.token_hex(20))})


def end_tokens(cloud: Cloud, record: Record, *, in_days: float) -> None:
    """Let the personal access tokens of all workspaces end so many days from now (negative: they have ended)."""
    for key, token in _tokens(cloud):
        record.put(tokens.KIND, key, token | {"expiry_time": int((time.time() + in_days * 86400) * 1000)})


def revoke_tokens(cloud: Cloud, record: Record) -> None:
    """Revoke the personal access tokens of all workspaces."""
    for key, _ in _tokens(cloud):
        record.delete(tokens.KIND, key)


def _tokens(cloud: Cloud) -> list[tuple[str, Document]]:
    found = [(key, token) for key, token in cloud.store.items(tokens.KIND) if not token["hidden"]]
    if not found:
        raise SandboxError("no workspace has a personal access token yet; make one, then play this")
    return found


def double_clusters(cloud: Cloud, record: Record) -> None:
    """Make a second cluster of the name of each there is."""
    found = cloud.store.items(clusters.KIND)
    if not found:
        raise SandboxError("no workspace has a cluster yet; make one, then play this")
    for key, cluster in found:
        number = f"{cluster['cluster_id'].rpartition('-')[0]}-{secrets.token_hex(4)}"
        twin: dict[str, Any] = cluster | {"cluster_id": number, "idempotency_token": "", "events": []}
        record.put(clusters.KIND, f"{key.partition('/')[0]}/{number}", twin)


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        replace_role,
        make_eligible,
        deny,
        lock,
        unregister,
        expire_secret,
        replace_secret,
        end_tokens,
        revoke_tokens,
        double_clusters,
    )
}
