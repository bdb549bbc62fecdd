"""Two officers for what one alone must not do: an act is proposed by one and approved by another.

Table ``identity.approval``: id (16 random bytes) to :class:`PendingAct`. The act's arguments are opaque here; whoever
carries the act out decodes them, in the transaction in which it was approved. Every step stands in the node's journal,
refused ones too.

Source: the two-person rule as separation of duty, D. Clark and D. Wilson, "A Comparison of Commercial and Military
Computer Security Policies", IEEE S&P 1987, section 3.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from latticework.kernel.clock import Entropy
from latticework.kernel.codec import decode, encode
from latticework.kernel.errors import InvalidConfig, NotFound, NotPermitted, SecondOfficerNeeded
from latticework.kernel.identity.officers import find_officer
from latticework.kernel.ids import OfficerId
from latticework.kernel.journal import AuditRow, note_act
from latticework.kernel.policy.model import Officer, Role
from latticework.kernel.store.protocol import Reader, Store, Transaction

APPROVAL: Final = "identity.approval"
EXPIRE_MS: Final = 7 * 86_400_000
KEEP_MS: Final = 90 * 86_400_000
"""Acts that were approved, refused or ran out are listed for this long; the journal keeps them for good."""
MAX_ARGUMENTS: Final = 1024 * 1024
MAX_PENDING: Final = 1_000

_BOTH: Final = frozenset({Role.RELEASER, Role.ADMINISTRATOR})
ROLES: Final[dict[str, tuple[frozenset[Role], frozenset[Role]]]] = {
    "trust.add": (_BOTH, _BOTH),
    "trust.remove": (_BOTH, _BOTH),
    "trust.rotate": (_BOTH, _BOTH),
    "arrangement.propose": (_BOTH, _BOTH),
    "arrangement.sign": (_BOTH, _BOTH),
    "arrangement.withdraw": (_BOTH, _BOTH),
    "override.resume": (_BOTH, _BOTH),
    # Who drafts law and standings need not be who may release; who makes them binding is.
    "record.publish": (frozenset({Role.AUTHOR, Role.RELEASER}), frozenset({Role.RELEASER})),
    # A single administrator could otherwise make the second officer that every other act needs.
    "officer.add": (frozenset({Role.ADMINISTRATOR}), frozenset({*_BOTH, Role.AUDITOR})),
    "officer.change": (frozenset({Role.ADMINISTRATOR}), frozenset({*_BOTH, Role.AUDITOR})),
    "officer.disable": (frozenset({Role.ADMINISTRATOR}), frozenset({*_BOTH, Role.AUDITOR})),
    "officer.enable": (frozenset({Role.ADMINISTRATOR}), frozenset({*_BOTH, Role.AUDITOR})),
}
"""An act, the roles of which its proposer needs one, and the roles of which its approver needs one."""
SECRET: Final = frozenset({"officer.add"})
"""Acts whose arguments hold a password's hash; they are blanked once the act was decided or has run out."""


class ActState(StrEnum):
    """Where a two-officer act stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


class PendingAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act that needs two officers.

    Parameters
    ----------
    id
        32 hexadecimal digits.
    act
        One of :data:`ROLES`.
    arguments
        Encoded by whoever carries the act out.
    summary
        One line for the second officer, drawn by the proposer's page from the same arguments.
    proposed_by, proposed_ms
        First officer, and when.
    decided_by, decided_ms
        Second officer, and when; None while pending.
    """

    id: str
    act: str
    arguments: bytes
    summary: str
    proposed_by: OfficerId
    proposed_ms: int
    state: ActState = ActState.PENDING
    decided_by: OfficerId | None = None
    decided_ms: int | None = None

    @property
    def expires_ms(self) -> int:
        """When it lapses unless it is approved before, ms since 1970, UTC."""
        return self.proposed_ms + EXPIRE_MS


class ApprovalStore:
    """The list of acts that wait for a second officer.

    Parameters
    ----------
    store
        Where they are kept.
    entropy
        For ids.
    """

    def __init__(self, store: Store, entropy: Entropy) -> None:
        self._store = store
        self._entropy = entropy

    def propose(
        self, tx: Transaction, act: str, arguments: bytes, officer: Officer, now_ms: int, *, summary: str = ""
    ) -> PendingAct:
        """Put an act before the second officer.

        Raises
        ------
        NotPermitted
            When none of the officer's roles may propose it.
        InvalidConfig
            When there is no such act, the arguments are too large, or too many acts wait.
        """
        self.check_first(act, officer)
        if len(arguments) > MAX_ARGUMENTS:
            raise InvalidConfig(f"the arguments of {act} are over the limit of {MAX_ARGUMENTS} bytes.")
        if sum(a.state is ActState.PENDING for a in self._sweep(tx, now_ms)) >= MAX_PENDING:
            raise InvalidConfig(f"{MAX_PENDING} acts wait for a second officer; decide those first.")
        made = PendingAct(id=self._entropy.token(16).hex(), act=act, arguments=arguments, summary=summary[:500],
                          proposed_by=officer.name, proposed_ms=now_ms)
        _put(tx, made)
        _note(tx, made, officer, now_ms, "proposed")
        return made

    def check_first(self, act: str, officer: Officer) -> None:
        """Raise unless the officer may propose `act`: asked before anything else, so that no other refusal says more.

        Raises
        ------
        NotPermitted
            When none of the officer's roles may propose it.
        InvalidConfig
            When there is no such act.
        """
        if act not in ROLES:
            raise InvalidConfig(f"{act[:40]!r} is not an act of two officers.")
        if not officer.roles & ROLES[act][0]:
            raise NotPermitted(f"{officer.post} may not propose this; it needs the role {_named(ROLES[act][0])}.")

    def approve(self, tx: Transaction, act_id: str, officer: Officer, now_ms: int) -> PendingAct:
        """Approve an act as its second officer; the caller carries it out in the same transaction.

        Raises
        ------
        SecondOfficerNeeded
            When the officer proposed it, or has no role that may approve it, or the proposer may no longer act.
        NotFound
            When there is no such act, or it was decided or ran out.
        """
        found = self._waiting(tx, act_id, now_ms)
        first = self._check_second(tx, found, officer)
        done = _decided(found, ActState.APPROVED, officer, now_ms)
        _put(tx, done)
        _note(tx, done, first, now_ms, "approved", second=officer)
        return done

    def refuse(self, tx: Transaction, act_id: str, officer: Officer, now_ms: int) -> PendingAct:
        """Refuse an act, or take one's own back.

        Raises
        ------
        NotPermitted
            When the officer neither proposed it nor could approve it.
        NotFound
            When there is no such act, or it was decided or ran out.
        """
        found = self._waiting(tx, act_id, now_ms)
        if officer.name != found.proposed_by and not officer.roles & ROLES[found.act][1]:
            raise NotPermitted(f"{officer.post} may not decide this; it needs the role {_named(ROLES[found.act][1])}.")
        done = _decided(found, ActState.REFUSED, officer, now_ms)
        _put(tx, done)
        _note(tx, done, officer, now_ms, "refused")
        return done

    def note_attempt(self, tx: Transaction, act_id: str, officer: Officer, now_ms: int) -> None:
        """Keep a failed attempt to approve in the journal; the transaction of the attempt itself was rolled back."""
        raw = tx.get(APPROVAL, _key(act_id))
        if raw is not None:
            _note(tx, decode(raw, PendingAct, what="kept act"), officer, now_ms, "attempted", allowed=False)

    def list(self, now_ms: int, reader: Reader | None = None) -> tuple[PendingAct, ...]:
        """Return the acts of the last 90 days, newest first; those that ran out say so."""
        if reader is None:
            with self._store.snapshot() as snapshot:
                return self.list(now_ms, snapshot)
        found = (_current(decode(raw, PendingAct, what="kept act"), now_ms) for _, raw in reader.scan(APPROVAL))
        recent = (a for a in found if now_ms - a.proposed_ms < KEEP_MS)
        return tuple(sorted(recent, key=lambda a: (-a.proposed_ms, a.id)))

    def _waiting(self, tx: Transaction, act_id: str, now_ms: int) -> PendingAct:
        raw = tx.get(APPROVAL, _key(act_id))
        found = _current(decode(raw, PendingAct, what="kept act"), now_ms) if raw is not None else None
        if found is None or found.state is not ActState.PENDING:
            raise NotFound("no such act waits for a second officer; it may have been decided or have run out.")
        return found

    def _check_second(self, tx: Transaction, found: PendingAct, officer: Officer) -> Officer:
        first_roles, second_roles = ROLES[found.act]
        if officer.name == found.proposed_by:
            raise SecondOfficerNeeded("the officer who proposed an act cannot approve it; ask another one.")
        if not officer.roles & second_roles:
            raise SecondOfficerNeeded(
                f"{officer.post} cannot be the second officer here; it needs the role {_named(second_roles)}."
            )
        first = find_officer(tx, found.proposed_by)
        if first is None or not first.roles & first_roles:
            raise SecondOfficerNeeded("the officer who proposed this may no longer do so; propose it anew.")
        return first

    def _sweep(self, tx: Transaction, now_ms: int) -> tuple[PendingAct, ...]:
        kept = []
        for key, raw in list(tx.scan(APPROVAL)):
            act = _current(decode(raw, PendingAct, what="kept act"), now_ms)
            if now_ms - act.proposed_ms >= KEEP_MS:
                tx.delete(APPROVAL, key)
                continue
            if act.state is ActState.EXPIRED and act.act in SECRET and act.arguments:
                _put(tx, msgspec.structs.replace(act, arguments=b""))
            kept.append(act)
        return tuple(kept)


def _current(act: PendingAct, now_ms: int) -> PendingAct:
    if act.state is ActState.PENDING and now_ms >= act.expires_ms:
        return msgspec.structs.replace(act, state=ActState.EXPIRED)
    return act


def _decided(act: PendingAct, state: ActState, officer: Officer, now_ms: int) -> PendingAct:
    arguments = b"" if act.act in SECRET else act.arguments
    return msgspec.structs.replace(act, state=state, arguments=arguments, decided_by=officer.name, decided_ms=now_ms)


def _key(act_id: str) -> bytes:
    return act_id.encode("utf-8", errors="replace")[:64]


def _put(tx: Transaction, act: PendingAct) -> None:
    tx.put(APPROVAL, _key(act.id), encode(act))


def _named(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(role.value for role in roles))


def _note(
    tx: Transaction, act: PendingAct, officer: Officer, now_ms: int, step: str, *, allowed: bool = True,
    second: Officer | None = None,
) -> None:
    note_act(tx, AuditRow(
        at_ms=now_ms, officer=officer.name, post=officer.post, act=f"{act.act}.{step}", allowed=allowed,
        rule="two-officers", second=second.name if second else None,
    ))
