"""A proof with z3 that the bitmask predicate of the compiled gate equals the declared rule, for all inputs.

The declared rule stands here once more as plain logic over sets (:func:`declared`). z3 shows that no label, no
arrangement, no consent and no time exist for which the very functions of ``compiled.py``, run on symbolic 64-bit words,
differ from it: six members (one of them unknown to the state), two arrangements and two constraints of the own law at
once, three policies, all classifications of a byte, three restrictions and one unknown. A second test evaluates the
same logic on concrete worlds and compares it with ``decide``, so that the logic that was proven against is the logic
that is declared.

Source: L. de Moura, N. Bjørner, "Z3: An Efficient SMT Solver", TACAS 2008.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import z3
from hypothesis import given, settings
from tests.oracles.worlds import CAVEATS, MEMBERS, OWN, PEERS, POLICIES, STRANGER, worlds

from latticework.kernel.policy import Onward, Peer, Purpose, decide
from latticework.kernel.policy.compiled import audience, blocked, permitted_originators, unfit, unheld
from latticework.kernel.policy.packing import ALL, OTHER
from latticework.kernel.policy.transfer import is_house_keeping

NEVER, CONSENT, FREE = range(3)
PEER, NODE = MEMBERS.index(PEERS[-1]), MEMBERS.index(OWN)
MEMBER_BITS = (*(1 << i for i in range(len(MEMBERS))), OTHER)
"""One bit a member; the last stands for whoever the state does not know."""


def declared(q) -> z3.BoolRef:
    """Return the declared rule of a transfer from `q.giver` to `q.taker` as logic over sets."""
    everybody = range(len(MEMBER_BITS))
    foreign = [z3.And(q.of[m], m not in (q.giver, q.taker)) for m in everybody]
    sole = z3.And(q.of[q.taker], *(z3.Not(q.of[m]) for m in everybody if m != q.taker))
    in_audience = z3.Or(q.everyone, z3.And(q.released, q.to[q.taker]), sole)

    def carries(a):
        same = q.policy == a.exchange
        level = z3.If(same, q.level, a.maps_to(q.policy, q.level))
        maps = z3.Or(same, z3.And(a.maps(q.policy, q.level), z3.Not(q.permissive), z3.Not(q.odd), *(
            z3.Implies(q.caveats[c], a.caveat_maps(q.policy, c)) for c in range(len(CAVEATS)))))
        quiet = z3.And(*(z3.Implies(foreign[m], a.party[m]) for m in everybody))
        never = z3.And(*(z3.Not(f) for f in foreign))
        consent = z3.And(*(z3.Implies(foreign[m], q.consent[m]) for m in everybody))
        free = z3.And(*(z3.Implies(foreign[m], z3.Or(q.consent[m], a.gives[m])) for m in everybody))
        onward = z3.If(a.onward == NEVER, never, z3.If(a.onward == CONSENT, consent, free))
        return z3.And(a.in_force, a.covers, a.gives[q.giver], maps, level <= a.ceiling, z3.Implies(a.discreet, quiet),
                      z3.Implies(q.relay, z3.Or(*q.of)), onward)

    def within(bounds, unnamed):
        return z3.And(bounds.concern, z3.If(bounds.names(q.policy), bounds.takes(q.policy, q.level), unnamed))

    def withholds(c):
        return z3.And(q.giver == NODE, within(c.bounds, True), *(z3.Not(within(u, False)) for u in c.unless))

    lawful = z3.And(*(z3.Not(withholds(c)) for c in q.constraints))
    return z3.And(z3.Not(q.expired), in_audience, lawful, z3.Or(*map(carries, q.arrangements)))


def word(bits):
    """Return the 64-bit word with each (condition, bit) set where its condition holds."""
    whole = z3.BitVecVal(0, 64)
    for condition, bit in bits:
        whole |= z3.If(condition, z3.BitVecVal(bit, 64), z3.BitVecVal(0, 64))
    return whole


def levels_in(bounds, q, unnamed):
    return z3.If(bounds.names(q.policy), bounds.takes(q.policy, q.level), unnamed)


def compiled(q, own: int, peer: int, permitted=permitted_originators, left=unheld) -> z3.BoolRef:
    """Return what the functions of ``compiled.py`` answer to the same question, packed as ``packing.py`` packs."""
    originators = word(zip(q.of, MEMBER_BITS, strict=True))
    named = word((z3.And(q.released, t), bit) for t, bit in zip(q.to[:-1], MEMBER_BITS, strict=False))
    release = z3.If(q.everyone, z3.BitVecVal(ALL, 64), named)
    pairs = [(p, c) for p in range(len(POLICIES)) for c in range(len(CAVEATS))]
    caveats = word(
        [(z3.And(q.policy == p, q.caveats[c]), 1 << i) for i, (p, c) in enumerate(pairs)]
        + [(z3.And(q.policy == p, z3.Or(q.odd, q.permissive)), 1 << len(pairs) + p) for p in range(len(POLICIES))]
        + [(z3.And(q.policy == len(POLICIES), z3.Or(q.odd, q.permissive, *q.caveats)), OTHER)]
    )
    readers = audience(release, originators, z3.If)
    rows = []
    levels = [
        z3.And(q.policy < len(POLICIES), z3.If(
            q.policy == a.exchange, q.level <= a.ceiling,
            z3.And(a.maps(q.policy, q.level), a.maps_to(q.policy, q.level) <= a.ceiling)))
        for a in q.arrangements
    ]
    # Arrangements that are not in force or do not cover the topic are left out when the policy is compiled.
    refused = word(
        (z3.Not(z3.And(level, a.in_force, a.covers)), 1 << i)
        for i, (a, level) in enumerate(zip(q.arrangements, levels, strict=True))
    )
    for i, a in enumerate(q.arrangements):
        good_caveats = word(
            [(z3.Or(a.exchange == p, a.caveat_maps(p, c)), 1 << n) for n, (p, c) in enumerate(pairs)]
            + [(a.exchange == p, 1 << len(pairs) + p) for p in range(len(POLICIES))]
        )
        parties, givers, consents = (word(zip(x, MEMBER_BITS, strict=True)) for x in (a.party, a.gives, q.consent))
        never, free, discreet = (word([(x, ALL)]) for x in (a.onward == NEVER, a.onward == FREE, a.discreet))
        good = permitted(
            own=MEMBER_BITS[own], peer=MEMBER_BITS[peer], parties=parties, givers=givers, consents=consents,
            never=never, free=free, discreet=discreet,
        )
        stopped = unfit(refused, z3.BitVecVal(1 << i, 64), caveats, ~good_caveats)
        rows.append(z3.And(a.gives[q.giver], blocked(stopped, originators, ~good) == 0))
    # The table of what is held back is made for the policies that an arrangement knows; the others pass nowhere.
    held = word(
        (z3.And(q.policy < len(POLICIES), c.bounds.concern, levels_in(c.bounds, q, True),
                *(z3.Not(z3.And(u.concern, levels_in(u, q, False))) for u in c.unless)), MEMBER_BITS[peer])
        for c in (q.constraints if q.giver == own else ()))
    if q.giver == own:
        readers = left(readers, held)
    hears = readers & MEMBER_BITS[q.taker] != 0
    return z3.And(z3.Not(q.expired), hears, z3.Implies(q.relay, originators != 0), z3.Or(*rows))


def symbolic_arrangement(name: str, taker: int) -> tuple[SimpleNamespace, list[z3.BoolRef]]:
    byte, integer, boolean = z3.BitVecSort(8), z3.IntSort(), z3.BoolSort()
    # The unknown member is no party; a giver to the taker is a party, as the taker is then, and another member.
    party = [z3.Bool(f"{name}.party{m}") for m in range(len(MEMBERS))] + [z3.BoolVal(False)]
    gives = [z3.Bool(f"{name}.gives{m}") for m in range(len(MEMBERS))] + [z3.BoolVal(False)]
    a = SimpleNamespace(
        party=party, gives=gives, in_force=z3.Bool(f"{name}.in_force"), covers=z3.Bool(f"{name}.covers"),
        discreet=z3.Bool(f"{name}.discreet"), onward=z3.Int(f"{name}.onward"), exchange=z3.Int(f"{name}.exchange"),
        ceiling=z3.Int(f"{name}.ceiling"), maps_to_=z3.Function(f"{name}.to", integer, byte, integer),
        maps_=z3.Function(f"{name}.maps", integer, byte, boolean),
        caveat_maps=z3.Function(f"{name}.caveat", integer, integer, boolean),
    )
    a.maps = lambda policy, level: a.maps_(policy, z3.Int2BV(level, 8))
    a.maps_to = lambda policy, level: a.maps_to_(policy, z3.Int2BV(level, 8))
    facts = [z3.Implies(gives[m], z3.And(party[m], party[taker], m != taker)) for m in range(len(MEMBERS))]
    facts += [a.onward >= 0, a.onward <= 2, a.exchange >= 0, a.exchange < len(POLICIES)]
    unknown = z3.Int("any")
    facts.append(z3.ForAll(unknown, z3.Implies(
        z3.Or(unknown < 0, unknown >= len(POLICIES)),
        z3.And(*(z3.Not(a.caveat_maps(unknown, c)) for c in range(len(CAVEATS)))))))
    return a, facts


def symbolic_constraint(name: str) -> SimpleNamespace:
    def bounds(part: str) -> SimpleNamespace:
        integer, boolean = z3.IntSort(), z3.BoolSort()
        # Bounds without levels take every policy: then `names` is true of all and `takes` of everything.
        return SimpleNamespace(
            concern=z3.Bool(f"{part}.concern"), names=z3.Function(f"{part}.names", integer, boolean),
            takes=z3.Function(f"{part}.takes", integer, integer, boolean))

    return SimpleNamespace(bounds=bounds(name), unless=[bounds(f"{name}.unless")])


def everything(receiving: bool) -> tuple[z3.Solver, SimpleNamespace]:
    """Return a question with every input symbolic, and a solver that knows what inputs there are."""
    giver, taker = (PEER, NODE) if receiving else (NODE, PEER)
    (a, facts), (b, more) = (symbolic_arrangement(n, taker) for n in "ab")
    q = SimpleNamespace(
        giver=giver, taker=taker, arrangements=[a, b], constraints=[symbolic_constraint(n) for n in "cd"],
        policy=z3.Int("policy"), level=z3.Int("level"),
        everyone=z3.Bool("everyone"), released=z3.Bool("released"), expired=z3.Int("now") >= z3.Int("expires"),
        relay=z3.Bool("relay"), permissive=z3.Bool("permissive"), odd=z3.Bool("odd"),
        of=z3.Bools(" ".join(f"of{m}" for m in range(6))), to=z3.Bools(" ".join(f"to{m}" for m in range(6))),
        consent=[*z3.Bools(" ".join(f"consent{m}" for m in range(5))), z3.BoolVal(False)],
        caveats=z3.Bools(" ".join(f"caveat{c}" for c in range(len(CAVEATS)))),
    )
    solver = z3.Solver()
    solver.add(*facts, *more, q.policy >= 0, q.policy <= len(POLICIES), q.level >= 0, q.level <= 255)
    # The unknown policy has no rows in a table.
    solver.add(*(z3.Not(x.maps(z3.IntVal(len(POLICIES)), q.level)) for x in (a, b)))
    return solver, q


@pytest.mark.parametrize("receiving", [False, True], ids=["giving", "receiving"])
def test_no_input_makes_the_bitmask_predicate_differ_from_the_declared_rule(receiving):
    solver, q = everything(receiving)
    for answer in (declared(q), z3.Not(declared(q))):
        assert solver.check(answer) == z3.sat, "the assumptions must leave room for both answers"
    solver.add(declared(q) != compiled(q, NODE, PEER))
    assert solver.check() == z3.unsat, solver.model()


WRONG = {
    "never is forgotten": lambda never, **rest: permitted_originators(never=never & 0, **rest),
    "free asks nobody": lambda free, givers, parties, **rest: permitted_originators(
        free=free, givers=parties, parties=parties, **rest),
    "discreet is forgotten": lambda discreet, **rest: permitted_originators(discreet=discreet & 0, **rest),
    "consent is enough for all": lambda consents, **rest: permitted_originators(consents=~(consents & 0), **rest),
    "the peer needs consent for its own": lambda peer, **rest: permitted_originators(peer=0, **rest),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_proof_finds_a_wrong_predicate(wrong):
    solver, q = everything(receiving=False)
    solver.add(declared(q) != compiled(q, NODE, PEER, wrong))
    assert solver.check() == z3.sat


@pytest.mark.parametrize("wrong", [lambda readers, held: readers, lambda readers, held: readers & held],
                         ids=["the own law is forgotten", "the own law is turned round"])
def test_the_proof_finds_a_wrong_law(wrong):
    solver, q = everything(receiving=False)
    solver.add(declared(q) != compiled(q, NODE, PEER, left=wrong))
    assert solver.check() == z3.sat


@settings(max_examples=400, deadline=None)
@given(world=worlds)
def test_the_logic_that_was_proven_against_is_what_decide_declares(world):
    if is_house_keeping(world.topic):
        return
    names, label, peer = (*MEMBERS, STRANGER), world.label(), world.random.choice(PEERS)
    if peer not in world.state.partners or peer in world.state.suspended:
        return
    giver, taker = (peer, OWN) if world.transfer is Purpose.RECEIVE else (OWN, peer)
    policies = (*POLICIES, "UNKNOWN")

    def arrangement(s):
        a = s.arrangement
        levels = {(r.from_policy, r.from_classification): r.to_classification
                  for r in a.levels if r.to_policy == a.exchange_policy}
        caveats = {(r.from_policy, r.from_caveat) for r in a.caveats if r.to_policy == a.exchange_policy}
        return SimpleNamespace(
            party=[m in a.parties for m in names], gives=[a.flows_between(m, taker) for m in names],
            in_force=s.in_force(world.at), covers=a.covers(world.topic), discreet=a.discreet, ceiling=a.ceiling,
            onward=list(Onward).index(a.onward), exchange=policies.index(a.exchange_policy),
            maps=lambda p, n: (policies[p], n) in levels, maps_to=lambda p, n: levels.get((policies[p], n), 0),
            caveat_maps=lambda p, c: (policies[p], CAVEATS[c]) in caveats,
        )

    def bounds(b):
        def rows(p):
            return [r for r in b.levels if r.policy == policies[p]]

        return SimpleNamespace(
            concern=b.concern(taker, world.topic, world.at), names=lambda p: not b.levels or bool(rows(p)),
            takes=lambda p, n: not b.levels or any(r.lowest <= n <= r.highest for r in rows(p)))

    def constraint(c):
        return SimpleNamespace(bounds=bounds(c.bounds), unless=list(map(bounds, c.unless)))

    release = label.release
    logic = declared(SimpleNamespace(
        giver=names.index(giver), taker=names.index(taker), arrangements=list(map(arrangement, world.state.standings)),
        constraints=list(map(constraint, world.state.constraints)),
        policy=policies.index(label.policy), level=label.classification,
        everyone=release is not None and release.everyone, released=release is not None,
        expired=label.expires_ms is not None and world.at >= label.expires_ms, relay=world.transfer is Purpose.RELAY,
        permissive=bool(label.permissive), odd=False, of=[m in label.originators for m in names],
        to=[release is not None and m in release.members for m in names],
        consent=[m in world.state.consents for m in names], caveats=[c in label.restrictive for c in CAVEATS],
    ))
    concrete = z3.simplify(logic)
    assert z3.is_true(concrete) or z3.is_false(concrete)
    assert z3.is_true(concrete) == decide(
        label, world.topic, world.state, Peer(peer), world.transfer, world.at).allowed
