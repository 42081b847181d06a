"""What each process may load: the engine no screen, the screen no vendor, the command nothing heavy."""

import subprocess
import sys

import pytest

VENDORS = ("azure", "databricks", "mlflow", "azureml", "sklearn", "pandas", "msal")
SCREEN = ("textual", "rich", "aiohttp")


def loaded_by(code: str) -> set[str]:
    """The top-level packages in sys.modules of a fresh process that ran this code."""
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}\nimport sys; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(shown.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module", ["wizard.engine.session", "wizard.engine.runner", "wizard.steps.checklist", "wizard.engine_process"]
)
def test_the_engine_loads_no_screen_and_no_vendor_until_a_step_needs_one(module):
    assert loaded_by(f"import {module}") & {*VENDORS, *SCREEN} == set()


@pytest.mark.parametrize("module", ["wizard.tui.app", "wizard.web.command", "wizard.web.screens"])
def test_the_screens_load_no_vendor(module):
    assert loaded_by(f"import {module}") & set(VENDORS) == set()


def test_the_screens_of_a_page_load_no_web_server():
    assert loaded_by("import wizard.web.screens") & {"aiohttp", "textual_serve"} == set()


@pytest.mark.parametrize("arguments", [["--version"], ["where"], ["schema"], ["sandbox", "status"]])
def test_small_commands_load_neither(arguments):
    code = f"from wizard.cli import main\ntry: main({arguments!r})\nexcept SystemExit: pass"
    assert loaded_by(code) & {*VENDORS, *SCREEN, "asyncio", "yaml", "tomlkit", "keyring"} == set()
