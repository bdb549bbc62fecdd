"""The law once more, asked point by point with no intervals and no boxes: a second implementation to compare with.

Nothing is taken over from ``latticework.workbench.law`` but the values.
"""

from __future__ import annotations

from latticework.kernel.ids import topic_covers
from latticework.workbench.law.book import Entry
from latticework.workbench.law.model import Approval, ApprovalState, Question, Rule, Scope, Standing

ORDER = {"asked": 0, "granted": 1, "refused": 2, "revoked": 2, "expired": 2}


def verdict(entries: list[Entry], asked: Question, at: int) -> str:
    """Return what the records say about `asked` at `at`."""
    found = set()
    by_id = {e.id: e for e in entries}

    def parent(e: Entry) -> Entry | None:
        before = by_id.get(e.corrects or e.amends or "")
        good = before is not None and before.author == e.author and type(before.body) is type(e.body)
        return before if good and not isinstance(e.body, Approval) else None

    def lineage(e: Entry) -> list[Entry]:
        line = [e]
        while (before := parent(line[-1])) is not None:
            line.append(before)
        return line

    def void(e: Entry) -> bool:
        return any(x.corrects == e.id and parent(x) is e for x in entries)

    def alive(e: Entry) -> bool:
        b = e.body
        if void(e) or at < b.from_ms or (b.until_ms is not None and at >= b.until_ms):
            return False
        return not any(e in lineage(x)[1:] and not void(x) and x.body.from_ms <= at for x in entries
                       if not isinstance(x.body, Approval))

    def within(s: Scope, unsure: bool) -> bool:
        sure = [
            not s.acts or any(asked.act == a or asked.act.startswith(a + ".") for a in s.acts),
            not s.givers or asked.giver in s.givers, not s.takers or asked.taker in s.takers,
            not s.topics or any(topic_covers(t, asked.topic) for t in s.topics),
        ]
        if not all(sure):
            return False
        for names, said in ((s.regions, asked.region), (s.conditions, asked.condition)):
            if names and ((said and said not in names) or (not said and not unsure)):
                return False
        mine = [r for r in s.levels if r.policy == asked.policy]
        if s.levels and not mine:
            return unsure
        return not mine or any(r.lowest <= asked.classification <= r.highest for r in mine)

    def granted(a: Entry) -> bool:
        rows = [x for x in entries if isinstance(x.body, ApprovalState) and x.body.approval == a.id
                and x.author == a.author and not void(x) and x.body.from_ms <= at
                and not_replaced_from_its_begin(x)]
        if not rows:
            return False
        last = max(rows, key=lambda x: (x.body.from_ms, x.made_ms, ORDER[x.body.state], x.id)).body
        return last.state == "granted" and (last.until_ms is None or at < last.until_ms)

    def not_replaced_from_its_begin(x: Entry) -> bool:
        return not any(x in lineage(y)[1:] and not void(y) and y.body.from_ms <= x.body.from_ms for y in entries
                       if isinstance(y.body, ApprovalState))

    def excepted(e: Entry, rule: Rule) -> bool:
        root = lineage(e)[-1]
        for x in entries:
            b = x.body
            if not isinstance(b, Rule) or x.author != e.author or not alive(x) or not within(b.scope, False):
                continue
            names = any(by_id.get(i) is not None and lineage(by_id[i])[-1] is root for i in b.exception_to)
            if names and (b.effect == "permits" or (b.effect == "needs approval" and rule.effect == "forbids")):
                return True
        return False

    for e in entries:
        b = e.body
        if isinstance(b, Rule) and b.effect != "permits" and alive(e) and within(b.scope, True) and not excepted(e, b):
            if b.effect == "forbids":
                found.add("forbidden")
            for need in b.needs:
                if not any(
                    isinstance(a.body, Approval) and a.author == e.author and a.body.kind == need.kind
                    and (a.body.rule is None or (a.body.rule in by_id
                                                 and lineage(by_id[a.body.rule])[-1] is lineage(e)[-1]))
                    and within(a.body.scope, False) and granted(a) for a in entries
                ):
                    found.add("needs approval")
        elif isinstance(b, Standing) and e.author == asked.giver and b.party == asked.taker and asked.act == "share":
            group = [x for x in entries if isinstance(x.body, Standing) and x.author == e.author
                     and x.body.party == b.party and not never(x, void, entries, lineage)]
            on_record = [x.body.topic for x in group
                         if topic_covers(x.body.topic, asked.topic) and x.body.from_ms <= at]
            if not on_record:
                continue
            best = max(on_record, key=len)
            rows = [x for x in group if x.body.topic == best]
            live = [x.body for x in rows if alive(x)]
            good = any(x.state == "assured" and any(
                r.policy == asked.policy and r.lowest <= asked.classification <= r.highest for r in x.levels)
                for x in live)
            if any(x.state == "suspended" for x in live) or not good:
                found.add("not assured")
    return next((v for v in ("forbidden", "not assured", "needs approval") if v in found), "lawful")


def never(e: Entry, void, entries: list[Entry], lineage) -> bool:
    """Say whether a version holds at no time at all."""
    return void(e) or any(
        e in lineage(x)[1:] and not void(x) and x.body.from_ms <= e.body.from_ms for x in entries
        if not isinstance(x.body, Approval))
