"""Short ways to build books of law, and random ones. Everything is invented."""

from __future__ import annotations

from random import Random

from latticework.kernel.policy import Levels
from latticework.workbench.law.book import Book, Entry
from latticework.workbench.law.model import (
    Approval,
    ApprovalState,
    Body,
    LeadDays,
    Need,
    Question,
    Rule,
    Scope,
    Standing,
)

DAY = 86_400_000
DAYS = 12
MEMBERS = ("AUS", "JPN", "KOR", "USA")
TOPICS = ("air", "air.tracks", "sea")
KINDS = ("consent", "license")


def rid(number: int) -> str:
    return f"{number:064x}"


def entry(number: int, body: Body, *, author="JPN", known=0, amends=None, corrects=None) -> Entry:
    return Entry(id=rid(number), author=author, body=body, made_ms=known, known_ms=known,
                 amends=rid(amends) if amends else None, corrects=rid(corrects) if corrects else None)


def lead(likely: float, least: float | None = None, most: float | None = None) -> LeadDays:
    return LeadDays(likely if least is None else least, likely, likely if most is None else most)


def need(kind="license", *after: str, days: LeadDays | None = None) -> Need:
    return Need(kind=kind, body=f"{kind} board", lead_days=days or lead(10), after=after)


def rule(effect="forbids", begin=0, end=None, *needs: Need, exception_to=(), **scope) -> Rule:
    return Rule(title=f"{effect} rule", effect=effect, scope=Scope(**scope), from_ms=begin, until_ms=end, needs=needs,
                exception_to=tuple(sorted(map(rid, exception_to))))


def approval(kind="license", *, of=None, days=None, **scope) -> Approval:
    return Approval(title=kind, kind=kind, holder="JPN", body=f"{kind} board", scope=Scope(**scope),
                    lead_days=days or lead(10), rule=rid(of) if of else None)


def state(of: int, what="granted", begin=0, end=None) -> ApprovalState:
    return ApprovalState(approval=rid(of), state=what, from_ms=begin, until_ms=end, by="board")


def standing(what="assured", begin=0, end=None, *, party="USA", topic="air", up_to=2, policy="EXERCISE") -> Standing:
    return Standing(party=party, topic=topic, state=what, regime="agreement", from_ms=begin, until_ms=end,
                    levels=(Levels(policy, 0, up_to),) if what == "assured" else ())


def question(topic="air.tracks", level=1, *, giver="JPN", taker="USA", **more) -> Question:
    return Question(giver=giver, taker=taker, topic=topic, policy="EXERCISE", classification=level, **more)


class RandomLaw:
    """A random book over a dozen days, and questions to it; `narrow` scopes name places and conditions too."""

    def __init__(self, seed: int, *, narrow: bool = True, count: int = 10) -> None:
        self.random, self.narrow = Random(seed), narrow
        self.entries: list[Entry] = []
        for number in range(1, self.random.randint(2, count)):
            self.entries.append(self.entry(number))
        self.book = Book(self.entries)

    def some(self, values, chance=0.5) -> tuple[str, ...]:
        return tuple(sorted(v for v in values if self.random.random() < chance))

    def often(self, chance=0.6) -> bool:
        return self.random.random() < chance

    def scope(self) -> Scope:
        r = self.random
        low = r.randint(0, 3)
        return Scope(
            acts=r.choice((("share",), (), ("share", "transfer"), ("transfer",))),
            givers=() if self.often() else self.some(MEMBERS), takers=() if self.often() else self.some(MEMBERS),
            topics=() if self.often(0.3) else self.some(TOPICS),
            levels=() if self.often() else (Levels(r.choice(("EXERCISE", "HOME")), low, r.randint(low, 4)),),
            regions=("strait",) if self.narrow and self.often(0.1) else (),
            conditions=("peacetime",) if self.narrow and self.often(0.2) else (),
        )

    def dates(self) -> tuple[int, int | None]:
        begin = self.random.randint(0, DAYS - 2)
        return begin * DAY, None if self.often(0.4) else self.random.randint(begin + 1, DAYS) * DAY

    def entry(self, number: int) -> Entry:
        r, (begin, end) = self.random, self.dates()
        rules = [e for e in self.entries if isinstance(e.body, Rule)]
        approvals = [e for e in self.entries if isinstance(e.body, Approval)]
        what = r.choice(("rule", "rule", "rule", "standing", "standing", "approval", "state"))
        if what == "state" and approvals:
            status = r.choice(("asked", "granted", "granted", "granted", "refused", "revoked", "expired"))
            body: Body = ApprovalState(approval=r.choice(approvals).id, state=status, from_ms=begin, by="board",
                                       until_ms=end if status == "granted" else None)
        elif what == "standing":
            status = r.choice(("assured", "assured", "assured", "suspended", "ended"))
            body = standing(status, begin, end, party=r.choice(("USA", "USA", "KOR")), topic=r.choice(TOPICS),
                            up_to=r.randint(0, 4))
        elif what == "approval":
            body = Approval(title="x", kind=r.choice(KINDS), holder="JPN", body="board", scope=self.scope(),
                            lead_days=lead(r.randint(0, 4)),
                            rule=r.choice(rules).id if rules and self.often() else None)
        else:
            effect = r.choice(("forbids", "needs approval", "needs approval", "permits"))
            needs = tuple(need(k, days=lead(r.randint(0, 5))) for k in self.some(KINDS, 0.7) or KINDS[:1])
            body = Rule(title="x", effect=effect, scope=self.scope(), from_ms=begin, until_ms=end,
                        needs=needs if effect == "needs approval" else (),
                        exception_to=(r.choice(rules).id,) if rules and self.often(0.4) else ())
        author = "JPN" if self.often(0.85) else "USA"
        same = [e for e in self.entries if type(e.body) is type(body) and e.author == author]
        earlier = r.choice(same).id if same and self.often(0.3) else None
        amends = self.often(0.6)
        return Entry(id=rid(r.getrandbits(200) << 8 | number), author=author, body=body, made_ms=number * DAY // 2,
                     known_ms=number * DAY // 2, amends=earlier if amends else None,
                     corrects=None if amends else earlier)

    def question(self) -> Question:
        r = self.random
        return question(r.choice((*TOPICS, "air.tracks.north")), r.randint(0, 4), taker=r.choice(("USA", "USA", "KOR")))
