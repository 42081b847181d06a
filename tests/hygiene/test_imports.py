"""What each process may load: the engine no screen, the screen no vendor, the command nothing heavy."""

import subprocess
import sys

import pytest

VENDORS = (
    "azure",
    "databricks",
    "mlflow",
    "azureml",
    "sklearn",
    "pandas",
    "msal",
    "requests",
    "httpx",
    "keyring",
    "starlette",
)
SCREEN = ("textual", "rich", "aiohttp")


def modules_of(code: str) -> set[str]:
    """What is in sys.modules of a fresh process that ran this code."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(shown.stdout.splitlines()[-1].split())


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh process loads for this code."""
    return {name.partition(".")[0] for name in modules_of(code)}


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


def test_the_screens_know_of_the_wizard_what_the_engine_says_and_no_more():
    every = (
        "import pkgutil, importlib, wizard.tui\n"
        "for each in pkgutil.walk_packages(wizard.tui.__path__, 'wizard.tui.'): importlib.import_module(each.name)"
    )
    own = {name for name in modules_of(every) if name.startswith("wizard.") and not name.startswith("wizard.tui")}
    said = {"wizard.engine", "wizard.engine.events", "wizard.engine.redaction", "wizard.steps", "wizard.steps.outline"}
    assert own <= said | {"wizard.harmless", "wizard.settings", "wizard.skeleton"}
