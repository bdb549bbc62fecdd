"""What a person sees of the demonstration: the words while it runs, and the one JSON object at its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
import webbrowser
from pathlib import Path

import httpx
import msgspec

from latticework.kernel.errors import LatticeworkError
from latticework.node.demo.run import Federation, Outcome, Say
from latticework.reference import federation


def show(
    *, once: bool, seconds: float, as_json: bool, home: Path | None, first_port: int, source: str, cache: Path | None,
    browser: bool,
) -> int:
    """Run the demonstration and return the exit code."""
    # A room is imported only where its part of the show begins: the house must stand without it.
    from latticework.picture.recording import default_cache

    def say(text: str) -> None:
        print(text, file=sys.stderr if as_json else sys.stdout, flush=True)

    cache = cache or default_cache()
    _fetch_recording(source, cache, say)
    with tempfile.TemporaryDirectory(prefix="latticework-demo-") as temporary:
        folder = home or Path(temporary) / "homes"
        nodes = Federation(folder, first_port=first_port, source=source, cache=cache, say=say)
        # Whoever ends this process ends the five that it started: SIGTERM unwinds like Ctrl+C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            nodes.start()
            return asyncio.run(_course(nodes, once=once, seconds=seconds, as_json=as_json, browser=browser, say=say))
        finally:
            nodes.stop()


def _fetch_recording(source: str, cache: Path, say: Say) -> None:
    from latticework.picture.recording import ARRAY, load

    if source not in {"auto", "recorded"}:
        return
    try:
        if not (cache / ARRAY).exists():
            say("Fetching the recorded traffic once (28 MB), pinned by hash …")
        load(cache)
    except LatticeworkError as error:
        if source == "recorded":
            raise
        say(f"{error.message} Synthetic traffic takes its place, and the map says so.")


async def _course(nodes: Federation, *, once: bool, seconds: float, as_json: bool, browser: bool, say: Say) -> int:
    async with httpx.AsyncClient(timeout=30) as http:
        clients = await nodes.bring_up(http)
        if not once:
            _invite(nodes, say, browser=browser)
            await _until_stopped(nodes)
            return 0
        say(f"Tracks flow for {seconds:g} s …")
        await asyncio.sleep(seconds)
        outcome = await nodes.assess(clients)
    print(msgspec.json.encode(as_object(outcome)).decode() if as_json else _words(outcome), flush=True)
    for failure in outcome.failures:
        print(failure, file=sys.stderr)
    return 0 if kept(outcome) else 1


def kept(outcome: Outcome) -> bool:
    """Say whether every invariant held."""
    return not outcome.failures and outcome.ledgers_verified == len(outcome.members) and (
        outcome.links_direct == outcome.links_expected)


def as_object(outcome: Outcome) -> dict[str, object]:
    """Return the JSON object that ``--json`` prints."""
    from latticework.picture.service import percentile

    f, t = outcome.finding, outcome.tracks
    return {
        "members": list(outcome.members),
        "records": {"published": f.published, "released": f.released, "withheld": f.withheld,
                    "delivered": f.delivered, "leaked": len(f.leaked)},
        "tracks": {"released": t.released, "delivered": t.delivered,
                   "latency_ms": {"p50": percentile(t.latency_ms, 0.5), "p99": percentile(t.latency_ms, 0.99)}},
        "links": {"direct": outcome.links_direct, "relayed": f.relayed},
        "ledgers_verified": outcome.ledgers_verified,
    }


def _words(outcome: Outcome) -> str:
    from latticework.picture.service import percentile

    f, t = outcome.finding, outcome.tracks
    p50, p99 = percentile(t.latency_ms, 0.5), percentile(t.latency_ms, 0.99)
    late = f"median {p50:g} ms, 99th percentile {p99:g} ms" if p50 is not None and p99 is not None else "none arrived"
    return (
        f"{len(outcome.members)} members, {outcome.links_direct} of {outcome.links_expected} links direct\n"
        f"records: {f.published} published; of their possible takers {f.released} released, {f.withheld} withheld; "
        f"{f.delivered} delivered, {len(f.leaked)} leaked, {f.relayed} relayed\n"
        f"tracks: {t.released} rows released, {t.delivered} delivered, latency {late}\n"
        f"ledgers: {outcome.ledgers_verified} of {len(outcome.members)} verified"
    )


def _invite(nodes: Federation, say: Say, *, browser: bool) -> None:
    say("\nFive sovereign nodes are up. Sign in at any of them:")
    for one, profile in zip(nodes.made, federation.members(), strict=True):
        names = ", ".join(known.officer.name for known in federation.officers(one.member))
        say(f"  {one.member}  {profile.title:<14} {one.url}   {names}")
    say(f"Password of every (invented) officer: {federation.officers(nodes.made[0].member)[0].password}")
    say("Stop with Ctrl+C; everything is made anew next time.")
    if browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(f"{nodes.made[1].url}/map")


async def _until_stopped(nodes: Federation) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)
        for one in nodes.dead():
            raise LatticeworkError(f"the node of {one.member} ended; its log is {one.home.name}/node.log.")
