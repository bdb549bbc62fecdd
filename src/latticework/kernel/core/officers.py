"""Officers at run time: added, changed, disabled and enabled by two of them; passwords and sessions by each alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from latticework.kernel import journal
from latticework.kernel.core.authority import need, need_two
from latticework.kernel.core.base import KernelBase
from latticework.kernel.errors import InvalidConfig
from latticework.kernel.identity.history import KeyPeriod
from latticework.kernel.identity.officers import OfficerRow, check_fields
from latticework.kernel.identity.sessions import Token
from latticework.kernel.ids import OfficerId
from latticework.kernel.policy.model import Officer, Role
from latticework.kernel.store.protocol import Reader, Transaction

DAY_MS: Final = 86_400_000
LONGEST_SUMMARY: Final = 500
"""What a second officer reads before approving; a longer one would be cut, and something approved unseen."""
_DECIDE: Final = frozenset({Role.RELEASER, Role.ADMINISTRATOR})


class OfficerActs(KernelBase):
    """What administrators do about officers, and each officer about the own password, sessions and tokens."""

    def officer_rows(self, officer: Officer) -> tuple[OfficerRow, ...]:
        """Return every officer of this member by sign-in name; for administrators."""
        need(officer, "officers")
        return self.officers.list()

    def officer_row(self, officer: Officer, name: OfficerId) -> OfficerRow:
        """Return one officer, disabled or not, or raise :class:`NotFound`; for administrators."""
        need(officer, "officers")
        return self.officers.row(name)

    # ---- two officers ----------------------------------------------------------------------------------------------

    def add_officer(self, first: Officer, second: Officer, added: Officer, hashed: str) -> None:
        """Add an officer whose first password has the Argon2id hash `hashed`."""
        need_two(first, second, "officers", by_second="officers.second")
        with self._transaction() as tx:
            self.check_new_officer(added, tx)
            self.officers.add_hashed(added, hashed, self.clock.now_ms(), tx)
            self._officer_act(tx, first, "officer.add", added.name, second)

    def change_officer(self, first: Officer, second: Officer, officer: Officer, was: Officer) -> None:
        """Change an officer from `was` to `officer`, in force at once for what is open too."""
        need_two(first, second, "officers", by_second="officers.second")
        with self._transaction() as tx:
            self.check_change(officer, was, tx)
            self.officers.change(officer, tx)
            self._officer_act(tx, first, "officer.change", officer.name, second)

    def disable_officer(self, first: Officer, second: Officer, name: OfficerId) -> None:
        """Let an officer sign in no more; sessions and API tokens end at once."""
        need_two(first, second, "officers", by_second="officers.second")
        with self._transaction() as tx:
            self.check_disable(name, tx)
            self.officers.disable(name, tx)
            self._officer_act(tx, first, "officer.disable", name, second)

    def enable_officer(self, first: Officer, second: Officer, name: OfficerId) -> None:
        """Let a disabled officer sign in again, with the password of before."""
        need_two(first, second, "officers", by_second="officers.second")
        with self._transaction() as tx:
            self.check_enable(name, tx)
            self.officers.enable(name, tx)
            self._officer_act(tx, first, "officer.enable", name, second)

    # ---- what is refused before anybody is asked to approve it -----------------------------------------------------

    def check_officer(self, officer: Officer) -> None:
        """Check an officer's fields against the loaded security policies.

        Raises
        ------
        InvalidId
            When name, post or nationality are malformed.
        InvalidConfig
            When there is no role, or no such policy, classification or restrictive caveat here.
        """
        check_fields(officer)
        if list(officer.clearance) != sorted(dict(officer.clearance).items()):
            raise InvalidConfig("a clearance names each policy once, in alphabetical order.")
        for name, level in officer.clearance:
            policy = self.policies.get(name)
            if policy is None:
                raise InvalidConfig(f"the security policy {name[:60]!r} is not loaded here.")
            if level not in policy.levels:
                raise InvalidConfig(f"{name} has no classification {level}.")
        known = {caveat for policy in self.policies.values() for caveat in policy.restrictive}
        unknown = sorted(officer.compartments - known)
        if unknown:
            raise InvalidConfig(f"no policy here has the restrictive caveat {unknown[0][:60]!r}.")

    def check_new_officer(self, added: Officer, reader: Reader | None = None) -> str:
        """Return what adding `added` does, in one line, or raise when it cannot be added."""
        self.check_officer(added)
        self.officers.check_free(added.name, reader)
        return _short(f"Add the officer {added.name}: {'; '.join(self._facts(added))}")

    def check_change(self, officer: Officer, was: Officer, reader: Reader | None = None) -> str:
        """Return what a change does, in one line, or raise when it cannot be made.

        Raises
        ------
        InvalidConfig
            When nothing would change, it was changed meanwhile, or too few could decide anything afterwards.
        NotFound
            When there is no such officer.
        """
        self.check_officer(officer)
        row = self.officers.row(officer.name, reader)
        if row.officer != was:
            raise InvalidConfig(f"{officer.name} was changed meanwhile; look again and propose it anew.")
        if officer == was:
            raise InvalidConfig(f"nothing of {officer.name} would change.")
        self._keep_deciding(msgspec.structs.replace(row, officer=officer), reader)
        pairs = zip(self._facts(officer), self._facts(was), strict=True)
        changes = [f"{new}, before {old.partition(' ')[2]}" for new, old in pairs if new != old]
        return _short(f"Change the officer {officer.name}: {'; '.join(changes)}")

    def check_disable(self, name: OfficerId, reader: Reader | None = None) -> str:
        """Return what disabling does, in one line, or raise when it cannot be done."""
        row = self.officers.row(name, reader)
        if row.disabled:
            raise InvalidConfig(f"{name} is disabled already.")
        self._keep_deciding(msgspec.structs.replace(row, disabled=True), reader)
        return f"Disable the officer {name} ({row.officer.post})"

    def check_enable(self, name: OfficerId, reader: Reader | None = None) -> str:
        """Return what enabling does, in one line, or raise when it cannot be done."""
        row = self.officers.row(name, reader)
        if not row.disabled:
            raise InvalidConfig(f"{name} is not disabled.")
        return f"Enable the officer {name} ({row.officer.post})"

    # ---- each officer alone ----------------------------------------------------------------------------------------

    def change_password(self, officer: Officer, present: str, new: str) -> None:
        """Give the officer a new password; every session and API token of the officer ends.

        Raises
        ------
        InvalidPassword, SignInRefused
            As :meth:`OfficerStore.change_password` says.
        """
        self.officers.change_password(officer.name, present, new, self.clock.now_ms())
        self._note_own(officer, "officer.password")

    def end_sessions(self, officer: Officer) -> None:
        """End every session and API token of the officer."""
        self.officers.end_sessions(officer.name)
        self._note_own(officer, "officer.sign-out")

    def issue_token(self, officer: Officer, password: str, title: str, days: int) -> tuple[str, Token]:
        """Make an API token against the password; return it, once, with its description.

        Raises
        ------
        SignInRefused
            When the password is not accepted: a token that was stolen must not be able to make others.
        InvalidConfig
            When title or lifetime are out of bounds.
        """
        now = self.clock.now_ms()
        self.officers.confirm(officer.name, password, now)
        return self.officers.issue_token(officer.name, title, now, days * DAY_MS)

    def own_keys(self, officer: Officer) -> tuple[KeyPeriod, ...]:
        """Return the record keys of this member's history, oldest first; partners know them too."""
        need(officer, "peers")
        return self.identity.history.keys

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _facts(self, officer: Officer) -> tuple[str, ...]:
        cleared = [f"{name} {self.policies[name].classification_name(level) if name in self.policies else level}"
                   for name, level in officer.clearance]
        return (
            f"post {officer.post}", f"roles {_named(sorted(r.value for r in officer.roles))}",
            f"clearance {_named(cleared)}", f"nationality {officer.nationality}",
            f"compartments {_named(sorted(officer.compartments))}",
        )

    def _keep_deciding(self, changed: OfficerRow, reader: Reader | None) -> None:
        """Raise when, after the change, nobody could ever again decide what needs two officers."""
        name = changed.officer.name
        rows = [changed if row.officer.name == name else row for row in self.officers.list(reader)]
        left = [row.officer for row in rows if not row.disabled]
        if not any(Role.ADMINISTRATOR in o.roles for o in left) or sum(bool(o.roles & _DECIDE) for o in left) < 2:
            raise InvalidConfig("an administrator and a second officer who is releaser or administrator must remain; "
                                "add another one first.")

    def _officer_act(self, tx: Transaction, first: Officer, act: str, about: OfficerId, second: Officer) -> None:
        # Names stay in the journal, which stays on the node.
        journal.note_act(tx, journal.AuditRow(
            at_ms=self.clock.now_ms(), officer=first.name, post=first.post, act=f"{act} {about}", allowed=True,
            rule="", second=second.name))

    def _note_own(self, officer: Officer, act: str) -> None:
        with self._transaction() as tx:
            journal.note_act(tx, journal.AuditRow(
                at_ms=self.clock.now_ms(), officer=officer.name, post=officer.post, act=act, allowed=True, rule=""))


def _named(words: Iterable[str]) -> str:
    return ", ".join(words) or "–"


def _short(summary: str) -> str:
    if len(summary) > LONGEST_SUMMARY:
        raise InvalidConfig("this changes more than a second officer can read in one line; propose it in parts.")
    return summary
