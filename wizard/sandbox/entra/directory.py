"""The directory of the sandbox's one tenant: its user, its applications and the resources one can have tokens for.

Everything is made up at random when the sandbox is new, and kept.
"""

import base64
import hashlib
import json
import secrets
import string
import uuid
from dataclasses import asdict, dataclass, replace

from wizard.sandbox.certificates import write_private
from wizard.sandbox.cloud import DATABRICKS_APP_ID, DEVOPS_APP_ID, Cloud, Principal
from wizard.sandbox.entra import federation
from wizard.sandbox.settings import setting
from wizard.sandbox.store import Document

# The variables that tell a client who it is in this cloud, secrets included.
HANDED_OUT = "identity.json"

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
STORAGE = "https://storage.azure.com"

# Public client applications of Microsoft's own tools, with which a person signs in.
PUBLIC_CLIENTS = {
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Microsoft Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Microsoft Azure PowerShell",
    "aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
}

# What tokens can be asked for, as the resource is named without a trailing slash.
RESOURCES = {
    "https://management.azure.com",
    "https://management.core.windows.net",
    STORAGE,
    "https://vault.azure.net",
    "https://graph.microsoft.com",
    "https://ml.azure.com",
    DATABRICKS_APP_ID,
    DEVOPS_APP_ID,
    GRAPH_APP_ID,
}
_STORAGE_ACCOUNT = ".blob.core.windows.net"


@dataclass(frozen=True, slots=True)
class Application:
    """A confidential client and its service principal in the tenant."""

    app_id: str
    object_id: str
    name: str
    secret_hash: str
    secret_expires_at: float | None = None  # Unix time


class Directory:
    """Who exists. The first one to ask for a new sandbox's directory fills it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._store = cloud.store
        if self._store.get("directory", "tenant") is None:
            self._fill()
        tenant = self._store.get("directory", "tenant") or {}
        self.tenant_id: str = tenant["id"]
        self.tenant_name: str = tenant["name"]
        self.domain: str = tenant["domain"]

    @property
    def home(self) -> Document | None:
        """The other tenant, where the user is at home, while this one has them as a guest; None when there is none."""
        found: Document | None = setting(self._store, "entra.home_tenant")
        return found

    def knows_tenant(self, name: str) -> bool:
        """Whether this is the id of a tenant or one of its domains."""
        home = self.home
        return name.lower() in (self.tenant_id, self.domain, *((home["id"], home["domain"]) if home else ()))

    def knows_resource(self, resource: str) -> bool:
        """Whether there is an enterprise application to have tokens for."""
        plain = resource.rstrip("/")
        return plain in RESOURCES or (plain.startswith("https://") and plain.endswith(_STORAGE_ACCOUNT))

    def user(self) -> Principal:
        """The sandbox's one user."""
        user = self._store.get("directory", "user") or {}
        return Principal(user["object_id"], self.tenant_id, user["name"], "User")

    def user_at(self, tenant: str) -> Principal:
        """The user as a tenant (its id or domain, or a word for any) signs them in: at home, or as a guest."""
        user, home = self.user(), self.home
        if home is None:
            return user
        name = f"{user.name.split('@')[0]}@{home['domain']}"
        is_guest = tenant.lower() in (self.tenant_id, self.domain)
        return replace(user, name=name, tenant_id=self.tenant_id if is_guest else home["id"], is_guest=is_guest)

    def application(self, app_id: str) -> Application | None:
        """A confidential client of the tenant."""
        found = self._store.get("application", app_id.lower())
        return Application(**found) if found else None

    def service_principals(self) -> list[Principal]:
        """The service principals of the tenant's applications."""
        return [
            Principal(body["object_id"], self.tenant_id, body["name"], "ServicePrincipal", body["app_id"])
            for _, body in self._store.items("application")
        ]

    def managed_identity(self, client_id: str) -> Document | None:
        """A managed identity with its federated credentials."""
        return self._store.get(federation.KIND, client_id.lower())

    def managed_identities(self) -> list[Principal]:
        """The service principals of managed identities."""
        return [federation.principal_of(body, self.tenant_id) for _, body in self._store.items(federation.KIND)]

    def azure_databricks(self) -> Principal:
        """The enterprise application AzureDatabricks, as which Databricks itself reads key vaults.

        Its application id is Microsoft's and the same everywhere, its object id is this tenant's own.
        """
        object_id = str(uuid.uuid5(uuid.UUID(self.tenant_id), DATABRICKS_APP_ID))
        return Principal(object_id, self.tenant_id, "AzureDatabricks", "ServicePrincipal", DATABRICKS_APP_ID)

    def principal(self, object_id: str) -> Principal | None:
        """Whoever has this object id."""
        everybody = [self.user(), *self.service_principals(), *self.managed_identities(), self.azure_databricks()]
        return next((principal for principal in everybody if principal.object_id == object_id), None)

    def _fill(self) -> None:
        tenant, subscription, app, secret = _guid(), _guid(), _guid(), new_client_secret()
        word = secrets.token_hex(3)
        domain = f"sandbox{word}.onmicrosoft.com"
        handed_out = {
            "AZURE_TENANT_ID": tenant,
            "AZURE_SUBSCRIPTION_ID": subscription,
            "AZURE_CLIENT_ID": app,
            "AZURE_CLIENT_SECRET": secret,
            "AZURE_DEVOPS_ORG_URL": f"https://dev.azure.com/sandbox-{word}",
            "AZURE_DEVOPS_PROJECT": "mlops",
            "AZURE_DEVOPS_EXT_PAT": base64.b32encode(secrets.token_bytes(32)).decode().lower().rstrip("="),
        }
        application = Application(app, _guid(), "mlops-wizard-sandbox", secret_hash(secret))
        user = {"object_id": _guid(), "name": f"casey@{domain}"}
        write_private(self._cloud.folder / HANDED_OUT, json.dumps(handed_out).encode())
        with self._store.transaction():
            self._store.put("application", app, asdict(application))
            self._store.put("directory", "user", user)
            self._store.put(
                "subscription", subscription, {"id": subscription, "name": "Sandbox subscription", "tenant_id": tenant}
            )
            self._store.put("directory", "tenant", {"id": tenant, "name": "mlops-wizard sandbox", "domain": domain})


def _guid() -> str:
    return str(uuid.uuid4())


def new_client_secret() -> str:
    """A secret in the form Entra gives them today (40 characters, `8Q~` after the third)."""
    alphabet = string.ascii_letters + string.digits + "_.-~"
    letters = [secrets.choice(alphabet) for _ in range(37)]
    return "".join(letters[:3]) + "8Q~" + "".join(letters[3:])


def secret_hash(secret: str) -> str:
    """What the directory keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
