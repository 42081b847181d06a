"""Where exceptions of Azure's clients, and of the network, become engine errors.

`with translated("Azure"):` around a call lets only engine errors out: not found, not signed in, unreachable, or the
service's refusal with status, code, message and body. For Databricks see databricks_faults.py: importing its SDK takes
a second that signing in to Azure need not wait for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from wizard.clients import bodies
from wizard.clients.foreign_pages import is_page
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, UnreachableError, WizardError

CONNECTION = (ServiceRequestError, ServiceResponseError, requests.RequestException, TimeoutError, ConnectionError)
_BROKEN_BODY = (DecodeError, DeserializationError, json.JSONDecodeError, requests.exceptions.InvalidJSONError)

# What the network says, in lower case -> what it means, what to do.
_REASONS = (
    (
        ("certificate_verify_failed", "certificate verify failed"),
        "its TLS certificate is not trusted here",
        "if a proxy inspects TLS on this network, point REQUESTS_CA_BUNDLE to its certificate",
    ),
    (
        ("tunnel connection failed", "proxyerror", "unable to connect to proxy"),
        "the proxy did not let the connection through",
        "see HTTPS_PROXY and NO_PROXY, and whether the proxy is up",
    ),
    (
        ("name or service not known", "name resolution", "getaddrinfo", "nodename nor servname", "nameresolution"),
        "its name does not resolve",
        "see whether this machine is online and its name server answers",
    ),
    (("refused",), "the connection was refused", "see whether a firewall or VPN is in the way"),
    (("timed out", "timeout"), "it did not answer in time", "try again; if it stays so, see the network"),
    (
        ("reset by peer", "connection aborted", "incompleteread", "remote end closed", "premature"),
        "the connection broke off",
        "try again",
    ),
)


# What msal says when the tenant's OpenID document is missing or no JSON; it drops the answer itself (msal.authority).
NO_TENANT_DOCUMENT = "Unable to get authority configuration"

# What msal says of an answer that is no refusal; of that it keeps the status alone.
_FAULT_AT_SIGN_IN = re.compile(r"HTTP Error: (429|5\d\d)")


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Turn whatever a vendor's client raises inside into an engine error about `service`."""
    try:
        yield
    except WizardError:
        raise
    except (json.JSONDecodeError, DeserializationError) as error:
        raise translate(error, service) from error
    except (AzureError, *CONNECTION) as error:
        raise translate(error, service) from error


def translate(error: BaseException, service: str) -> ServiceError:
    """The engine error that says what this exception of an Azure client, or of the network, means."""
    cause = _decisive(error)
    if isinstance(cause, _BROKEN_BODY):
        return _unreadable("Entra" if isinstance(error, ClientAuthenticationError) else service, cause)
    if isinstance(cause, ClientAuthenticationError):
        return _not_signed_in(service, cause)
    if isinstance(cause, HttpResponseError):
        return _refused_by_azure(service, cause)
    if isinstance(cause, requests.HTTPError) and cause.response is not None:
        return _refused(service, cause.response)
    return _unreachable(service, error)


def _decisive(error: BaseException) -> BaseException:
    """The exception that tells most: a refusal without an answer may be a lost connection that a client wrapped.

    azure-identity makes a sign-in error of it, azure-core an HttpResponseError where an answer breaks off in its body.
    """
    if isinstance(error, HttpResponseError) and error.response is None:
        return next((each for each in _chain(error) if isinstance(each, (*_BROKEN_BODY, *CONNECTION))), error)
    return error


def _unreachable(service: str, error: BaseException) -> UnreachableError:
    for each in reversed(_chain(error)):  # the innermost knows best
        words = f"{type(each).__name__} {each}"
        for signs, reason, fix in _REASONS:
            if any(sign in words.lower() for sign in signs):
                message = f"{service} cannot be reached: {reason}."
                return UnreachableError(message, service=service, fix=fix, body=words)
    return UnreachableError(
        f"{service} cannot be reached ({type(error).__name__}).", service=service, fix="see the network, then try again"
    )


def _chain(error: BaseException) -> list[BaseException]:
    """The exception and what caused it, outermost first."""
    found = [error]
    while (following := _beneath(found[-1])) and following not in found:
        found.append(following)
    return found


def _beneath(error: BaseException) -> BaseException | None:
    """What caused an exception; azure-core may keep it in an attribute alone."""
    kept = getattr(error, "inner_exception", None)
    return error.__cause__ or error.__context__ or (kept if isinstance(kept, BaseException) else None)


def _unreadable(service: str, error: BaseException) -> UnreachableError:
    body, kind = str(getattr(error, "doc", "") or "")[:2000], ""
    if isinstance(error, HttpResponseError) and error.response is not None:
        headers = getattr(error.response, "headers", {})
        body, kind = body or _text_of(error), headers.get("Content-Type", "")
    return unreadable(service, body, kind)


def unreadable(service: str, body: str, content_type: str | None) -> UnreachableError:
    """What came was no answer of the service."""
    shows_page = is_page(content_type) or "<html" in body.lower() or "<!doctype" in body.lower()
    what = "a web page" if shows_page else "an incomplete or foreign answer"
    return UnreachableError(
        f"{service} gave {what} instead of JSON.",
        service=service,
        fix="a proxy, a captive portal or an outage may stand between; open the address in a browser, then try again",
        body=body,
    )


def _not_signed_in(service: str, error: ClientAuthenticationError) -> ServiceError:
    body = _text_of(error) or str(error.message)
    said = bodies.read(body)
    if NO_TENANT_DOCUMENT in body:
        return UnreachableError(
            f"{service} gave no description of the tenant: its id is wrong, or something else answered in its place.",
            service=service,
            fix="check AZURE_TENANT_ID; then see whether a proxy or a captive portal stands between",
            body=body,
        )
    if fault := _FAULT_AT_SIGN_IN.search(str(error.message)):
        status = int(fault[1])
        told = worded("Entra", status, "", "it gave no token")
        return ServiceError(told, service="Entra", status=status, body=body, fix=next_action(status))
    code = bodies.read(str(error.message)).code if not said.code.startswith("AADSTS") else said.code
    return NotSignedInError(
        f"{service} does not accept the sign-in: {first_line(said.message or str(error.message))}",
        service=service,
        status=error.status_code or 401,
        code=code or said.code,
        fix="sign in again",
        body=body,
    )


def _refused_by_azure(service: str, error: HttpResponseError) -> ServiceError:
    status = error.status_code or 0
    body = _text_of(error) if error.response is not None else str(error.message)
    said = bodies.read(body, getattr(error.response, "headers", None))
    outer = getattr(error.error, "code", "") or getattr(error, "error_code", "") or ""
    code = said.code or str(getattr(outer, "value", outer))
    kind: type[ServiceError] = {404: NotFoundError, 401: NotSignedInError}.get(status, ServiceError)
    message = first_line(said.message or error.reason or str(error.message))
    told = worded(service, status, f"{code} in {said.outer}" if said.outer else code, message)
    return kind(told, service=service, status=status, code=code, body=body, fix=next_action(status))


def _refused(service: str, response: requests.Response) -> ServiceError:
    """The refusal in an answer to a request of our own (`requests`)."""
    status, said = response.status_code, bodies.read(response.text, response.headers)
    kind: type[ServiceError] = {404: NotFoundError, 401: NotSignedInError}.get(status, ServiceError)
    told = worded(service, status, said.code, first_line(said.message or response.reason or ""))
    return kind(told, service=service, status=status, code=said.code, body=response.text, fix=next_action(status))


def worded(service: str, status: int, code: str, message: str) -> str:
    """One line that says who refused, and why."""
    if status == 429:
        return f"{service} asks to slow down (429): {message}"
    if status >= 500:
        return f"{service} has a fault of its own ({status}{' ' + code if code else ''}): {message}"
    return f"{service} says: {message}" + (f" ({code})" if code and code not in message else "")


def next_action(status: int) -> str:
    """What to do about a refusal that says no more than its status; "" where its message has to tell."""
    if status == 401:
        return "sign in again"
    if status == 429:
        return "wait a minute, then try again"
    return "nothing is wrong with what was asked: wait a minute, then try again" if status >= 500 else ""


def _text_of(error: HttpResponseError) -> str:
    try:
        return error.response.text() if error.response is not None else ""
    except (AzureError, UnicodeDecodeError, AttributeError):
        return ""


def first_line(message: str) -> str:
    """The first line; correlation ids and time stamps that follow are for the log."""
    return message.strip().splitlines()[0].split(" Trace ID:")[0].strip() if message.strip() else "no reason given"
