"""Acts that need two officers: proposed by one, approved by another, and carried out at once when approved."""

from __future__ import annotations

from typing import Final

import msgspec

from latticework.kernel.codec import decode, encode
from latticework.kernel.core.arrangements import ArrangementActs
from latticework.kernel.core.authority import need
from latticework.kernel.core.guarded import GuardedActs, PublishRecord
from latticework.kernel.core.officers import OfficerActs
from latticework.kernel.core.trust import TrustActs
from latticework.kernel.errors import FingerprintMismatch, InvalidRecord, LatticeworkError, NotFound
from latticework.kernel.identity import PendingAct, fingerprint, read_bundle
from latticework.kernel.identity.bundle import same_fingerprint
from latticework.kernel.identity.passwords import check_hash
from latticework.kernel.ids import MemberId, OfficerId, RecordId
from latticework.kernel.policy.model import Arrangement, Officer


class AddPartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``trust.add``: the bundle file and the fingerprint that the other member read out."""

    bundle: bytes
    fingerprint: str


class RemovePartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``trust.remove``."""

    member: MemberId


class ProposeArrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``arrangement.propose``."""

    arrangement: Arrangement


class SignArrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``arrangement.sign``."""

    record: RecordId


class WithdrawGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``arrangement.withdraw``."""

    record: RecordId
    reason: str


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``override.resume``: a suspended partner, or (None) the own restored ledger."""

    member: MemberId | None


class RotateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``trust.rotate``: sign with a new record key from now on."""


class AddOfficer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``officer.add``: who, and the Argon2id hash of the first password, never the password itself."""

    officer: Officer
    password: str


class ChangeOfficer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``officer.change``: the officer as it shall be, and as the proposer saw it.

    When it was changed by another act meanwhile, this one is refused: what nobody looked at is not undone.
    """

    officer: Officer
    was: Officer


class DisableOfficer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``officer.disable``: no sign-in any more; sessions and tokens end."""

    name: OfficerId


class EnableOfficer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``officer.enable``."""

    name: OfficerId


Act = (
    AddPartner | RemovePartner | ProposeArrangement | SignArrangement | WithdrawGrant | Resume | RotateKey
    | AddOfficer | ChangeOfficer | DisableOfficer | EnableOfficer | PublishRecord
)

NAMES: Final[dict[type[Act], str]] = {
    AddPartner: "trust.add", RemovePartner: "trust.remove", ProposeArrangement: "arrangement.propose",
    SignArrangement: "arrangement.sign", WithdrawGrant: "arrangement.withdraw", Resume: "override.resume",
    RotateKey: "trust.rotate", AddOfficer: "officer.add", ChangeOfficer: "officer.change",
    DisableOfficer: "officer.disable", EnableOfficer: "officer.enable", PublishRecord: "record.publish",
}
"""An act's arguments and its stable name."""
_TYPES: Final = {name: arguments for arguments, name in NAMES.items()}


class TwoOfficerActs(ArrangementActs, TrustActs, OfficerActs, GuardedActs):
    """Proposing and approving."""

    def propose_act(self, officer: Officer, act: Act) -> PendingAct:
        """Propose an act; nothing happens until a second officer approves it.

        What cannot be done is refused now, so that nobody is asked to approve it.
        """
        self.approvals.check_first(NAMES[type(act)], officer)
        summary, now = self._summary(act), self.clock.now_ms()
        with self._transaction() as tx:
            pending = self.approvals.propose(tx, NAMES[type(act)], encode(act), officer, now, summary=summary)
            self._after("approval")
        return pending

    def propose_officer(self, officer: Officer, added: Officer, password: str) -> PendingAct:
        """Propose a new officer with a first password, which is hashed here and kept nowhere.

        Raises
        ------
        InvalidPassword
            When the password breaks the rule.
        InvalidId, InvalidConfig, NotPermitted
            As for :meth:`propose_act`.
        """
        need(officer, "officers")
        self.check_new_officer(added)
        return self.propose_act(officer, AddOfficer(added, self.officers.hash_new(added.name, password)))

    def pending_acts(self, officer: Officer) -> tuple[PendingAct, ...]:
        """Return the acts that wait for a second officer, and those lately decided, as the officer may see them."""
        return tuple(self.as_seen(officer, act) for act in self.approvals.list(self.clock.now_ms()))

    def approve_act(self, officer: Officer, act_id: str) -> PendingAct:
        """Approve an act as the second officer; it is carried out before this returns."""
        first, act = self._first_of(act_id)
        try:
            with self._transaction() as tx:
                decided = self.approvals.approve(tx, act_id, officer, self.clock.now_ms())
                self._carry_out(first, officer, act)
                self._after("approval")
        except LatticeworkError:
            with self._transaction() as tx:
                self.approvals.note_attempt(tx, act_id, officer, self.clock.now_ms())
            raise
        return decided

    def refuse_act(self, officer: Officer, act_id: str) -> PendingAct:
        """Refuse an act; it will not happen."""
        with self._transaction() as tx:
            decided = self.approvals.refuse(tx, act_id, officer, self.clock.now_ms())
            self._after("approval")
        return decided

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _first_of(self, act_id: str) -> tuple[Officer, Act]:
        found = next((a for a in self.approvals.list(self.clock.now_ms()) if a.id == act_id), None)
        first = self.officers.find(found.proposed_by) if found is not None else None
        if found is None or first is None or found.act not in _TYPES:
            raise NotFound(f"no act {act_id[:12]} waits for approval.")
        return first, decode(found.arguments, _TYPES[found.act], what="pending act")

    def _carry_out(self, first: Officer, second: Officer, act: Act) -> None:
        match act:
            case AddPartner():
                self.add_partner(first, second, act.bundle, act.fingerprint)
            case RemovePartner():
                self.remove_partner(first, second, act.member)
            case ProposeArrangement():
                self.propose_arrangement(first, second, act.arrangement)
            case SignArrangement():
                self.sign_arrangement(first, second, act.record)
            case WithdrawGrant():
                self.withdraw_grant(first, second, act.record, act.reason)
            case Resume():
                self.resume(first, second, act.member)
            case RotateKey():
                self.rotate_record_key(first, second)
            case AddOfficer():
                self.add_officer(first, second, act.officer, act.password)
            case ChangeOfficer():
                self.change_officer(first, second, act.officer, act.was)
            case DisableOfficer():
                self.disable_officer(first, second, act.name)
            case EnableOfficer():
                self.enable_officer(first, second, act.name)
            case PublishRecord():
                self.publish_guarded(first, second, act)

    def _summary(self, act: Act) -> str:
        match act:
            case AddPartner():
                said = read_bundle(act.bundle, self.clock.now_ms())
                if not same_fingerprint(fingerprint(said), act.fingerprint):
                    raise FingerprintMismatch(
                        "the bundle's root is not the one of the given fingerprint; compare it again with the member."
                    )
                return f"Establish trust with {said.member} ({said.title})"
            case RemovePartner():
                return f"End trust with {self.trust.get(act.member).member}"
            case ProposeArrangement():
                self.check_proposal(act.arrangement)
                return f"Propose {act.arrangement.title} to {', '.join(act.arrangement.parties)}"
            case SignArrangement():
                return f"Sign {self._own_standing(act.record).arrangement.title}"
            case WithdrawGrant():
                if not act.reason.strip():
                    raise InvalidRecord("a withdrawal needs a reason; the other parties will read it.")
                return f"Withdraw from {self._own_standing(act.record).arrangement.title}"
            case Resume():
                return f"Resume {act.member or 'the own ledger'}"
            case RotateKey():
                return "Sign with a new record key"
            case AddOfficer():
                check_hash(act.password)
                return self.check_new_officer(act.officer)
            case ChangeOfficer():
                return self.check_change(act.officer, act.was)
            case DisableOfficer():
                return self.check_disable(act.name)
            case EnableOfficer():
                return self.check_enable(act.name)
            case PublishRecord():
                return self.summary_of(act)
