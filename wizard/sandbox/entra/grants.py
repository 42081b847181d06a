"""The OAuth 2.0 grants of the token endpoints: from a form to tokens, or a Refusal.

Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and its siblings.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra import refusals
from wizard.sandbox.entra.codes import Codes
from wizard.sandbox.entra.directory import GRAPH_APP_ID, PUBLIC_CLIENTS, Directory, secret_hash
from wizard.sandbox.entra.federation import check_assertion, principal_of
from wizard.sandbox.entra.sign_in_rules import check_sign_in
from wizard.sandbox.entra.tokens import access_token, id_token, lifetime

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_OPENID_SCOPES = {"openid", "profile", "email", "offline_access"}

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Grants:
    """Answers token requests for one directory."""

    cloud: Cloud
    directory: Directory
    codes: Codes

    def token(self, form: Form, tenant: str) -> dict[str, Any]:
        """The answer to a request to a tenant's v2.0 endpoint, where `scope` names the resource."""
        grants: dict[str, Callable[[Form, str], dict[str, Any]]] = {
            "client_credentials": self._client_credentials,
            "authorization_code": self._authorization_code,
            "refresh_token": self._refresh_token,
            DEVICE_GRANT: self._device_code,
        }
        grant = required(form, "grant_type")
        if grant not in grants:
            raise refusals.unsupported_grant(grant)
        return grants[grant](form, tenant)

    def token_v1(self, form: Form, tenant: str) -> dict[str, Any]:
        """The answer to a request to a tenant's first endpoint, where `resource` names the resource."""
        resource = required(form, "resource")
        scope = f"{resource}/.default"
        if required(form, "grant_type") == "device_code":
            form = {**form, "grant_type": DEVICE_GRANT, "device_code": form.get("code", "")}
        answer = self.token({**form, "scope": scope}, tenant)
        now = int(time.time())
        # This endpoint gives its numbers as strings.
        return {k: str(v) if k.endswith("expires_in") else v for k, v in answer.items()} | {
            "expires_on": str(now + lifetime(self.cloud)),
            "not_before": str(now),
            "resource": resource,
        }

    def public_client(self, client_id: str) -> str:
        """Check that people can sign in with this application."""
        if client_id.lower() not in PUBLIC_CLIENTS and self.directory.application(client_id) is None:
            raise refusals.unknown_application(client_id, self.directory.tenant_name)
        return client_id

    def resource_of(self, scope: str) -> str:
        """The one resource that a scope parameter names (without OpenID's own scopes: Microsoft Graph)."""
        wanted = [part for part in scope.split() if part not in _OPENID_SCOPES]
        resource = wanted[0].rpartition("/")[0] if wanted and "/" in wanted[0] else GRAPH_APP_ID
        if not self.directory.knows_resource(resource):
            raise refusals.unknown_resource(resource, self.directory.tenant_name)
        check_sign_in(self.cloud, resource)
        return resource

    def _client_credentials(self, form: Form, tenant: str) -> dict[str, Any]:
        client_id, scope = required(form, "client_id"), required(form, "scope")
        if form.get("client_assertion"):
            return self._federated(form["client_assertion"], client_id, scope)
        application = self.directory.application(client_id)
        home = self.directory.home
        if application is None or (home and tenant.lower() in (home["id"], home["domain"])):
            raise refusals.unknown_application(client_id, self.directory.tenant_name)
        if not form.get("client_secret"):
            raise refusals.missing_secret()
        if not hmac.compare_digest(secret_hash(form["client_secret"]), application.secret_hash):
            raise refusals.wrong_secret(client_id)
        if application.secret_expires_at is not None and application.secret_expires_at < time.time():
            raise refusals.expired_secret(client_id)
        if not scope.endswith("/.default"):
            raise refusals.invalid_scope(scope)
        resource = self.resource_of(scope)
        principal = Principal(
            application.object_id, self.directory.tenant_id, application.name, "ServicePrincipal", client_id
        )
        return self._bearer(access_token(self.cloud, principal, resource, client_id))

    def _federated(self, assertion: str, client_id: str, scope: str) -> dict[str, Any]:
        """A token for a managed identity that another issuer's token proves."""
        identity = self.directory.managed_identity(client_id)
        if identity is None and self.directory.application(client_id) is None:
            raise refusals.unknown_application(client_id, self.directory.tenant_name)
        check_assertion(self.cloud, identity, assertion)
        if identity is None or not scope.endswith("/.default"):
            raise refusals.invalid_scope(scope)
        principal = principal_of(identity, self.directory.tenant_id)
        return self._bearer(access_token(self.cloud, principal, self.resource_of(scope), client_id))

    def _device_code(self, form: Form, tenant: str) -> dict[str, Any]:
        client_id = self.public_client(required(form, "client_id"))
        request = self.codes.redeem_device_code(required(form, "device_code"), client_id)
        return self._user_tokens(self.directory.user_at(tenant), client_id, request["scope"], "")

    def _authorization_code(self, form: Form, tenant: str) -> dict[str, Any]:
        client_id = self.public_client(required(form, "client_id"))
        request = self.codes.redeem_authorization_code(required(form, "code"))
        redirect = required(form, "redirect_uri")
        if redirect != request["redirect_uri"] or client_id != request["client_id"]:
            raise refusals.wrong_redirect(redirect, request["redirect_uri"])
        if request["challenge"] and _challenge(form.get("code_verifier", "")) != request["challenge"]:
            raise refusals.wrong_verifier()
        scope = form.get("scope") or request["scope"]
        return self._user_tokens(self.directory.user_at(tenant), client_id, scope, request["nonce"])

    def _refresh_token(self, form: Form, tenant: str) -> dict[str, Any]:
        client_id = self.public_client(required(form, "client_id"))
        object_id = self.codes.redeem_refresh_token(required(form, "refresh_token"), client_id)
        if self.directory.principal(object_id) is None:
            raise refusals.bad_code()
        return self._user_tokens(self.directory.user_at(tenant), client_id, form.get("scope", ""), "")

    def _user_tokens(self, user: Principal, client_id: str, scope: str, nonce: str) -> dict[str, Any]:
        resource = self.resource_of(scope)
        about = {"uid": user.object_id, "utid": user.tenant_id}
        return self._bearer(access_token(self.cloud, user, resource, client_id)) | {
            "scope": f"{resource}/user_impersonation {resource}/.default",
            "refresh_token": self.codes.new_refresh_token(user.object_id, client_id),
            "id_token": id_token(self.cloud, user, client_id, nonce),
            "client_info": base64.urlsafe_b64encode(json.dumps(about).encode()).decode().rstrip("="),
        }

    def _bearer(self, token: str) -> dict[str, Any]:
        seconds = lifetime(self.cloud)
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}


def required(form: Form, name: str) -> str:
    """A form field that must be there."""
    if not form.get(name):
        raise refusals.missing_parameter(name)
    return form[name]


def _challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
