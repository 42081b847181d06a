"""Who the organisation knows: users and service principals of the directory, and the organisation's own groups."""

import base64
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra.directory import Directory

_MEMBER = "devops_member"
_GROUP = "devops_group"


@dataclass(frozen=True, slots=True)
class Identity:
    """A member of the organisation. `id` is Azure DevOps' own, not the directory's."""

    id: str
    display_name: str
    account: str
    descriptor: str
    subject: str  # subject descriptor
    origin_id: str  # the object id in the directory


class Identities:
    """The members and groups of the organisation."""

    def __init__(self, cloud: Cloud) -> None:
        self._store = cloud.store
        self._directory = Directory(cloud)

    def admit(self, principal: Principal) -> Identity:
        """Make somebody of the directory a member, unless they are one."""
        if self._store.get(_MEMBER, principal.object_id) is None:
            self._store.put(_MEMBER, principal.object_id, {"id": str(uuid.uuid4())})
        return self._known(principal)

    def expel(self, object_id: str) -> None:
        """Take a member out of the organisation."""
        self._store.delete(_MEMBER, object_id)

    def member(self, principal: Principal) -> Identity | None:
        """The identity of somebody of the directory, None when the organisation does not know them."""
        known = self._store.get(_MEMBER, principal.object_id)
        return self._known(principal) if known else None

    def everybody(self) -> list[Identity]:
        """All members."""
        principals = [self._directory.user(), *self._directory.service_principals()]
        return [identity for principal in principals if (identity := self.member(principal))]

    def find(self, identity_id: str) -> Identity | None:
        """The member with this id."""
        return next((each for each in self.everybody() if each.id == identity_id.lower()), None)

    def new_group(self, name: str, scope: str, members: list[str]) -> str:
        """A group (`scope` is a project's id, or empty for the organisation); returns its descriptor."""
        sid = "-".join(str(secrets.randbelow(2**32)) for _ in range(5))
        descriptor = f"Microsoft.TeamFoundation.Identity;S-1-9-1551374245-{sid}"
        body = {"name": name, "scope": scope, "members": members, "descriptor": descriptor}
        self._store.put(_GROUP, f"{scope}/{name}", body)
        return descriptor

    def group(self, name: str, scope: str) -> str:
        """The descriptor of a group that is known to exist."""
        return str((self._store.get(_GROUP, f"{scope}/{name}") or {})["descriptor"])

    def drop_groups(self, scope: str) -> None:
        """Delete the groups of a project."""
        for key, _ in self._store.items(_GROUP, f"{scope}/"):
            self._store.delete(_GROUP, key)

    def descriptors(self, identity: Identity) -> list[str]:
        """The identity's own descriptor and those of its groups: whom access control entries may name."""
        groups = [body["descriptor"] for _, body in self._store.items(_GROUP) if identity.id in body["members"]]
        return [identity.descriptor, *groups]

    def _known(self, principal: Principal) -> Identity:
        own_id = str((self._store.get(_MEMBER, principal.object_id) or {})["id"])
        encoded = base64.urlsafe_b64encode(own_id.encode()).decode().rstrip("=")
        if principal.kind == "User":
            descriptor = f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{principal.tenant_id}\\{principal.name}"
            name = principal.name.split("@")[0].title()
            return Identity(own_id, name, principal.name, descriptor, f"aad.{encoded}", principal.object_id)
        kind = "Microsoft.VisualStudio.Services.Claims.AadServicePrincipal"
        descriptor = f"{kind};{principal.tenant_id}\\{principal.object_id}"
        return Identity(
            own_id, principal.name, principal.object_id, descriptor, f"aadsp.{encoded}", principal.object_id
        )


def organisation_of(base: str) -> str:
    """The organisation's name in its address, of either form."""
    host, _, path = base.removeprefix("https://").partition("/")
    return path or host.split(".")[0]


def reference_by_id(identities: Identities, identity_id: str, base: str) -> dict[str, Any]:
    """Somebody as other documents mention them, by their id; only the id for one who is a member no more."""
    identity = identities.find(identity_id)
    return reference(identity, base) if identity else {"id": identity_id, "inactive": True}


def brief_by_id(identities: Identities, identity_id: str) -> dict[str, Any]:
    """Somebody as the documents about checks mention them, by their id."""
    identity = identities.find(identity_id)
    if identity is None:
        return {"id": identity_id, "inactive": True}
    return {
        "displayName": identity.display_name,
        "id": identity.id,
        "uniqueName": identity.account,
        "descriptor": identity.subject,
    }


def reference(identity: Identity, base: str) -> dict[str, Any]:
    """An identity as other documents mention it."""
    return {
        "displayName": identity.display_name,
        "url": f"https://vssps.dev.azure.com/{organisation_of(base)}/_apis/Identities/{identity.id}",
        "_links": {"avatar": {"href": f"{base}/_apis/GraphProfile/MemberAvatars/{identity.subject}"}},
        "id": identity.id,
        "uniqueName": identity.account,
        "imageUrl": f"{base}/_api/_common/identityImage?id={identity.id}",
        "descriptor": identity.subject,
    }
