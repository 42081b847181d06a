"""After the whole way, its commands and screens, a killed engine and a broken one: no secret is out of its place."""

import re
import signal
import stat
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from tests.argv import CommandLines
from tests.rehearsal import WIZARD, clean_environment
from tests.sandbox import hidden_places
from tests.sandbox.workspaces import http_client
from tests.tui.conftest import place, until
from wizard.engine.secrets import read_exports
from wizard.engine_command import engine_command
from wizard.sandbox.store import Store
from wizard.tui.app import WizardApp
from wizard.tui.engine_process import EngineProcess

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow, pytest.mark.timeout(600)]

SCRIPTS = ("env", "env.test", "env.prod", "env.cmr")
# What a person has in the environment on the day of a rehearsal: of the real cloud, and of other tools.
PLANTED = {
    "AZURE_CLIENT_SECRET": "planted-client-secret-0001",
    "AZURE_DEVOPS_EXT_PAT": "planted-devops-token-0002",
    "DATABRICKS_TOKEN": "planted-databricks-token-0003",
    "ARM_CLIENT_SECRET": "planted-arm-secret-0004",
    "GITHUB_TOKEN": "planted-github-token-0005",
    "MLOPS_WIZARD_WEBHOOK": "https://hooks.example.org/planted-webhook-0006",
}
COMMANDS = (
    ("whoami",),
    ("status", "--json"),
    ("drift", "--json"),
    ("diff", "test", "prod", "--json"),
    ("export", "--script", "{out}/x.sh", "--bicep", "{out}/x.bicep", "--report", "{out}/x.md"),
)
BROKEN = """
import wizard.cli, wizard.steps.install_script as step

async def broken(context, token):
    value = token.reveal()
    raise RuntimeError(f"it broke with {value}")

step.who_answers = broken
wizard.cli.main(["engine", "--sandbox", "--project", ".", "--purpose", "broken"])
"""


@dataclass
class Hunt:
    """What was said and seen, by where."""

    folder: Path
    written: Path
    known: list[str]
    said: dict[str, bytes] = field(default_factory=dict)
    environments: dict[str, bytes] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)


def secrets_of(rehearsal):
    """Every secret of the finished set-up whose value can be known."""
    environment = rehearsal.environment()
    exports = [read_exports(rehearsal.folder / f"{name}.sh")["DATABRICKS_TOKEN"] for name in SCRIPTS]
    with closing(Store(rehearsal.folder / ".mlops-wizard" / "sandbox" / "state.sqlite")) as store:
        keys = [key for _, service in store.items("ml_service") for key in service["keys"].values()]
    assert len(keys) == 4, "two of each service"
    return [*exports, *keys, environment["AZURE_CLIENT_SECRET"], environment["AZURE_DEVOPS_EXT_PAT"]]


@pytest.fixture(scope="module")
def hunt(finished, tmp_path_factory):
    """A day with the finished set-up on which much is asked, and some things break."""
    rehearsal = finished.rehearsal
    planted = {**clean_environment(), **PLANTED}
    rehearsal.stop()
    start = [*WIZARD, "sandbox", "start", "--speed", "600"]
    subprocess.run(start, cwd=rehearsal.folder, env=planted, check=True, capture_output=True)
    written = tmp_path_factory.mktemp("written")
    found = Hunt(rehearsal.folder, written, [*secrets_of(rehearsal), *PLANTED.values()])
    with CommandLines() as lines:
        kill_in_the_middle(found, planted)
        for command in COMMANDS:
            done = subprocess.run(
                [*WIZARD, *(each.format(out=found.written) for each in command), "--sandbox"],
                cwd=rehearsal.folder,
                env=planted,
                capture_output=True,
                check=False,
            )
            found.said[" ".join(command)] = done.stdout + done.stderr
        done = subprocess.run(
            [sys.executable, "-c", BROKEN], cwd=rehearsal.folder, env=planted, capture_output=True, check=False,
            input=b'{"do": "check", "steps": ["local.install-script@prod"]}\n',
        )  # fmt: skip
        found.said["broken"] = done.stdout + done.stderr
        found.environments |= hidden_places.environments(rehearsal.folder)
    found.lines = lines.seen
    return found


def kill_in_the_middle(found, environment):
    """Kill the engine while a job runs, and remember what the processes under it could see."""
    command = [*WIZARD, "run", "wine-model-train", "--cluster", "wine-dev", "--sandbox", "--json"]
    process = subprocess.Popen(
        command, cwd=found.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = b""
    for line in process.stdout:
        said += line
        if b'"output"' in line:
            break
    found.environments |= hidden_places.environments(found.folder)
    (engine,) = psutil.Process(process.pid).children()
    engine.send_signal(signal.SIGKILL)
    rest, errors = process.communicate(timeout=30)
    assert b"engine-ended" in rest
    found.said["killed"] = said + rest + errors


def test_no_secret_is_said(hunt):
    secret = hidden_places.pattern(hunt.known)
    assert {name: found[0] for name, text in hunt.said.items() if (found := secret.search(text))} == {}
    assert all(len(text) > 100 for text in hunt.said.values()), hunt.said


def test_what_breaks_with_a_secret_in_hand_is_told_and_logged_without(hunt):
    assert b"the wizard broke: RuntimeError: it broke with [secret]" in hunt.said["broken"]
    log = (hunt.folder / ".mlops-wizard" / "log").read_text()
    assert "RuntimeError: it broke with [secret]" in log
    assert "Traceback" in log


def test_no_secret_rests_in_files_packed_files_or_git(hunt):
    secret = hidden_places.pattern(hunt.known)
    assert {file.name for file in hunt.written.iterdir()} >= {"x.sh", "x.bicep", "x.md", "x.svg"}
    places = [
        *hidden_places.files(hunt.folder),
        *hidden_places.files(hunt.written),
        *hidden_places.git_objects(hunt.folder),
    ]
    holding = {place for place, content in places if secret.search(content)}
    store = hunt.folder / ".mlops-wizard" / "sandbox"
    names = ("identity.json", "state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "ca/ca.key", "entra/signing.pem")
    own = {store / name for name in (*names, "entra/devops.pem")}
    scripts = {hunt.folder / f"{name}.{kind}" for name in SCRIPTS for kind in ("sh", "ps1")}
    assert holding - own == scripts
    assert {oct(stat.S_IMODE(file.stat().st_mode)) for file in holding} == {"0o600"}
    for folder in (hunt.folder / ".mlops-wizard", store, store / "ca", store / "entra"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    for name in ("state.json", "journal.jsonl", "log", "lock"):
        assert stat.S_IMODE((hunt.folder / ".mlops-wizard" / name).stat().st_mode) == 0o600, name


def test_no_command_line_shows_one(hunt):
    secret = hidden_places.pattern(hunt.known)
    assert len(hunt.lines) > 20
    assert [line[:80] for line in hunt.lines if secret.search(line.encode())] == []


def test_no_process_of_the_cloud_has_one_in_its_environment_that_is_not_its_own(hunt):
    shown = {line: held for line, held in hunt.environments.items() if "wizard.sandbox" in line or "mlflow" in line}
    assert any("wizard.sandbox.server" in line for line in shown)
    assert any("driver" in line for line in shown), list(shown)
    secret = re.compile("|".join(map(re.escape, hunt.known)).encode())
    assert {line[:90]: found[0] for line, held in shown.items() if (found := secret.search(held))} == {}


async def idle(pilot):
    """Wait until the engine has nothing to do: checking all that was set up takes a while."""
    end = time.monotonic() + 240
    while pilot.app.link.busy:
        assert time.monotonic() < end, "the engine is busy without end"
        await pilot.pause(0.1)


async def test_no_screen_shows_one(hunt):
    secret = hidden_places.pattern(hunt.known)
    arguments = ["--project", str(hunt.folder), "--purpose", "hunt", "--sandbox"]
    engines = []

    def spawn():
        engines.append(EngineProcess(engine_command(arguments), {**clean_environment(), **PLANTED}))
        return engines[-1]

    app, pictures = WizardApp(spawn, hunt.folder, "sandbox"), []
    try:
        async with app.run_test(size=(160, 60)) as pilot:
            await until(pilot, lambda: place(pilot) == "welcome" and app.board.rows)
            for name in ("sign-in", "names", "checklist"):
                app.go_to(name)
                await until(pilot, lambda name=name: place(pilot) == name)
                pictures.append(app.export_screenshot())
            for key, name in (("w", "identity"), ("S", "status"), ("m", "matrix")):
                await idle(pilot)
                await pilot.press(key)
                await until(pilot, lambda name=name: place(pilot) == name)
                await idle(pilot)
                pictures.append(app.export_screenshot())
                await pilot.press("escape")
    finally:
        for engine in engines:
            engine.finish(None)
    assert len(pictures) == 6
    assert [found[0] for picture in pictures if (found := secret.search(picture.encode()))] == []


ANONYMOUS = (
    "https://management.azure.com/subscriptions?api-version=2022-12-01",
    "https://graph.microsoft.com/v1.0/me",
    "https://dev.azure.com/{organisation}/_apis/projects?api-version=7.1",
    "https://dev.azure.com/{organisation}/{project}/_git/wine-mlops/info/refs?service=git-upload-pack",
    "{workspace}/api/2.0/token/list",
    "{workspace}/api/2.0/dbfs/list?path=/",
    "https://{vault}.vault.azure.net/secrets?api-version=7.4",
    "https://{account}.blob.core.windows.net/data?restype=container&comp=list",
)


def test_whoever_has_no_credentials_is_refused_everywhere(hunt, finished):
    environment = finished.rehearsal.environment()
    with closing(Store(hunt.folder / ".mlops-wizard" / "sandbox" / "state.sqlite")) as store:
        ids = " ".join(key for key, _ in store.items("arm_resource"))
    named = dict(re.findall(r"/providers/[\w.]+/(vaults|storageaccounts)/([\w-]+)", ids))
    values = {
        "organisation": environment["AZURE_DEVOPS_ORG_URL"].rpartition("/")[2],
        "project": environment["AZURE_DEVOPS_PROJECT"].replace(" ", "%20"),
        "workspace": read_exports(hunt.folder / "env.sh")["DATABRICKS_HOST"],
        "vault": named["vaults"],
        "account": named["storageaccounts"],
    }
    with http_client(environment) as http:
        for address in ANONYMOUS:
            for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic Ong="}):
                answer = http.get(address.format(**values), headers=headers)
                assert answer.status_code in (203, 302, 400, 401, 403, 404, 409), (address, headers, answer.text[:200])
                assert answer.status_code != 200
        with pytest.raises(httpx.ProxyError, match="The sandbox cloud has no host"):
            http.get("https://example.org/")


def test_everything_listens_on_loopback_or_in_private_folders(hunt):
    listening = set()
    for process in psutil.process_iter():
        try:
            if str(hunt.folder) in " ".join(process.cmdline()):
                listening |= {
                    each.laddr.ip for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN
                }
        except psutil.Error:
            continue
    assert listening <= {"127.0.0.1", "::1"}
    assert listening
