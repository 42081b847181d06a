"""The contract checker itself: the vendors' recordings pass it, damaged copies do not."""

import subprocess
import sys
from pathlib import Path

VENDORS = Path(__file__).with_name("vendors")


def test_the_checker_tells_real_from_damaged():
    done = subprocess.run([sys.executable, "check.py", "--self-test"], cwd=VENDORS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
