"""`python -m tests.coverage_everywhere ARGUMENTS` runs pytest, and tells how much of wizard/ and jobs/ it went through:
also in the engines, drivers, agents and servers that the tests start.

Those get an environment of their own, so that coverage's variables would not reach them: for as long as the tests run,
each Python of this virtual environment is told when it starts.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Files of this ending are read in the order of their names: coverage's own is a1_coverage.pth.
TOLD = Path(sysconfig.get_path("purelib")) / "a0_coverage_everywhere.pth"
VARIABLES = {"COVERAGE_PROCESS_START": ROOT / "pyproject.toml", "COVERAGE_FILE": ROOT / ".coverage"}


def coverage(*arguments: str) -> int:
    """Run one of coverage's commands; its exit code."""
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run the tests, then combine and report; 0 when they passed and enough was run."""
    coverage("erase")
    settings = "; ".join(f"os.environ.setdefault({name!r}, {str(value)!r})" for name, value in VARIABLES.items())
    TOLD.write_text(f"import os; {settings}\n")
    try:
        tested = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    finally:
        TOLD.unlink()
    coverage("combine", "--quiet")
    return coverage("report") or tested


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
