"""The organisation: its name and ids, who belongs to it, and what every part of the service shares.

It is founded when the sandbox is new, with the name, the project and the personal access token that the directory
hands out to clients.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.devops.identities import Identities, Identity
from wizard.sandbox.entra.directory import HANDED_OUT

EVERYTHING = "app_token"  # the scope of a token with full access


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, and what the token lets them do. A token of Entra's has full access."""

    identity: Identity
    scopes: frozenset[str] = frozenset({EVERYTHING})
    by_entra: bool = False


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What clients of the sandbox are told about Azure DevOps (`sandbox env`)."""

    organisation: str
    project: str
    token: str


class Tenancy:
    """The sandbox's one organisation."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.store = cloud.store
        self.folder = cloud.folder / "git"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.identities = Identities(cloud)
        # What a push sets going: called with who pushed, the repository's id and the changes, once they are made.
        self.after_push: list[Callable[[Identity, str, Sequence[Any]], None]] = []
        self.hosted_jobs: Callable[[], int] = int  # how many jobs Microsoft's agents run now
        if self.store.get("devops", "organisation") is None:
            self._found()
        self._about: dict[str, Any] = self.store.get("devops", "organisation") or {}

    @property
    def name(self) -> str:
        """The organisation's name, the first part of its addresses."""
        return str(self._about["name"])

    @property
    def instance_id(self) -> str:
        """The id of the organisation (its project collection)."""
        return str(self._about["id"])

    @property
    def deployment_id(self) -> str:
        """The id of the deployment that hosts it."""
        return str(self._about["deployment_id"])

    def handed_out(self) -> HandedOut:
        """What clients were told when the sandbox was made."""
        told = json.loads((self.cloud.folder / HANDED_OUT).read_text())
        organisation = urlsplit(told["AZURE_DEVOPS_ORG_URL"]).path.strip("/")
        return HandedOut(organisation, told["AZURE_DEVOPS_PROJECT"], told["AZURE_DEVOPS_EXT_PAT"])

    def _found(self) -> None:
        about = {"name": self.handed_out().organisation, "id": str(uuid.uuid4()), "deployment_id": str(uuid.uuid4())}
        self.store.put("devops", "organisation", about)
