"""The sandbox's own certificate authority: private, for some weeks, made anew in time, and good for its names alone."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from wizard.sandbox.authority import LEAST, LIFETIME, ends, is_good_for_long, new_authority
from wizard.sandbox.certificates import CertificateAuthority


def test_it_is_good_for_weeks_and_in_its_own_folder_alone(tmp_path):
    folder = tmp_path / "ca"
    CertificateAuthority(folder)
    assert ends((folder / "ca.pem").read_bytes()) - datetime.now(UTC) <= LIFETIME
    assert {file.name for file in tmp_path.rglob("*")} == {"ca", "ca.pem", "ca.key", "bundle.pem"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "kept"),
    [(0 * HOUR, True), (LIFETIME - LEAST - HOUR, True), (LIFETIME - LEAST + HOUR, False), (-9000 * HOUR, False)],
)
def test_a_start_keeps_it_until_it_ends_soon(tmp_path, age, kept):
    folder = tmp_path / "ca"
    CertificateAuthority(folder)
    certificate, key = new_authority(datetime.now(UTC) - age)
    (folder / "ca.pem").write_bytes(certificate)
    (folder / "ca.key").write_bytes(key)
    CertificateAuthority(folder)
    now = (folder / "ca.pem").read_bytes()
    assert (now == certificate) is kept
    assert is_good_for_long(now)
    assert now in (folder / "bundle.pem").read_bytes()


@pytest.mark.parametrize(("asked", "trusted"), [("management.azure.com", True), ("example.org", False)])
def test_a_client_that_trusts_it_gets_the_names_of_the_cloud_and_no_other(tmp_path, asked, trusted):
    authority = CertificateAuthority(tmp_path / "ca")
    context = authority.server_context(lambda name: name == "management.azure.com", lambda: False)
    here, there = socket.socketpair()

    def serve():
        try:
            context.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    serving = threading.Thread(target=serve)
    serving.start()
    client = ssl.create_default_context(cafile=authority.bundle)
    try:
        with client.wrap_socket(here, server_hostname=asked) as tunnel:
            held = tunnel.getpeercert()
        assert trusted
        assert ssl.cert_time_to_seconds(held["notAfter"]) <= (datetime.now(UTC) + LIFETIME).timestamp()
    except ssl.SSLError:
        assert not trusted
    finally:
        serving.join()
