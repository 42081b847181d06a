"""The errors that cross from the clients to the engine: each one says what happened in a person's words."""

from __future__ import annotations


class WizardError(Exception):
    """Something a person can act on. `fix` is the next action; `code` the service's own code, for search."""

    def __init__(self, message: str, *, fix: str = "", code: str = "", body: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code
        self.body = body


class ServiceError(WizardError):
    """A service refused or failed. `status` is the HTTP status, 0 when there was no answer."""

    def __init__(
        self,
        message: str,
        *,
        service: str = "",
        status: int = 0,
        fix: str = "",
        code: str = "",
        body: str = "",
    ) -> None:
        super().__init__(message, fix=fix, code=code, body=body)
        self.service = service
        self.status = status


class NotFoundError(ServiceError):
    """The service says that the thing does not exist: knowledge, not a failure."""


class UnreachableError(ServiceError):
    """No usable answer: no network, a time-out, a broken or foreign body. Nothing is known about the thing."""


class NotSignedInError(ServiceError):
    """The credential is missing, expired or refused."""


class AnswerError(WizardError):
    """A person's answer breaks a rule; the message names the rule."""


class LockedError(WizardError):
    """Another wizard works on this project folder."""


class StateError(WizardError):
    """The state on disk cannot be read or written."""
