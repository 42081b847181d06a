"""Where what Azure DevOps answers, and exceptions of its client, become engine errors, as faults.py does for Azure's.

The client's own errors have no status, and it takes a sign-in page for an answer; so each answer is looked at before
the client sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from azure.core.exceptions import AzureError, DeserializationError
from msrest.exceptions import ClientException

from wizard.clients import bodies
from wizard.clients.faults import CONNECTION, first_line, next_action, translate, unreadable, worded
from wizard.clients.foreign_pages import is_page
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, UnreachableError, WizardError

SERVICE = "Azure DevOps"
_NOBODY = "TF400813"  # somebody, but nobody whom this organisation knows
_SIGN_IN_PAGE = re.compile(r"sign in|login\.microsoftonline\.com|_signin", re.IGNORECASE)
_SIGN_IN = "sign in again; see that the account, or the token in AZURE_DEVOPS_EXT_PAT, is of this organisation"


def look_at(response: requests.Response, *_: Any, **__: Any) -> None:
    """Raise an engine error for an answer that is a refusal, or a page for a browser (a hook of `requests`)."""
    page = is_page(response.headers.get("Content-Type"))
    if page and response.ok and not _SIGN_IN_PAGE.search(response.text):
        raise unreadable(SERVICE, response.text, "text/html")
    if response.status_code == 203 or (page and response.ok):
        raise NotSignedInError(
            f"{SERVICE} shows its sign-in page: the token did not arrive, is wrong or has expired.",
            service=SERVICE,
            status=response.status_code,
            fix=_SIGN_IN,
            body=response.text,
        )
    if response.status_code >= 400:
        raise _refusal(response)


def _refusal(response: requests.Response) -> ServiceError:
    body, status = response.text, response.status_code
    said = bodies.read(body, response.headers)
    message = first_line(said.message or response.reason or "")
    if status == 404 and not said.code:
        message = "there is nothing at this address; see the organisation's name"
    if status == 401 and said.code != _NOBODY:
        message = message if said.message else "the token did not arrive, is wrong or has expired"
    kind: type[ServiceError] = {404: NotFoundError, 401: NotSignedInError}.get(status, ServiceError)
    return kind(
        worded(SERVICE, status, said.code, message),
        service=SERVICE,
        status=status,
        code=said.code,
        fix=_SIGN_IN if status == 401 else next_action(status),
        body=body,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever the client raises inside, or azure-identity on its behalf, into an engine error."""
    try:
        yield
    except WizardError:
        raise
    except DeserializationError as error:
        raise UnreachableError(
            f"{SERVICE} gave an incomplete or foreign answer.", service=SERVICE, fix="try again", body=str(error)
        ) from error
    except ClientException as error:  # msrest wraps what `requests` raised
        inner = error.inner_exception
        raise translate(inner if isinstance(inner, Exception) else error, SERVICE) from error
    except (AzureError, json.JSONDecodeError, *CONNECTION) as error:
        raise translate(error, SERVICE) from error
