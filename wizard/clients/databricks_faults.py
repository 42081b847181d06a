"""Where exceptions of Databricks' client become engine errors, as faults.py does for Azure's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.errors.platform import STATUS_CODE_MAPPING

from wizard.clients import bodies
from wizard.clients.faults import CONNECTION, first_line, next_action, translate, worded
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, WizardError

# Both come with status 403, where 401 would be expected.
_TOKEN_REFUSED = ("invalid access token", "token expired", "token is expiring")
_SETTINGS = " Config: "  # with these two statuses the SDK adds its own settings to what the workspace said
_NEW_TOKEN = "make a new token: this one is expired, revoked or of another workspace"  # noqa: S105 - it is a sentence


@contextmanager
def translated(service: str = "Databricks") -> Iterator[None]:
    """Turn whatever the SDK raises inside, or azure-identity on its behalf, into an engine error."""
    try:
        yield
    except WizardError:
        raise
    except DatabricksError as error:
        raise refusal(service, error) from error
    except (AzureError, json.JSONDecodeError, *CONNECTION) as error:
        if isinstance(error.__cause__, DatabricksError):  # the SDK's retries ran out of time
            raise refusal(service, error.__cause__) from error
        raise translate(error, service) from error


def refusal(service: str, error: DatabricksError) -> ServiceError:
    """What the workspace said, with its status, code and message."""
    status = next((number for number, kind in STATUS_CODE_MAPPING.items() if isinstance(error, kind)), 0)
    said = bodies.read(str(error))
    code = str(error.error_code or said.code or "")
    token_refused = status == 403 and any(sign in str(error).lower() for sign in _TOKEN_REFUSED)
    kind: type[ServiceError] = ServiceError
    if status == 404 or code == "RESOURCE_DOES_NOT_EXIST":
        kind = NotFoundError
    if status == 401 or token_refused:
        kind = NotSignedInError
    return kind(
        worded(service, status, code, first_line(said.message).partition(_SETTINGS)[0]),
        service=service,
        status=status,
        code=code,
        body=str(error),
        fix=_NEW_TOKEN if token_refused else next_action(status),
    )
