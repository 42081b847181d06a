"""The driver's IPython shell, with dbutils in its namespace as on a cluster.

mlflow looks for exactly this (an IPython shell holding the name dbutils) before it resolves databricks://scope:prefix.
"""

from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell

from wizard.sandbox.databricks.driver import paths
from wizard.sandbox.databricks.driver.dbutils import DBUtils
from wizard.sandbox.databricks.driver.redaction import Redactor


class _PlainDisplayHook(DisplayHook):
    """Shows a result without the prompt Out[1]."""

    def write_output_prompt(self) -> None:
        """No prompt."""

    def write_format_data(self, format_dict: dict[str, str], md_dict: object = None) -> None:
        """The result's text, also without the line break that sets it off from a prompt."""
        del md_dict
        print(format_dict["text/plain"])  # noqa: T201 - to whatever stands for the notebook's output


class DriverShell(InteractiveShell):
    """An IPython shell whose tracebacks are kept for whoever asked, not printed."""

    displayhook_class = _PlainDisplayHook

    def __init__(self, **options: Any) -> None:
        super().__init__(colors="nocolor", history_length=0, **options)  # type: ignore[no-untyped-call]
        self.last_traceback = ""

    def init_history(self) -> None:
        """Keep what was run in memory only."""
        self.config.HistoryManager.enabled = False
        super().init_history()  # type: ignore[no-untyped-call]

    def _showtraceback(self, etype: type, evalue: BaseException, stb: Any) -> None:
        del etype, evalue
        self.last_traceback = self.InteractiveTB.stb2text(stb)


def start_shell() -> tuple[DriverShell, Redactor]:
    """Make this process a driver: /dbfs and /Workspace work, and the shell has dbutils.

    The redactor knows the secrets that are read by it.
    """
    paths.install()
    redactor = Redactor()
    shell: DriverShell = DriverShell.instance()
    del shell.user_ns["open"]  # IPython's own, which has hold of the open that does not know /dbfs
    shell.user_ns["dbutils"] = DBUtils(redactor)
    return shell, redactor
