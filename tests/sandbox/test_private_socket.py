"""The sockets of the sandbox's own servers leave nothing behind, whatever ended the sandbox."""

import socket

from wizard.sandbox.private_socket import PrivateSocket


def test_it_takes_connections_before_there_is_a_server_and_goes_with_its_folder(tmp_path):
    made = PrivateSocket(tmp_path, "service")
    with socket.socket(socket.AF_UNIX) as early:
        early.connect(str(made.path))
    assert made.folder.stat().st_mode & 0o077 == 0
    made.remove()
    assert not made.folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_next_start_removes_what_a_crash_left(tmp_path):
    crashed = PrivateSocket(tmp_path, "service")
    crashed.close()
    following = PrivateSocket(tmp_path, "service")
    assert not crashed.folder.exists()
    assert following.folder.is_dir()
    following.remove()
