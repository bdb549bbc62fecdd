from __future__ import annotations

import json
import time

import pytest
import zenoh
from msgspec.structs import replace
from tests.integration.transport.authority import Authority, link

from latticework.kernel.codec import MAX_MESSAGE_BYTES
from latticework.kernel.errors import InvalidConfig
from latticework.kernel.transport import Lane, dials
from latticework.kernel.transport.wiring import check_link, key, split_address, verifies_name, zenoh_config

JPN, USA = Authority("JPN"), Authority("USA")


def test_the_lower_trigraph_dials_and_no_pair_dials_twice():
    members = ["AUS", "JPN", "KOR", "PHL", "USA"]
    assert all(dials(a, b) != dials(b, a) for a in members for b in members if a != b)
    assert dials("AUS", "USA")


def test_lanes_have_exact_keys_of_their_own():
    keys = {key(a, b, lane) for a, b in (("JPN", "USA"), ("USA", "JPN")) for lane in Lane}
    assert keys == {"lw/JPN/USA/durable", "lw/JPN/USA/live", "lw/USA/JPN/durable", "lw/USA/JPN/live"}


@pytest.mark.parametrize(("text", "parts"), [
    ("192.0.2.7:7447", ("192.0.2.7", 7447)), ("node.usa.latticework.internal:1", ("node.usa.latticework.internal", 1)),
    ("[2001:db8::1]:7447", ("[2001:db8::1]", 7447)),
])
def test_addresses_are_read(text, parts):
    assert split_address(text) == parts


@pytest.mark.parametrize("text", [
    "", "host", "host:", ":7447", "host:0", "host:65536", "host:-1", "host:7447x", "a/b:1", "a#verify=false:1",
    "a;b=c:1", "a?b:1", "a b:1",
])
def test_addresses_that_would_smuggle_settings_or_are_none_are_refused(text):
    with pytest.raises(InvalidConfig):
        split_address(text)


def test_the_link_expires_with_the_first_certificate_of_its_chain():
    now = time.time_ns() // 1_000_000
    wiring = check_link("JPN", link(JPN, USA, 7447, node=JPN.node(seconds=600)), now)
    assert abs(wiring.expires_ms - now - 600_000) < 60_000


def test_tls_itself_compares_the_name_where_the_name_is_dialed():
    dialed = link(JPN, USA, 7447)
    assert not verifies_name(dialed)
    assert verifies_name(replace(dialed, dial="Node.USA.latticework.internal:7447"))
    assert not verifies_name(link(USA, JPN, 7447))


@pytest.mark.parametrize(("own", "partner"), [(JPN, USA), (USA, JPN)])
def test_a_session_knows_one_partner_and_denies_the_rest(own, partner):
    wanted = link(own, partner, 7447)
    text = zenoh_config(own.member, wanted)
    zenoh.Config.from_json5(text)  # Zenoh itself accepts it
    config = json.loads(text)
    access = config["access_control"]
    assert access["enabled"]
    assert access["default_permission"] == "deny"
    assert access["subjects"] == [{"id": "partner", "cert_common_names": [partner.name]}]
    ours = {f"lw/{own.member}/{partner.member}/{lane}" for lane in ("durable", "live")}
    theirs = {f"lw/{partner.member}/{own.member}/{lane}" for lane in ("durable", "live")}
    allowed = {(m, f, k) for r in access["rules"] for m in r["messages"] for f in r["flows"] for k in r["key_exprs"]}
    assert allowed == {("put", "egress", k) for k in ours} | {("put", "ingress", k) for k in theirs} | {
        ("declare_subscriber", "ingress", k) for k in ours} | {("declare_subscriber", "egress", k) for k in theirs}
    assert "*" not in json.dumps(access)
    endpoints = config["connect"]["endpoints"], config["listen"]["endpoints"]
    assert endpoints == ((["tls/127.0.0.1:7447"], []) if own is JPN else ([], ["tls/127.0.0.1:7447"]))
    assert not config["scouting"]["multicast"]["enabled"]
    assert not config["scouting"]["gossip"]["enabled"]
    assert not config["transport"]["shared_memory"]["enabled"]
    assert config["transport"]["link"]["protocols"] == ["tls"]
    tls = config["transport"]["link"]["tls"]
    assert tls["enable_mtls"]
    assert tls["close_link_on_expiration"]
    assert MAX_MESSAGE_BYTES < config["transport"]["link"]["rx"]["max_message_size"] < MAX_MESSAGE_BYTES + 65_536
    assert config["mode"] == "peer"
