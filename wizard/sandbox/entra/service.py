"""The login hosts: OpenID configuration, token endpoints, device codes and the browser sign-in."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra import pages, refusals
from wizard.sandbox.entra.codes import DEVICE_CODE_SECONDS, Codes
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.grants import Grants, required
from wizard.sandbox.entra.refusals import Refusal
from wizard.sandbox.entra.tokens import public_keys

# Paths that mean "whichever directory the user belongs to".
_ANY_TENANT = {"common", "organizations"}
_NO_STORE = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


class Entra:
    """Microsoft Entra ID for one tenant."""

    hosts = re.compile(r"login\.microsoftonline\.com|login\.windows\.net|login\.microsoft\.com")

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._directory = Directory(cloud)
        self._codes = Codes(cloud)
        self._grants = Grants(cloud, self._directory, self._codes)
        self._app = Starlette(routes=self._routes(), exception_handlers={Refusal: _refused, 404: _not_found})

    async def start(self) -> None:
        """Nothing to get ready."""

    async def stop(self) -> None:
        """Nothing runs underneath."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    def _routes(self) -> list[Route]:
        get, post, both = ["GET"], ["POST"], ["GET", "POST"]
        return [
            Route("/common/discovery/instance", self._instance, methods=get),
            Route("/common/oauth2/deviceauth", self._device_page, methods=both),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration, methods=get),
            Route("/{tenant}/.well-known/openid-configuration", self._configuration, methods=get),
            Route("/{tenant}/discovery/v2.0/keys", self._keys, methods=get),
            Route("/{tenant}/discovery/keys", self._keys, methods=get),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=post),
            Route("/{tenant}/oauth2/token", self._token_v1, methods=post),
            Route("/{tenant}/oauth2/v2.0/devicecode", self._device_code, methods=post),
            Route("/{tenant}/oauth2/v2.0/authorize", self._authorize, methods=both),
        ]

    def _tenant(self, request: Request) -> str:
        """The tenant that the path names."""
        name = request.path_params["tenant"]
        if name.lower() in _ANY_TENANT or self._directory.knows_tenant(name):
            return str(name)
        raise refusals.unknown_tenant(name)

    async def _instance(self, request: Request) -> Response:
        """Instance discovery: msal asks whether an authority is one of Microsoft's."""
        endpoint = urlsplit(request.query_params.get("authorization_endpoint", ""))
        tenant = endpoint.path.strip("/").split("/")[0] or "common"
        aliases = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com"]
        answer = {
            "tenant_discovery_endpoint": f"https://{endpoint.netloc}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": aliases[0], "preferred_cache": aliases[1], "aliases": aliases}],
        }
        if endpoint.netloc not in aliases:
            raise Refusal(
                "invalid_instance",
                50049,
                "Unknown or invalid instance.",
            )
        return JSONResponse(answer)

    async def _configuration(self, request: Request) -> Response:
        tenant = self._tenant(request)
        base, issuer = f"https://{request.headers['host']}/{tenant}", f"https://login.microsoftonline.com/{tenant}"
        if tenant in _ANY_TENANT:
            issuer = "https://login.microsoftonline.com/{tenantid}"
        return JSONResponse(
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{issuer}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "tenant_region_scope": "NA",
                "cloud_instance_name": "microsoftonline.com",
                "msgraph_host": "graph.microsoft.com",
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(public_keys(self._cloud.folder))

    async def _token(self, request: Request) -> Response:
        tenant = self._tenant(request)
        return JSONResponse(self._grants.token(await _form(request), tenant), headers=_NO_STORE)

    async def _token_v1(self, request: Request) -> Response:
        tenant = self._tenant(request)
        return JSONResponse(self._grants.token_v1(await _form(request), tenant), headers=_NO_STORE)

    async def _device_code(self, request: Request) -> Response:
        self._tenant(request)
        form = await _form(request)
        client_id = self._grants.public_client(required(form, "client_id"))
        self._grants.resource_of(form.get("scope", ""))
        code = self._codes.new_device_code(client_id, form.get("scope", ""))
        page = "https://login.microsoftonline.com/common/oauth2/deviceauth"
        message = (
            f"To sign in, use a web browser to open the page {page} and enter the code {code.user_code} to"
            " authenticate. (Sandbox cloud: its user approves the code in a moment, or at once with"
            f" `mlops-wizard sandbox approve {code.user_code}`.)"
        )
        return JSONResponse(
            {
                "user_code": code.user_code,
                "device_code": code.device_code,
                "verification_uri": page,
                "expires_in": DEVICE_CODE_SECONDS,
                "interval": 1 if self._cloud.speed > 1 else 5,
                "message": message,
            }
        )

    async def _device_page(self, request: Request) -> Response:
        user = self._directory.user().name
        if request.method == "GET":
            return HTMLResponse(pages.device_code_form(user))
        code = (await _form(request)).get("otc", "")
        good = self._codes.approve(code)
        bad_code = f"The code {code!r} was not found or is too old."
        if request.headers.get("accept") == "text/plain":
            return PlainTextResponse(f"{user} is signed in." if good else bad_code, 200 if good else 400)
        if not good:
            return HTMLResponse(pages.device_code_form(user, bad_code), 400)
        return HTMLResponse(pages.device_code_done(user))

    async def _authorize(self, request: Request) -> Response:
        """Sign the sandbox's user in without questions, and send the browser back with a code."""
        self._tenant(request)
        asked = dict(request.query_params) if request.method == "GET" else await _form(request)
        redirect = required(asked, "redirect_uri")
        client_id = self._grants.public_client(required(asked, "client_id"))
        if urlsplit(redirect).hostname not in ("localhost", "127.0.0.1"):
            raise Refusal(
                "invalid_request",
                50011,
                f"The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured"
                f" for the application '{client_id}'.",
            )
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise Refusal("invalid_request", 501491, "Invalid size or method of Code_Challenge parameter.")
        kept = {
            "client_id": client_id,
            "redirect_uri": redirect,
            "scope": asked.get("scope", ""),
            "nonce": asked.get("nonce", ""),
            "challenge": asked.get("code_challenge", ""),
        }
        fields = {"code": self._codes.new_authorization_code(kept), "state": asked.get("state", "")}
        if asked.get("response_mode") == "form_post":
            return HTMLResponse(pages.form_post(redirect, fields))
        return RedirectResponse(f"{redirect}?{urlencode(fields)}", 302)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, parsed as application/x-www-form-urlencoded."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


async def _refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for this class only
    return refusal.response()


async def _not_found(_request: Request, _error: Exception) -> Response:
    return refusals.Refusal("invalid_request", 900144, "The request is not properly formatted.", 404).response()
