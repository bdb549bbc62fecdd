from __future__ import annotations

import os
import stat

import pytest

from latticework.kernel.errors import InvalidFile
from latticework.kernel.identity import files
from latticework.kernel.identity.files import MAX_FILE_BYTES, read_whole, write_whole


def test_a_file_is_written_whole_with_its_mode(tmp_path):
    path = tmp_path / "secret"
    old_mask = os.umask(0)
    try:
        write_whole(path, b"one")
        write_whole(path, b"two")
        write_whole(tmp_path / "public", b"three", mode=0o644)
    finally:
        os.umask(old_mask)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "public").stat().st_mode) == 0o644
    assert sorted(p.name for p in tmp_path.iterdir()) == ["public", "secret"]


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    write_whole(path, b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InvalidFile, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_a_folder_that_is_missing_is_one_sentence(tmp_path):
    with pytest.raises(InvalidFile, match=r"secret cannot be written: No such file"):
        write_whole(tmp_path / "gone" / "secret", b"x")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777])
def test_a_secret_that_others_may_open_is_refused(tmp_path, mode):
    path = tmp_path / "secret"
    write_whole(path, b"x")
    path.chmod(mode)
    with pytest.raises(InvalidFile, match=f"mode {mode:04o}.*chmod 600") as refused:
        read_whole(path, secret=True)
    assert refused.value.code == "LW-1005"
    assert read_whole(path, secret=False) == b"x"


def test_what_is_no_plain_file_is_refused(tmp_path):
    with pytest.raises(InvalidFile, match="missing"):
        read_whole(tmp_path / "nothing", secret=True)
    with pytest.raises(InvalidFile, match="cannot be read"):
        read_whole(tmp_path, secret=False)
    with pytest.raises(InvalidFile, match="not a plain file"):
        read_whole(type(tmp_path)("/dev/null"), secret=False)


def test_a_file_over_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(InvalidFile, match="the limit is"):
        read_whole(path, secret=False)


def test_a_link_to_a_secret_elsewhere_is_judged_by_what_it_points_to(tmp_path):
    path = tmp_path / "stick"
    write_whole(path, b"key")
    (tmp_path / "root.key").symlink_to(path)
    assert read_whole(tmp_path / "root.key", secret=True) == b"key"
    path.chmod(0o644)
    with pytest.raises(InvalidFile, match="chmod 600"):
        read_whole(tmp_path / "root.key", secret=True)
