"""The gate's speed: ours (interned, packed, declared) beside cedarpy and casbin, on the same questions.

A question is one track for one peer. Every implementation answers the same sample first, and all must agree before
anything is timed. What the peers need beforehand (parsed policies, parsed entities, prepared requests) is not timed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from random import Random

import casbin
import cedarpy
import numpy as np
from tests.oracles.cedar import CedarGate

from benchmarks.harness import Bench
from latticework.kernel.ids import MemberId, RecordId, Topic
from latticework.kernel.labels import Label, Release
from latticework.kernel.policy import Arrangement, LevelMap, Onward, Peer, PolicyState, Purpose, Standing, decide
from latticework.kernel.policy.compiled import CompiledPolicy
from latticework.kernel.policy.packing import LabelColumns

OWN, TOPIC, NOW, DAY = MemberId("JPN"), Topic("air.tracks"), 1_000, 86_400_000
PEERS = tuple(map(MemberId, ("AUS", "KOR", "PHL", "TWN", "USA")))
CAVEATS = ("Special/BLUE", "Special/RED")


def invented_state() -> PolicyState:
    """Return a state of six members and seven arrangements; every one of them is invented."""
    rows: list[tuple[str, str, int, Onward, bool, str]] = [
        ("two", "JPN USA", 3, Onward.CONSENT, False, "air"),
        ("three", "JPN KOR USA", 2, Onward.NEVER, False, "air.tracks"),
        ("south", "AUS JPN USA", 2, Onward.FREE, False, "air"), ("sea", "JPN PHL USA", 3, Onward.NEVER, False, "sea"),
        ("quiet", "JPN TWN", 1, Onward.NEVER, True, "air"), ("four", "AUS JPN PHL USA", 1, Onward.FREE, False, "air"),
        ("mapped", "JPN KOR", 1, Onward.NEVER, False, "air"),
    ]
    standings: list[Standing] = []
    for number, (name, parties, ceiling, onward, discreet, topic) in enumerate(rows):
        members = tuple(map(MemberId, parties.split()))
        mapped = name == "mapped"
        standings.append(Standing(
            record=RecordId(f"{number:064x}"), grants=tuple((m, 0, DAY) for m in members),
            arrangement=Arrangement(
                name=name, title=name, parties=members, topics=(Topic(topic),), ceiling=ceiling, onward=onward,
                exchange_policy="HOME" if mapped else "EXERCISE", valid_from_ms=0, valid_until_ms=DAY,
                renew_every_ms=DAY, discreet=discreet,
                levels=(LevelMap("EXERCISE", 0, "HOME", 0), LevelMap("EXERCISE", 1, "HOME", 1)) if mapped else (),
            )))
    return PolicyState(own=OWN, partners=PEERS, standings=tuple(standings))


def invented_labels(count: int) -> list[Label]:
    """Return different labels: all levels, one to six members in the release, one or two originators."""
    random, everyone = Random(4), (*PEERS, OWN)
    labels: dict[Label, None] = {}
    while len(labels) < count:
        labels[Label(
            policy="EXERCISE", classification=random.randint(0, 4),
            release=Release(members=frozenset(random.sample(everyone, random.randint(1, 6)))),
            restrictive=frozenset(random.sample(CAVEATS, random.choice((0, 0, 0, 1)))),
            originators=frozenset({OWN, *random.sample(everyone, random.choice((0, 1)))}),
        )] = None
    return list(labels)


CASBIN_MODEL = """
[request_definition]
r = peer, level, caveats, readers, originators
[policy_definition]
p = peer, levels, caveats, permitted
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.peer == p.peer && takes(p.levels, r.level) && within(r.caveats, p.caveats) && within(r.originators, p.permitted) \
&& among(r.peer, r.readers)
"""


def casbin_gate(state: PolicyState) -> casbin.Enforcer:
    """Return a casbin enforcer with one policy line for each arrangement in force and peer."""
    model = casbin.Model()
    model.load_model_from_text(CASBIN_MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_function("takes", lambda levels, level: str(level) in levels)
    enforcer.add_function("within", lambda some, permitted: permitted == "any" or all(x in permitted for x in some))
    enforcer.add_function("among", lambda one, several: one in several)
    for standing in state.standings:
        a = standing.arrangement
        if not a.covers(TOPIC):
            continue
        levels = {r.from_classification for r in a.levels if r.to_classification <= a.ceiling}
        levels = levels or set(range(a.ceiling + 1))
        for peer in a.parties:
            if peer != OWN:
                onward = a.parties if a.onward is Onward.FREE else ()
                enforcer.add_policy(peer, "".join(map(str, sorted(levels))), "none" if a.levels else "any",
                                    " ".join({OWN, peer, *onward}))
    return enforcer


def main(args: Sequence[str] | None = None) -> int:
    bench = Bench("policy", args, title="The gate: decisions a second")
    state, purpose = invented_state(), Purpose.STREAM
    labels = invented_labels(100 if bench.quick else 300)
    tracks = 200_000 if bench.quick else 1_000_000
    sample = 200 if bench.quick else 1_000

    start = time.perf_counter()
    policy = CompiledPolicy(state, TOPIC, purpose, NOW, labels=labels)
    compile_ms = (time.perf_counter() - start) * 1000
    chosen = np.random.default_rng(4).integers(0, len(labels), tracks)
    index = np.array([policy.intern(x) for x in labels], np.uint16)[chosen]
    packed = policy.packing.pack(labels)
    columns = LabelColumns(packed.level[chosen], packed.release[chosen], packed.caveats[chosen],
                           packed.originators[chosen], packed.expires_ms[chosen])

    random = Random(7)
    questions = [(random.choice(labels), TOPIC, Peer(random.choice(PEERS)), purpose, NOW) for _ in range(sample)]
    cedar = CedarGate(state, (*PEERS, OWN), CAVEATS)
    requests, raw = cedar.requests(questions)
    entities = cedarpy.Entities.from_json_str(json.dumps(raw))
    enforcer = casbin_gate(state)
    lines = [(s.member, x.classification, sorted(x.restrictive), sorted(x.release.members if x.release else ()),
              sorted(x.originators)) for x, _, s, _, _ in questions]

    declared = [decide(x, TOPIC, state, s, purpose, NOW).allowed for x, _, s, _, _ in questions]
    bits = policy.decide_rows(np.array([policy.intern(x) for x, *_ in questions], np.uint16))
    compiled = [bool(b & policy.mask_of(s.member)) for b, (_, _, s, _, _) in zip(bits, questions, strict=True)]
    asked = cedarpy.is_authorized_batch(requests, cedar.policies, entities)
    enforced = [enforcer.enforce(*line) for line in lines]
    if not declared == compiled == [a.allowed for a in asked] == enforced:
        raise SystemExit("the implementations disagree; nothing was timed")
    if not np.array_equal(policy.decide_rows(index), policy.decide_columns(columns)):
        raise SystemExit("interned and packed decisions disagree; nothing was timed")

    count, unit = tracks * len(PEERS), "decisions"
    ours = bench.time("ours, interned labels", lambda: policy.decide_rows(index), count=count, unit=unit, runs=9)
    packed_rate = bench.time("ours, packed label columns", lambda: policy.decide_columns(columns), count=count,
                             unit=unit, runs=9)
    bench.time("ours, declared: decide() one by one",
               lambda: [decide(*q[:2], state, *q[2:]) for q in questions], count=sample, unit=unit)
    bench.peer("cedarpy, parsed policies and entities, batch", "cedarpy",
               lambda: cedarpy.is_authorized_batch(requests, cedar.policies, entities), count=sample, unit=unit)
    bench.peer("casbin, one matcher with functions", "casbin",
               lambda: [enforcer.enforce(*line) for line in lines], count=sample, unit=unit)
    bench.target("track decisions a second, interned labels", ours, at_least=20e6)
    bench.target("track decisions a second, packed label columns", packed_rate, at_least=20e6)
    return bench.result({
        "members": len(PEERS) + 1, "arrangements": len(state.standings), "labels": len(labels), "tracks": tracks,
        "allowed_share": round(sum(declared) / sample, 3), "compile_ms": round(compile_ms, 2),
        "agreeing_questions": sample, "tracks_per_s_interned": round(ours / len(PEERS)),
        "tracks_per_s_packed": round(packed_rate / len(PEERS)),
    })


if __name__ == "__main__":
    sys.exit(main())
