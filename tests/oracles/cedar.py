"""The gate once more, written as Cedar policies and asked through ``cedarpy``: a second implementation to compare with.

Nothing is taken over from ``latticework.kernel.policy`` but the values. What is always so stands as fixed Cedar
policies; each arrangement becomes one ``permit``; labels, nodes and officers become entities. Cedar has no quantifiers,
so that rules about "every originator" or "every restriction" are written out over the universe of members and caveats.

Source: Cedar policy language, reference guide (https://docs.cedarpolicy.com), and J. W. Cutler et al., "Cedar: A New
Language for Expressive, Fast, Safe, and Analyzable Authorization", OOPSLA 2024.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import cedarpy

from latticework.kernel.ids import Topic
from latticework.kernel.labels import Label
from latticework.kernel.policy import (
    Arrangement,
    Bounds,
    Constraint,
    Officer,
    Onward,
    PolicyState,
    Purpose,
    Role,
    Standing,
    Subject,
)

Question = tuple[Label, Topic, Subject, Purpose, int]

GIVER = 'if action == Action::"receive" then principal.member else context.own'
TAKER = 'if action == Action::"receive" then context.own else principal.member'

FIXED = f"""
forbid (principal is Node, action, resource) unless {{ action in Action::"transfer" }};
forbid (principal is Node, action, resource) unless {{
  context.partners.contains(principal.member) && principal.member != context.own
}};
forbid (principal is Node, action, resource) when {{ context.suspended.contains(principal.member) }};
forbid (principal is Node, action, resource) when {{ resource has expires && context.now >= resource.expires }};
forbid (principal is Node, action, resource) unless {{
  resource.everyone || resource.release.contains({TAKER}) || resource.originators == [{TAKER}]
}};
permit (principal is Node, action in Action::"transfer", resource) when {{ context.topic like "lattice.*" }};

forbid (principal is Officer, action, resource) unless {{ action in Action::"use" }};
forbid (principal is Officer, action, resource) unless {{
  principal.roles.containsAny(["author", "releaser"])
  || (context.topic like "lattice.*" && !(principal.roles.isEmpty()))
}};
forbid (principal is Officer, action, resource) when {{ resource has expires && context.now >= resource.expires }}
  unless {{ resource.originators.containsAll([context.own, principal.nationality]) }};
forbid (principal is Officer, action, resource) unless {{
  resource.everyone || resource.release.contains(context.own) || resource.originators == [context.own]
}};
forbid (principal is Officer, action, resource) unless {{
  resource.everyone || resource.release.contains(principal.nationality)
  || resource.originators == [principal.nationality]
}};
permit (principal is Officer, action in Action::"use", resource) when {{
  principal.clearance.hasTag(resource.policy)
  && resource.classification <= principal.clearance.getTag(resource.policy)
  && principal.compartments.containsAll(resource.restrictive)
}};
"""


def text(value: object) -> str:
    """Return `value` as a Cedar literal."""
    return json.dumps(value)


def any_of(parts: Iterable[str]) -> str:
    return "(" + (" || ".join(parts) or "false") + ")"


def all_of(parts: Iterable[str]) -> str:
    return "(" + (" && ".join(parts) or "true") + ")"


class CedarGate:
    """The policies and fixed entities of one state.

    Parameters
    ----------
    state
        As for ``decide``.
    members, caveats
        The universe over which "every" is written out: all that occur in labels.
    """

    def __init__(self, state: PolicyState, members: Sequence[str], caveats: Sequence[str]) -> None:
        self.state, self.members, self.universe = state, members, caveats
        parts = [FIXED, *map(self.permit, state.standings), *map(self.forbid, state.constraints)]
        parts += [p for s in state.standings if state.own in s.arrangement.parties for p in self.readings(s)]
        self.policies = cedarpy.PolicySet.from_str("\n".join(parts))
        self.actions = [
            *({"uid": _uid("Action", p), "attrs": {}, "parents": [_uid("Action", "transfer")]}
              for p in ("release", "relay", "receive", "stream")),
            *({"uid": _uid("Action", p), "attrs": {}, "parents": [_uid("Action", "use")]}
              for p in ("view", "search", "count", "export", "feed", "print")),
        ]

    def in_force(self, s: Standing) -> str:
        a = s.arrangement
        grants = {party: (start, end) for party, start, end in s.grants}
        current = [f"context.now >= {grants[p][0]} && context.now < {grants[p][1]}" if p in grants else "false"
                   for p in a.parties]
        return all_of([f"context.now >= {a.valid_from_ms}", f"context.now < {a.valid_until_ms}", *current])

    def covers(self, a: Arrangement) -> str:
        return any_of(f"context.topic == {text(t)} || context.topic like {text(t + '.*')}" for t in a.topics)

    def gives(self, a: Arrangement, giver: str) -> str:
        """Return whether the Cedar expression `giver` may give to the taker under `a`."""
        pairs = [(f.giver, f.taker) for f in a.flows] or [(x, y) for x in a.parties for y in a.parties if x != y]
        return any_of(f"(({giver}) == {text(x)} && ({TAKER}) == {text(y)})" for x, y in pairs)

    def permit(self, s: Standing) -> str:
        """Return the policy of one arrangement about nodes."""
        a = s.arrangement
        rows = [r for r in a.levels if r.to_policy == a.exchange_policy != r.from_policy]
        level = any_of([
            f"(resource.policy == {text(a.exchange_policy)} && resource.classification <= {a.ceiling})",
            *(f"(resource.policy == {text(r.from_policy)} && resource.classification == {r.from_classification}"
              f" && {r.to_classification} <= {a.ceiling})" for r in rows),
        ])
        restrictions = any_of([
            f"resource.policy == {text(a.exchange_policy)}",
            all_of(["!resource.permissive", *(
                f"(!(resource.restrictive.contains({text(c)})) || "
                + any_of(f"resource.policy == {text(r.from_policy)}" for r in a.caveats
                         if r.to_policy == a.exchange_policy and r.from_caveat == c) + ")"
                for c in self.universe)]),
        ])
        return f"""
permit (principal is Node, action in Action::"transfer", resource) when {{
  {self.in_force(s)} && {self.covers(a)} && {self.gives(a, GIVER)}
  && {level} && {restrictions}
  && !(action == Action::"relay" && resource.originators.isEmpty())
  && {all_of(self.onward(a, m) for m in self.members)}
}};"""

    def onward(self, a: Arrangement, m: str) -> str:
        """Return whether what `m` originated may pass under `a`."""
        mine = f"[context.own, principal.member].contains({text(m)})"
        consent = f"context.consents.contains({text(m)})"
        word = {Onward.NEVER: "false", Onward.CONSENT: consent,
                Onward.FREE: f"({consent} || {self.gives(a, text(m))})"}[a.onward]
        if a.discreet and m not in a.parties:
            word = "false"
        return f"(!(resource.originators.contains({text(m)})) || {mine} || {word})"

    def forbid(self, c: Constraint) -> str:
        """Return the policy of one constraint of the own law: a forbid beats every permit."""
        return f"""
forbid (principal is Node, action in [Action::"release", Action::"relay", Action::"stream"], resource) when {{
  !(context.topic like "lattice.*") && {self.within(c.bounds, unnamed="true")}
}} unless {{ {any_of(self.within(u, unnamed="false") for u in c.unless)} }};"""

    def within(self, b: Bounds, *, unnamed: str) -> str:
        policies = sorted({row.policy for row in b.levels})
        named = any_of(f"resource.policy == {text(p)}" for p in policies)
        levels = any_of(
            f"(resource.policy == {text(row.policy)} && resource.classification >= {row.lowest}"
            f" && resource.classification <= {row.highest})" for row in b.levels)
        return all_of([
            *([any_of(f"principal.member == {text(p)}" for p in b.peers)] if b.peers else []),
            *([any_of(f"context.topic == {text(t)} || context.topic like {text(t + '.*')}" for t in b.topics)]
              if b.topics else []),
            *([f"context.now >= {b.from_ms}"] if b.from_ms is not None else []),
            *([f"context.now < {b.until_ms}"] if b.until_ms is not None else []),
            *([any_of([levels, all_of([f"!{named}", unnamed])])] if b.levels else []),
        ])

    def readings(self, s: Standing) -> Iterable[str]:
        """Yield policies about officers that read a foreign label by the arrangement's table."""
        a = s.arrangement
        known = sorted({r.from_policy for r in a.levels})
        for source in known:
            for target in {r.to_policy for r in a.levels} - {source}:
                direct = self.steps(a, source, target)
                yield self.read(s, source, target, *direct, unless="false")
                middle = a.exchange_policy
                if middle in (source, target):
                    continue
                first, second = self.steps(a, source, middle), self.steps(a, middle, target)
                levels = {c: second[0][n] for c, n in first[0].items() if n in second[0]}
                caveats = {c: second[1][n] for c, n in first[1].items() if n in second[1]}
                yield self.read(s, source, target, levels, caveats, unless=self.maps(*direct))

    def steps(self, a: Arrangement, source: str, target: str) -> tuple[dict[int, int], dict[str, str]]:
        return (
            {r.from_classification: r.to_classification for r in a.levels
             if (r.from_policy, r.to_policy) == (source, target)},
            {r.from_caveat: r.to_caveat for r in a.caveats if (r.from_policy, r.to_policy) == (source, target)},
        )

    def maps(self, levels: dict[int, int], caveats: dict[str, str]) -> str:
        return all_of([
            "!resource.permissive", any_of(f"resource.classification == {c}" for c in levels),
            *(f"!(resource.restrictive.contains({text(c)}))" for c in self.universe if c not in caveats),
        ])

    def read(
        self, s: Standing, source: str, target: str, levels: dict[int, int], caveats: dict[str, str], *, unless: str
    ) -> str:
        cleared = any_of(
            f"(resource.classification == {c} && {n} <= principal.clearance.getTag({text(target)}))"
            for c, n in levels.items())
        read_in = all_of(
            f"(!(resource.restrictive.contains({text(c)})) || principal.compartments.contains({text(n)}))"
            for c, n in caveats.items())
        topic = any_of(['context.topic like "lattice.*"', self.covers(s.arrangement)])
        return f"""
permit (principal is Officer, action in Action::"use", resource) when {{
  resource.policy == {text(source)} && !(principal.clearance.hasTag({text(source)}))
  && principal.clearance.hasTag({text(target)}) && {self.in_force(s)} && {topic}
  && {self.maps(levels, caveats)} && {cleared} && {read_in}
}} unless {{ {unless} }};"""

    def ask(self, questions: Sequence[Question]) -> list[bool]:
        """Return the answers; an error inside Cedar fails loudly, because Cedar skips a policy that has one."""
        requests, entities = self.requests(questions)
        answers = cedarpy.is_authorized_batch(requests, self.policies, entities)
        for answer in answers:
            assert not answer.diagnostics.errors, answer.diagnostics.errors
        return [answer.allowed for answer in answers]

    def requests(self, questions: Sequence[Question]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """Return `questions` as Cedar requests and entities."""
        entities: list[dict[str, object]] = list(self.actions)
        requests: list[dict[str, object]] = []
        for i, (label, topic, subject, purpose, at) in enumerate(questions):
            entities += [_label(i, label), *_subject(i, subject)]
            kind = "Officer" if isinstance(subject, Officer) else "Node"
            requests.append({
                "principal": _uid(kind, str(i)), "action": _uid("Action", purpose.value),
                "resource": _uid("Label", str(i)),
                "context": {
                    "own": self.state.own, "partners": list(self.state.partners), "now": at, "topic": str(topic),
                    "suspended": list(self.state.suspended), "consents": list(self.state.consents),
                },
            })
        return requests, entities


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _label(i: int, label: Label) -> dict[str, object]:
    release = label.release
    attributes: dict[str, object] = {
        "policy": label.policy, "classification": label.classification, "permissive": bool(label.permissive),
        "everyone": release is not None and release.everyone, "restrictive": sorted(label.restrictive),
        "release": sorted(release.members) if release else [], "originators": sorted(label.originators),
    }
    if label.expires_ms is not None:
        attributes["expires"] = label.expires_ms
    return {"uid": _uid("Label", str(i)), "attrs": attributes, "parents": []}


def _subject(i: int, subject: Subject) -> list[dict[str, object]]:
    if not isinstance(subject, Officer):
        return [{"uid": _uid("Node", str(i)), "attrs": {"member": subject.member}, "parents": []}]
    return [
        {"uid": _uid("Officer", str(i)), "parents": [], "attrs": {
            "nationality": subject.nationality, "roles": sorted(Role(r).value for r in subject.roles),
            "compartments": sorted(subject.compartments), "clearance": {"__entity": _uid("Clearance", str(i))}}},
        {"uid": _uid("Clearance", str(i)), "parents": [], "attrs": {}, "tags": dict(subject.clearance)},
    ]
