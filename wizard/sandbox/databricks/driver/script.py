"""Run one Python file as a job's task does: python -m wizard.sandbox.databricks.driver.script FILE [ARGUMENT ...]

Exits 0 at the end of the file or at dbutils.notebook.exit, 1 with the traceback on stderr when the file raises, and
with the file's own code when it calls sys.exit. As on a cluster, `__file__` is not defined.
"""

import sys
import traceback
from pathlib import Path
from typing import TextIO, cast

from wizard.sandbox.databricks.driver.dbutils import NotebookExit
from wizard.sandbox.databricks.driver.redaction import RedactedStream, Redactor
from wizard.sandbox.databricks.driver.shell import start_shell


def main() -> int:
    """Run the file named on the command line."""
    file, *arguments = sys.argv[1:]
    shell, redactor = start_shell()
    sys.stdout, sys.stderr = _redacted(sys.stdout, redactor), _redacted(sys.stderr, redactor)
    sys.argv = [file, *arguments]
    sys.path.insert(0, str(Path(file).parent))
    try:
        source = Path(file).read_text(encoding="utf-8")
        exec(compile(source, file, "exec"), shell.user_ns)  # noqa: S102 - running code is what a driver is for
    except NotebookExit:
        return 0
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the file raised is its result
        own = error.__traceback__.tb_next if error.__traceback__ else None
        sys.stderr.write("".join(traceback.format_exception(type(error), error, own)))
        return 1
    return 0


def _redacted(stream: TextIO, redactor: Redactor) -> TextIO:
    return cast(TextIO, RedactedStream(stream, redactor))


if __name__ == "__main__":
    sys.exit(main())
