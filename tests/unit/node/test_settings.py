"""Settings survive a round trip through node.toml, and a wrong file is refused with the place."""

from __future__ import annotations

import os
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latticework.kernel.errors import InvalidConfig, InvalidFile
from latticework.node.settings import (
    LedgerSettings,
    LinkSettings,
    NodeSettings,
    WebSettings,
    load_settings,
    write_settings,
)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
PORT = st.integers(1, 65_535)
VALUE = st.one_of(TEXT, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.booleans())
SETTINGS = st.builds(
    NodeSettings,
    web=st.builds(WebSettings, host=TEXT, port=PORT),
    links=st.builds(LinkSettings, listen_host=TEXT, advertise_host=TEXT, first_port=PORT),
    ledger=st.builds(LedgerSettings, epoch_ms=st.integers(10, 10**9), columns=st.sampled_from((2, 16, 4096)),
                     slots=st.sampled_from((1, 64))),
    policy=TEXT, notice=TEXT, rooms=st.none() | st.lists(TEXT, max_size=3).map(tuple),
    room=st.dictionaries(TEXT, st.dictionaries(TEXT, VALUE, max_size=3), max_size=3),
)


@given(settings=SETTINGS)
def test_settings_survive_a_round_trip(settings, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    write_settings(home, settings)
    # tomllib is the standard library's reader of TOML 1.0: what we write is TOML and not only what we read.
    tomllib.loads((home / "node.toml").read_text(encoding="utf-8"))
    assert load_settings(home) == settings


def test_a_missing_file_means_the_defaults(tmp_path):
    assert load_settings(tmp_path) == NodeSettings()
    assert load_settings(tmp_path / "nowhere") == NodeSettings()


@pytest.mark.parametrize(("raw", "words"), [
    (b"[web\nport = 1", "not valid TOML"),
    (b"\xff\xfe", "not valid TOML"),
    (b"policy = 1\npolicy = 2", "not valid TOML"),
    (b"a = " + b"[" * 100_000, "not valid TOML"),
    (b"[web]\nprot = 1", "`prot` - at `$.web`"),
    (b"[web]\nport = 0", "`$.web.port`"),
    (b"[web]\nport = 65536", "`$.web.port`"),
    (b"[links]\nfirst_port = -1", "`$.links.first_port`"),
    (b"[web]\nport = '8600'", "`$.web.port`"),
    (b"rooms = 'picture'", "`$.rooms`"),
    (b"[ledger]\nepoch_ms = 1.5", "`$.ledger.epoch_ms`"),
    (b"[room.picture]\nlist = [1]", "`$.room[...]"),
    (b"password = 'x'", "`password`"),
])
def test_a_wrong_file_is_refused_with_the_place(raw, words, tmp_path):
    (tmp_path / "node.toml").write_bytes(raw)
    with pytest.raises(InvalidConfig) as caught:
        load_settings(tmp_path)
    assert words in caught.value.message
    assert "node.toml" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_folder_in_its_place_is_refused(tmp_path):
    (tmp_path / "node.toml").mkdir()
    with pytest.raises(InvalidConfig, match="cannot be read"):
        load_settings(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path):
    write_settings(tmp_path, NodeSettings())
    (tmp_path / "node.toml").chmod(0)
    with pytest.raises(InvalidConfig, match="cannot be read"):
        load_settings(tmp_path)


def test_writing_into_nowhere_is_refused_and_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    with pytest.raises(InvalidFile, match="cannot be written"):
        write_settings(tmp_path / "nowhere", NodeSettings())
    write_settings(tmp_path, NodeSettings(notice="old"))

    def full(handle):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InvalidFile, match="No space left"):
        write_settings(tmp_path, NodeSettings(notice="new"))
    assert load_settings(tmp_path).notice == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["node.toml"]
