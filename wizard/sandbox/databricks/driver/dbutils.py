"""`dbutils` as code on a cluster knows it: fs, secrets, notebook and widgets.

Source: https://docs.databricks.com/dev-tools/databricks-utils
"""

import base64
import json
import os
import ssl
import urllib.error
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlencode

from wizard.sandbox.databricks.driver.command_context import EntryPoint
from wizard.sandbox.databricks.driver.errors import ExecutionError
from wizard.sandbox.databricks.driver.fs import FsUtils
from wizard.sandbox.databricks.driver.redaction import Redactor


class NotebookExit(BaseException):
    """`dbutils.notebook.exit` was called with a value; not an Exception, so that no handler stops it."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


class SecretScope(NamedTuple):
    """One scope."""

    name: str

    def getName(self) -> str:  # noqa: N802 - dbutils' own name
        """The scope's name."""
        return self.name


class SecretMetadata(NamedTuple):
    """One secret's key."""

    key: str


class SecretsUtils:
    """Secrets, read over the workspace's API with the driver's own token."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def get(self, scope: str, key: str) -> str:
        """A secret's text."""
        return self.getBytes(scope, key).decode()

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802 - dbutils' own name
        """A secret's bytes."""
        try:
            answer = _call("/api/2.0/secrets/get", scope=scope, key=key)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise _failed("get", error) from None
            message = f"Secret does not exist with scope: {scope} and key: {key}"
            raise ExecutionError("get", f"java.lang.IllegalArgumentException: {message}") from None
        data = base64.b64decode(answer["value"])
        self._redactor.hide(data.decode(errors="replace"))
        return data

    def listScopes(self) -> list[SecretScope]:  # noqa: N802 - dbutils' own name
        """The scopes of the workspace."""
        try:
            answer = _call("/api/2.0/secrets/scopes/list")
        except urllib.error.HTTPError as error:
            raise _failed("listScopes", error) from None
        return [SecretScope(item["name"]) for item in answer.get("scopes", [])]

    def list(self, scope: str) -> list[SecretMetadata]:
        """The keys in a scope."""
        try:
            answer = _call("/api/2.0/secrets/list", scope=scope)
        except urllib.error.HTTPError as error:
            raise _failed("list", error) from None
        return [SecretMetadata(item["key"]) for item in answer.get("secrets", [])]


class NotebookUtils:
    """The notebook itself."""

    def __init__(self) -> None:
        self.entry_point = EntryPoint()

    def exit(self, value: object) -> None:
        """End here, with a value for whoever ran this."""
        raise NotebookExit(str(value))


class WidgetsUtils:
    """Parameters of a notebook: a default until somebody sets another value."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:  # noqa: N803 - dbutils' own name
        """A parameter of any text."""
        del label  # only shown on a page
        self._values.setdefault(name, defaultValue)

    def dropdown(
        self,
        name: str,
        defaultValue: str,  # noqa: N803 - dbutils' own name
        choices: list[str],
        label: str | None = None,
    ) -> None:
        """A parameter with some choices."""
        if defaultValue not in choices:
            raise ExecutionError("dropdown", "java.lang.IllegalArgumentException: requirement failed: bad default")
        self.text(name, defaultValue, label)

    def get(self, name: str) -> str:
        """A parameter's value."""
        if name not in self._values:
            reason = f"com.databricks.dbutils_v1.InputWidgetNotDefined: No input widget named {name} is defined"
            raise ExecutionError("get", reason)
        return self._values[name]

    def getAll(self) -> dict[str, str]:  # noqa: N802 - dbutils' own name
        """All parameters."""
        return dict(self._values)

    def remove(self, name: str) -> None:
        """Forget a parameter."""
        self._values.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802 - dbutils' own name
        """Forget all parameters."""
        self._values.clear()


class DBUtils:
    """The object that every shell on a cluster has as `dbutils`."""

    def __init__(self, redactor: Redactor) -> None:
        self.fs = FsUtils()
        self.secrets = SecretsUtils(redactor)
        self.notebook = NotebookUtils()
        self.widgets = WidgetsUtils()


def _call(path: str, **query: str) -> Any:
    """GET from the workspace's API. Raises urllib.error.HTTPError."""
    url = f"{os.environ['DATABRICKS_HOST']}{path}?{urlencode(query)}"
    headers = {"Authorization": f"Bearer {os.environ['DATABRICKS_TOKEN']}"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the host is always https
    context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)


def _failed(call: str, error: urllib.error.HTTPError) -> ExecutionError:
    try:
        body = json.load(error)
        reason = f"{body['error_code']}: {body['message']}"
    except (ValueError, KeyError):
        reason = f"HTTP {error.code}"
    return ExecutionError(call, f"com.databricks.common.client.DatabricksServiceHttpClientException: {reason}")
