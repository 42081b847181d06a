"""Errors as code on a cluster sees them: what the JVM says, in Python's ExecutionError."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.sandbox.databricks.filesystem import RootDisabledError
from wizard.sandbox.databricks.wasb import BlobError

_AZURE_EXCEPTION = "shaded.databricks.org.apache.hadoop.fs.azure.AzureException"
_STORAGE_EXCEPTION = "hadoop_azure_shaded.com.microsoft.azure.storage.StorageException"


class ExecutionError(Exception):
    """A dbutils call failed in the JVM."""

    def __init__(self, call: str, java: str) -> None:
        super().__init__(f"An error occurred while calling o398.{call}.\n: {java}")


def remote(java: str) -> str:
    """A JVM exception that came through the DBFS service, as mount and unmount raise it."""
    return f"java.rmi.RemoteException: {java}; nested exception is: "


def storage_exception(error: BlobError) -> str:
    """What the storage driver throws when the account refuses."""
    if error.code == "ContainerNotFound":
        return "java.io.FileNotFoundException: /: No such file or directory."
    return f"{_AZURE_EXCEPTION}: {_STORAGE_EXCEPTION}: {error.message}"


def no_credentials(container: str, host: str) -> str:
    """What the storage driver throws without an account key; the misspelling is its own."""
    reason = "and we can't create it using anoynomous credentials, and no credentials found for them"
    return f"{_AZURE_EXCEPTION}: Container {container} in account {host} not found, {reason} in the configuration."


class Py4JSecurityException(Exception):  # noqa: N818 - py4j's own name
    """A method of the JVM that standard (shared) access mode keeps from Python."""

    def __init__(self, call: str) -> None:
        core = "com.databricks.backend.daemon.dbutils.DBUtilsCore"
        method = f"Method public {core}$Result {core}.{call}()"
        reason = f"py4j.security.Py4JSecurityException: {method} is not whitelisted on class class {core}"
        super().__init__(f"An error occurred while calling o398.{call}. Trace:\n{reason}")


@contextmanager
def as_execution_error(call: str) -> Iterator[None]:
    """Turn what the file system refuses into the ExecutionError of a dbutils call."""
    try:
        yield
    except BlobError as error:
        raise ExecutionError(call, storage_exception(error)) from None
    except OSError as error:
        raise ExecutionError(call, _java(error)) from None


def _java(error: OSError) -> str:
    if isinstance(error, RootDisabledError):
        return f"java.lang.UnsupportedOperationException: {error.strerror}"
    match error.errno:
        case errno.ENOENT:
            return f"java.io.FileNotFoundException: {error.filename}"
        case errno.EEXIST:
            return f"org.apache.hadoop.fs.FileAlreadyExistsException: File already exists: {error.filename}"
        case errno.EISDIR:
            return f"java.io.IOException: {error.filename} is a directory"
        case errno.ENOTEMPTY:
            return f"java.io.IOException: Cannot delete non-empty directory {error.filename} without recurse"
        case _:
            return f"java.io.IOException: {error}"
