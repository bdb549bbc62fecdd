"""The commands to a running node, typed as a person types them, against a real server on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.unit.shell.nodes import Site

from latticework.shell.cli import run
from latticework.shell.commands import client as cli_client
from latticework.shell.commands.client import Client, error_of, put_table

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, Path]]:
    folder = tmp_path_factory.mktemp("online")
    site = Site(folder / "members")
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving = uvicorn.Server(uvicorn.Config(site.app, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
    home = folder / "home"
    (home / "run").mkdir(parents=True)
    (home / "run" / "address").write_text(url + "\n", encoding="utf-8")
    site.kept_tokens = {name: site.token(name) for name in ("duty", "second", "low", "audit")}  # type: ignore[attr-defined]
    thread.start()
    yield site, url, home
    serving.should_exit = True
    thread.join(20)


@pytest.fixture
def say(server: tuple[Site, str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    site, url, _home = server
    for name in ("LATTICEWORK_TOKEN", "LATTICEWORK_HOME", "LATTICEWORK_NODE", "LATTICEWORK_SECOND_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def typed(*words: str, name: str = "duty") -> tuple[int, str, str]:
        tokens: dict[str, str] = site.kept_tokens  # type: ignore[attr-defined]
        monkeypatch.setenv("LATTICEWORK_TOKEN", tokens[name])
        monkeypatch.setenv("LATTICEWORK_NODE", url)
        code = run((), list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


READS: list[tuple[str, ...]] = [
    ("status",), ("records", "list"), ("records", "search", "radar"), ("peers",), ("alarms",), ("arrangements", "list"),
    ("arrangements", "show", "alliance-1960"), ("approvals", "list"), ("ledger", "entries"), ("ledger", "check"),
    ("trust", "list"),
]


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_every_read_prints_words_and_json(say: Say, words: tuple[str, ...]) -> None:
    code, out, err = say(*words)
    assert (code, err) == (0, "")
    assert out.strip()
    code, out, err = say(*words, "--json")
    assert code == 0
    json.loads(out)


def test_a_record_is_published_found_explained_and_shared(say: Say) -> None:
    code, out, _ = say("records", "publish", "--topic", "air.notices", "--title", "Runway closed", "--text",
                       "Until noon.", "--classification", "restricted", "--release", "USA KOR", "--json")
    assert code == 0
    made = json.loads(out)
    assert made["marking"] == "RESTRICTED REL TO JPN, USA, KOR"
    short = made["id"][:10]
    assert "Until noon." in say("records", "show", short)[1]

    code, out, err = say("share", short, "--to", "KOR")
    assert code == 6
    assert out == ""
    assert err.startswith("Withheld from KOR: R-12 ")
    assert "What would change it: " in err
    code, out, _ = say("explain", short, "--to", "kor")
    assert code == 0
    assert "\n* R-12" in out
    code, out, _ = say("share", short, "--to", "USA", "--check")
    assert (code, "Nothing was released." in out) == (0, True)
    code, out, _ = say("share", short, "--to", "USA")
    assert (code, "Released in epoch" in out) == (0, True)
    entries = json.loads(say("ledger", "entries", "--to", "USA", "--limit", "1", "--json")[1])["items"]
    assert entries[0]["record"] == made["id"]


def test_lists_page_by_cursor(say: Say) -> None:
    first = json.loads(say("records", "list", "--limit", "2", "--json")[1])
    assert len(first["items"]) == 2
    code, out, _ = say("records", "list", "--limit", "2", "--after", first["next"])
    assert code == 0
    assert first["items"][0]["id"][:12] not in out


def test_an_officer_sees_no_more_here_than_on_pages(say: Say) -> None:
    code, out, _ = say("records", "search", "radar", name="low")
    assert (code, out.strip()) == (0, "No record that you may see has these words.")
    assert "Quiet planning" not in say("arrangements", "list")[1]
    assert "quiet" in say("arrangements", "list", "--discreet")[1]


def test_two_officers_decide(say: Say) -> None:
    code, out, _ = say("arrangements", "sign", "amendment-2", "--json")
    assert code == 0
    act = json.loads(out)["id"]
    assert act in say("approvals", "list")[1]
    code, _, err = say("approvals", "approve", act)
    assert code == 5
    assert "LW-1212" in err
    assert say("approvals", "approve", act, name="second")[0] == 0
    assert json.loads(say("arrangements", "show", "amendment-2", "--json")[1])["in_force"] is True


TERMS = ("arrangements", "propose", "--name", "sea-watch", "--with", "usa", "--topic", "maritime.awareness",
         "--ceiling", "restricted", "--days", "10", "--renew-days", "5", "--onward", "consent", "--flow", "jpn>usa")


def test_a_second_officer_at_the_console_approves_at_once(
    server: tuple[Site, str, Path], say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: dict[str, str] = server[0].kept_tokens  # type: ignore[attr-defined]
    code, _, err = say(*TERMS, "--second", tokens["duty"])
    assert (code, "LW-1212" in err, "still waits for a second officer" in err) == (5, True, True)
    code, _, err = say(*TERMS, "--second", "lw_no-such-token")
    assert (code, "LW-1210" in err) == (5, True)
    assert say("arrangements", "show", "sea-watch")[0] == 4
    monkeypatch.setenv("LATTICEWORK_SECOND_TOKEN", tokens["second"])
    code, out, _ = say(*TERMS)
    assert (code, out) == (0, "Approved: Propose sea-watch to JPN, USA.\n")
    made = json.loads(say("arrangements", "show", "sea-watch", "--json")[1])
    assert made["signed_by"] == ["JPN"]
    terms = made["arrangement"]
    assert (terms["parties"], terms["topics"], terms["ceiling"]) == (["JPN", "USA"], ["maritime.awareness"], 1)
    assert terms["valid_until_ms"] - terms["valid_from_ms"] == 10 * 86_400_000
    assert (terms["renew_every_ms"], terms["onward"]) == (5 * 86_400_000, "consent")
    assert terms["flows"] == [{"giver": "JPN", "taker": "USA"}]
    acts = json.loads(say("approvals", "list", "--all", "--json")[1])
    done = [a for a in acts if a["state"] == "approved" and "sea-watch" in a["summary"]]
    assert {(a["proposed_by"], a["decided_by"]) for a in done} == {("duty", "second")}


@pytest.mark.parametrize(("change", "lw"), [
    (("--name", ""), "LW-1004"), (("--ceiling", "cosmic"), "LW-1101"), (("--flow", "jpn-usa"), "LW-1004"),
    (("--policy", "NOWHERE"), "LW-1004"), (("--topic", "all"), "LW-1"), (("--with", "GBR"), "LW-1301"),
])
def test_terms_that_cannot_be_are_one_sentence(say: Say, change: tuple[str, str], lw: str) -> None:
    code, _, err = say(*TERMS, *change)
    assert code == 2
    assert lw in err
    assert "Traceback" not in err


def test_distributing_says_to_whom_it_goes_and_what_would_change_a_refusal(say: Say) -> None:
    code, out, _ = say("records", "publish", "--topic", "air.notices", "--title", "Runway open again",
                       "--classification", "restricted", "--release", "USA KOR", "--distribute")
    assert code == 0
    assert "\nReleased to USA: R-21 " in out
    assert "\nWithheld from KOR: R-12 " in out
    assert "\n  What would change it: " in out
    record = out.split()[0]
    code, out, _ = say("records", "recall", record[:8], "--reason", "It is closed after all.", "--hours", "1")
    assert (code, " asks USA to answer by " in out) == (0, True)
    code, _, err = say("records", "recall", record, "--reason", " ")
    assert (code, "LW-1402" in err) == (2, True)
    assert "Recalled by JPN: It is closed after all." in say("records", "show", record)[1]


def test_what_nobody_recalled_is_not_answered(say: Say) -> None:
    code, out, _ = say("records", "publish", "--topic", "air.notices", "--title", "Nothing of note")
    code, _, err = say("records", "answer", out.split()[0], "--done")
    assert (code, err) == (2, "nobody recalled this record. (LW-1402)\n")


@pytest.mark.parametrize(("words", "code", "lw"), [
    (("records", "show", "zzz"), 2, "LW-1001"), (("records", "show", "f" * 64), 4, "LW-1003"),
    (("records", "show", "ffffffff"), 4, "LW-1003"), (("officers", "list"), 5, "LW-1211"),
    (("explain", "f" * 64, "--to", "USA"), 4, "LW-1003"), (("arrangements", "show", "nothing"), 4, "LW-1003"),
    (("records", "publish", "--topic", "all", "--title", "x"), 2, "LW-1001"),
    (("records", "publish", "--topic", "air", "--title", "x", "--classification", "cosmic"), 2, "LW-1101"),
    (("records", "publish", "--topic", "air", "--title", ""), 2, "LW-1402"),
    (("trust", "add", "/no/such/file", "--fingerprint", "x"), 2, "LW-1005"),
])
def test_each_failure_is_one_sentence_with_its_exit_code(
    say: Say, words: tuple[str, ...], code: int, lw: str
) -> None:
    got, out, err = say(*words)
    assert got == code, err
    assert out == ""
    assert lw in err
    assert err.count("\n") == 1


def test_the_home_leads_to_the_node(server: tuple[Site, str, Path], say: Say, monkeypatch: pytest.MonkeyPatch,
                                    capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    site, _url, home = server
    monkeypatch.setenv("LATTICEWORK_TOKEN", site.kept_tokens["duty"])  # type: ignore[attr-defined]
    assert run((), ["status", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("JPN ")
    for words in ("Needs your answer", "What changed", "4 of 4 partners whose node answers directly", "records"):
        assert words in " ".join(said.split())
    assert run((), ["status", "--home", str(tmp_path)]) == 2
    assert "holds no address of a running node" in capsys.readouterr().err
    assert run((), ["status"]) == 2
    assert "which node?" in capsys.readouterr().err
    monkeypatch.delenv("LATTICEWORK_TOKEN")
    assert run((), ["status", "--home", str(home)]) == 5
    assert "no API token" in capsys.readouterr().err


def test_a_node_that_does_not_answer_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert run((), ["status", "--node", f"http://127.0.0.1:{port}", "--token", "x"]) == 9
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"code": 1}', b'{"message": "x"}'])
def test_an_answer_of_something_else_is_no_traceback(content: bytes) -> None:
    assert error_of(502, content).code == "LW-1000"


def test_the_token_goes_to_the_node_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    made: Any = Client("http://127.0.0.1:8600", "secret")._client
    assert made._trust_env is False
    assert not made._mounts


def test_columns_line_up_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    put_table(("a", "b"), [("日本", 1), ("x", None)], empty="nothing")
    assert capsys.readouterr().out.splitlines() == ["A     B", "日本  1", "x     -"]
    put_table(("a",), [], empty="nothing")
    assert capsys.readouterr().out == "nothing\n"


def test_waiting_is_told_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with cli_client.working("GET /x"):
        pass
    assert capsys.readouterr().err == ""
