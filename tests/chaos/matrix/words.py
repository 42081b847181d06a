"""How each service says no: the form of its errors, and its words for a token that has expired."""

import base64
import json
from xml.sax.saxutils import escape

from tests.chaos.matrix.exchange import Answer, Request
from tests.chaos.matrix.signature import kind_of

JSON = ("Content-Type", "application/json; charset=utf-8")


def refusal(request: Request, status: int, code: str, message: str, *more: tuple[str, str]) -> Answer:
    """A refusal in the form of the service that the request is for."""
    kind = kind_of(request.host)
    if kind == "blob":
        said = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<?xml version='1.0' encoding='utf-8'?>{said}"
        return _answer(request, status, body, ("Content-Type", "application/xml"), ("x-ms-error-code", code), *more)
    documents = {
        "entra": {"error": "temporarily_unavailable", "error_description": message, "error_codes": [90033]},
        "databricks": {"error_code": code, "message": message},
        "devops": {"$id": "1", "innerException": None, "message": message, "typeKey": code, "errorCode": 0},
    }
    document = documents.get(kind, {"error": {"code": code, "message": message}})
    return _answer(request, status, json.dumps(document), JSON, *more)


def expired(request: Request) -> Answer | None:
    """What a token that has expired meets; None where a request carries none."""
    kind, asks = kind_of(request.host), request.headers.get("authorization", "")
    if kind == "entra" and b"client_secret=" in request.body:
        message = "AADSTS7000222: The provided client secret keys for app 'x' are expired."
        document = {"error": "invalid_client", "error_description": message, "error_codes": [7000222]}
        return _answer(request, 401, json.dumps(document), JSON)
    if not request.has_credential:
        return None
    if kind == "databricks":
        return refusal(request, 403, "403", "Token is expiring within 30 seconds. (token expired)")
    if kind == "devops":
        said = "Access Denied: The Personal Access Token used has expired." if asks.startswith("Basic") else ""
        return _answer(request, 401, said, ("Content-Type", "text/plain"), ("WWW-Authenticate", 'Basic realm="x"'))
    if kind == "blob":
        return refusal(request, 403, "AuthenticationFailed", "Signature not valid in the specified time frame")
    if kind == "vault":
        authority = f"https://login.microsoftonline.com/{_tenant(asks)}"
        challenge = f'Bearer authorization="{authority}", resource="https://vault.azure.net"'
        return refusal(request, 401, "Unauthorized", "[TokenExpired] Error validating token: 'S2S12086'.",
                       ("WWW-Authenticate", challenge))  # fmt: skip
    if kind == "scoring":
        return _answer(request, 401, "Unauthorized", ("Content-Type", "text/plain"))
    message = "The access token expiry UTC time is earlier than current UTC time."
    challenge = f'Bearer authorization_uri="https://login.windows.net/{_tenant(asks)}", error="invalid_token"'
    return refusal(request, 401, "ExpiredAuthenticationToken", message, ("WWW-Authenticate", challenge))


def _tenant(authorization: str) -> str:
    """The tenant that a bearer's token is of: clients take a challenge's at its word."""
    payload = authorization.split(".")[1] if "." in authorization else ""
    try:
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["tid"])
    except (ValueError, KeyError):
        return "common"


def page(request: Request) -> Answer:
    """A page that a captive portal, or a gateway's outage, gives in the place of any answer."""
    text = "<!DOCTYPE html><html><title>Welcome to the hotel network</title><body>Please accept our terms</body></html>"
    return _answer(request, 200, text, ("Content-Type", "text/html; charset=utf-8"))


def _answer(request: Request, status: int, text: str, *headers: tuple[str, str]) -> Answer:
    body = text.encode()
    if request.method == "HEAD":
        return Answer(status, headers, b"", len(body))
    return Answer(status, headers, body)
