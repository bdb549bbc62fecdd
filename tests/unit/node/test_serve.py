"""What the pages know of a node's settings."""

from __future__ import annotations

from latticework.kernel.clock import SystemClock, SystemEntropy
from latticework.kernel.identity import init_member
from latticework.kernel.ids import MemberId
from latticework.node.compose import compose
from latticework.node.serve import shell_settings
from latticework.node.settings import NodeSettings, WebSettings, write_settings


def test_the_pages_follow_the_nodes_settings(tmp_path):
    home = tmp_path / "NZL"
    init_member(MemberId("NZL"), home, SystemClock(), SystemEntropy(), title="New Zealand")
    write_settings(home, NodeSettings(rooms=(), notice="Invented", web=WebSettings(
        hosts=("node.example",), secure_cookies=True, zone="Pacific/Chatham", language="ja")))
    composed = compose(home)
    try:
        found = shell_settings(composed)
    finally:
        composed.kernel.close()
    assert (found.name, found.notice, found.zone, found.language) == (
        "New Zealand", "Invented", "Pacific/Chatham", "ja")
    assert found.secure_cookies
    assert {"node.example", "127.0.0.1", "localhost"} <= set(found.hosts)
