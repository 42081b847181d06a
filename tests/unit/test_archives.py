"""Uploaded archives: files and folders come out, and nothing gets out of the folder."""

import io
import tarfile

import pytest

from wizard.sandbox.machine_learning.archives import ArchiveError, unpack


def packed(file, *members):
    """An archive of (name, kind, link) members, each file holding its name."""
    with tarfile.open(file, "w:gz") as archive:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = kind, link, 0o4777
            member.size = len(name) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(name.encode()))
    return file


def test_files_and_folders_come_out_without_the_rights_that_the_archive_names(tmp_path):
    file = packed(tmp_path / "a.tar.gz", ("model", tarfile.DIRTYPE, ""), ("model/MLmodel", tarfile.REGTYPE, ""))
    unpack(file, tmp_path / "app")
    found = tmp_path / "app" / "model" / "MLmodel"
    assert found.read_text() == "model/MLmodel"
    assert not found.stat().st_mode & 0o4111


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (("../out", tarfile.REGTYPE, ""), "outside"),
        (("/tmp/out", tarfile.REGTYPE, ""), "outside"),
        (("model/../../out", tarfile.REGTYPE, ""), "outside"),
        (("link", tarfile.SYMTYPE, "/etc"), "neither a file nor a folder"),
        (("link", tarfile.LNKTYPE, "../out"), "neither a file nor a folder"),
        (("pipe", tarfile.FIFOTYPE, ""), "neither a file nor a folder"),
    ],
)
def test_what_would_get_out_is_refused(tmp_path, member, says):
    file = packed(tmp_path / "a.tar.gz", member)
    with pytest.raises(ArchiveError, match=says):
        unpack(file, tmp_path / "app")
    assert {each.name for each in tmp_path.rglob("*")} <= {"a.tar.gz", "app"}


@pytest.mark.parametrize("cut", [0, 10, 60])
def test_what_is_no_archive_or_half_of_one_is_refused(tmp_path, cut):
    file = packed(tmp_path / "a.tar.gz", ("model/MLmodel", tarfile.REGTYPE, ""))
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ArchiveError):
        unpack(file, tmp_path / "app")
