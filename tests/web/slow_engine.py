"""The scripted engine, which after it was told to quit finishes something until the file named in RELEASE is there."""

import os
import runpy
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tui"

sys.path.insert(0, str(FOLDER))
runpy.run_path(str(FOLDER / "fake_engine.py"), run_name="__main__")
while not Path(os.environ["RELEASE"]).exists():
    time.sleep(0.01)
