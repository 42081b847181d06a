"""Starting, stopping and entering a sandbox cloud; what its proxy lets through and what its log keeps."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time

import httpx
import psutil
import pytest
import requests

from tests.sandbox.workspaces import entra_token, http_client
from wizard.sandbox import control

VARIABLES = {
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS", "AZURE_CONFIG_DIR", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET", "AZURE_DEVOPS_CACHE_DIR", "AZURE_DEVOPS_ORG_URL", "AZURE_DEVOPS_PROJECT",
    "AZURE_DEVOPS_EXT_PAT", "MLFLOW_DISABLE_TELEMETRY", "GIT_TERMINAL_PROMPT", "https_proxy", "http_proxy", "no_proxy",
}  # fmt: skip
METADATA = "https://management.azure.com/metadata/endpoints?api-version=2019-05-01"


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "wizard.sandbox.command", *map(str, arguments)], capture_output=True, text=True
    )


@pytest.fixture
def folder(tmp_path):
    """A folder for a cloud of the test's own."""
    yield tmp_path / "cloud"
    control.stop(tmp_path / "cloud")


def eventually(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came true"
        threading.Event().wait(0.02)
    return found


def test_two_starts_at_once_make_one_daemon(folder):
    results = []
    threads = [threading.Thread(target=lambda: results.append(control.start(folder, 600))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert control.status(folder).running


def test_a_second_daemon_on_the_folder_refuses(cloud):
    done = subprocess.run(
        [sys.executable, "-m", "wizard.sandbox.server", "--folder", str(cloud.folder)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "another sandbox cloud already serves" in done.stderr


def test_state_port_and_trust_survive_a_restart(folder):
    control.start(folder, 600)
    before = control.environment(folder)
    with http_client(before) as http:
        token = entra_token(http, before, "https://management.azure.com")
    control.stop(folder)
    assert not control.status(folder).running
    control.start(folder, 600)
    assert control.environment(folder) == before
    with http_client(before) as http:
        url = "https://management.azure.com/subscriptions?api-version=2022-12-01"
        found = http.get(url, headers={"Authorization": f"Bearer {token}"}).json()["value"]
    assert [s["subscriptionId"] for s in found] == [before["AZURE_SUBSCRIPTION_ID"]]


def test_a_killed_daemon_is_seen_as_not_running_and_starts_again(folder):
    control.start(folder, 600)
    os.kill(control.status(folder).pid, 9)
    eventually(lambda: not control.status(folder).running)
    with pytest.raises(control.SandboxError, match="not running"):
        control.environment(folder)
    assert control.start(folder, 600)


def test_a_cloud_whose_folder_is_deleted_ends(folder):
    control.start(folder)
    daemon = psutil.Process(control.status(folder).pid)
    shutil.rmtree(folder)
    eventually(lambda: not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE)


def test_a_start_that_fails_says_why(tmp_path):
    (tmp_path / "state.sqlite").write_text("this is no database, and long enough to be taken for one" * 9)
    with pytest.raises(control.SandboxError, match="file is not a database"):
        control.start(tmp_path, 600)


def test_a_speed_of_nothing_is_refused(tmp_path):
    with pytest.raises(control.SandboxError, match="more than 0"):
        control.start(tmp_path, 0)


def test_reset_deletes_the_sandbox_and_nothing_else(folder, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    control.start(folder, 600)
    first = control.environment(folder)["AZURE_TENANT_ID"]
    (folder / "link").symlink_to(tmp_path)
    assert control.reset(folder)
    assert {entry.suffix for entry in folder.iterdir()} <= {".lock"}
    assert precious.read_text() == "keep me"
    control.start(folder, 600)
    assert control.environment(folder)["AZURE_TENANT_ID"] != first


def test_reset_refuses_a_folder_that_is_no_sandbox(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(control.SandboxError, match="nothing was deleted"):
        control.reset(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_the_environment_is_complete_and_private(cloud):
    assert set(cloud.environment) == VARIABLES
    assert cloud.folder.stat().st_mode & 0o077 == 0
    for name in ("identity.json", "sandbox.json", "state.sqlite", "ca/ca.key", "entra/signing.pem", "traffic.jsonl"):
        file = cloud.folder / name
        assert not file.exists() or file.stat().st_mode & 0o077 == 0, name
    assert (cloud.folder / "ca/ca.key").exists()


def test_the_command_prints_exports_that_a_shell_reads(cloud):
    printed = command("env", "--folder", cloud.folder).stdout
    script = f"{printed}\nenv -0"
    raw = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout.decode()
    in_shell = dict(entry.split("=", 1) for entry in raw.split("\0") if entry)
    assert {name: in_shell[name] for name in VARIABLES} == cloud.environment
    assert all(line.startswith("export ") and len(shlex.split(line)) == 2 for line in printed.splitlines())
    assert json.loads(command("env", "--folder", cloud.folder, "--json").stdout) == cloud.environment


def test_the_command_says_whether_it_runs(cloud, tmp_path):
    assert json.loads(command("status", "--folder", cloud.folder, "--json").stdout)["running"] is True
    assert json.loads(command("status", "--folder", tmp_path / "none", "--json").stdout)["running"] is False
    gone = command("env", "--folder", tmp_path / "none")
    assert gone.returncode == 1
    assert "mlops-wizard sandbox start" in gone.stderr


def test_every_answer_says_that_it_is_the_sandbox(inside):
    answer = requests.get(METADATA, timeout=10)
    assert answer.headers["x-mlops-sandbox"] == "1"
    assert answer.json()[0]["resourceManager"] == "https://management.azure.com/"
    refused = requests.get("https://management.azure.com/nothing/here?api-version=2020-01-01", timeout=10)
    assert refused.headers["x-mlops-sandbox"] == "1"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/simple",
        "https://nosuchaccount77.blob.core.windows.net/",
        "https://adb-1.1.azuredatabricks.net/",
    ],
)
def test_hosts_the_cloud_does_not_have_are_refused(inside, url):
    with pytest.raises(requests.exceptions.ProxyError, match="The sandbox cloud has no host"):
        requests.get(url, timeout=10)


def test_other_ports_and_plain_http_are_refused(inside):
    with pytest.raises(requests.exceptions.ProxyError, match="port 443 only"):
        requests.get("https://management.azure.com:8443/", timeout=10)
    plain = requests.get("http://management.azure.com/", timeout=10)
    assert plain.status_code == 403
    assert "https:// only" in plain.text


def test_it_listens_on_loopback_only(cloud):
    daemon = psutil.Process(control.status(cloud.folder).pid)
    listening = [c.laddr for c in daemon.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert control.status(cloud.folder).port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_a_host_header_cannot_reach_another_name(cloud):
    with http_client(cloud.environment) as http:
        answer = http.get(METADATA, headers={"Host": "example.org"})
    assert answer.status_code == 421


class TestTraffic:
    """The log of every exchange."""

    def exchange(self, cloud, marker):
        return eventually(lambda: next((e for e in control.traffic(cloud.folder) if marker in json.dumps(e)), None))

    def test_it_has_what_the_contract_check_reads(self, cloud):
        with http_client(cloud.environment) as http:
            http.get(METADATA + "&marker=first-one")
        found = self.exchange(cloud, "marker=first-one")
        assert set(found) == {
            "method", "url", "request_headers", "request_body", "status", "response_headers", "response_body",
        }  # fmt: skip
        assert found["response_body"][0]["name"] == "AzureCloud"

    def test_it_keeps_no_secret(self, cloud):
        environment = cloud.environment
        with http_client(environment) as http:
            token = entra_token(http, environment, "https://management.azure.com")
            http.headers.update(
                {
                    "Authorization": f"Bearer {token}",
                    "Cookie": "session=biscuit",
                    "X-Databricks-Azure-SP-Management-Token": token,
                }
            )
            http.get(METADATA + "&sig=s%2Fgnature&marker=secret-one&client_secret=hidden")
        found = self.exchange(cloud, "marker=secret-one")
        assert found["request_headers"]["authorization"] == "Bearer REDACTED"
        text = (cloud.folder / "traffic.jsonl").read_text()
        for secret in (token, environment["AZURE_CLIENT_SECRET"], "biscuit", "s%2Fgnature", "hidden"):
            assert secret not in text
            assert httpx.QueryParams({"x": secret})["x"] not in text
