"""Every error of latticework, with its stable code, HTTP status, exit code and rule of phrasing.

    LatticeworkError
    ├── InputError          LW-10xx  what a person or file gave is wrong       (400, exit 2)
    │   ├── InvalidId              1001
    │   ├── DecodeError            1002
    │   ├── NotFound               1003  (404, exit 4)
    │   ├── InvalidConfig          1004
    │   └── InvalidFile            1005
    ├── LabelError          LW-11xx
    │   ├── InvalidLabel           1101
    │   ├── InvalidPolicyFile      1102
    │   └── PolicyMismatch         1103  labels of two policies without an equivalence
    ├── IdentityError       LW-12xx
    │   ├── InvalidCertificate     1201
    │   ├── FingerprintMismatch    1202
    │   ├── UnknownMember          1203  (404, exit 4)
    │   ├── InvalidBundle          1204
    │   ├── InvalidKeyHistory      1205
    │   ├── KeyCompromised         1206
    │   ├── SignInRefused          1210  (401, exit 5)
    │   ├── NotPermitted           1211  (403, exit 5)
    │   ├── SecondOfficerNeeded    1212  (403, exit 5)
    │   └── InvalidPassword        1213
    ├── PolicyError         LW-13xx
    │   ├── InvalidArrangement     1301
    │   └── Withheld               1302  (403, exit 6)
    ├── RecordError         LW-14xx
    │   ├── InvalidSignature       1401
    │   ├── InvalidRecord          1402
    │   ├── UnknownKind            1403
    │   └── RecordTooLarge         1404  (413)
    ├── LedgerError         LW-15xx
    │   ├── InvalidCheckpoint      1501
    │   ├── InvalidProof           1502
    │   ├── Equivocation           1503  (409, exit 7)
    │   └── BrokenPromise          1504  (409, exit 7)
    ├── StoreError          LW-16xx
    │   ├── StoreFull              1601  (507, exit 8)
    │   ├── StoreDamaged           1602  (500, exit 8)
    │   ├── SequencerTaken         1603  (409, exit 8)
    │   └── StoreVersion           1604  (500, exit 8)
    ├── ExchangeError       LW-17xx
    │   ├── ProtocolError          1701
    │   ├── Flooded                1702  (429)
    │   └── StreamClosed           1703
    ├── LinkError           LW-18xx
    │   ├── LinkDown               1801  (503, exit 9)
    │   ├── NameMismatch           1802
    │   └── ListenFailed           1803  (500, exit 9)
    ├── ReachError          LW-19xx   the CLI or the browser cannot reach the node
    │   └── NodeUnreachable        1901  (503, exit 9)
    ├── JobError            LW-20xx   long work in a process of its own
    │   ├── InvalidJob             2001
    │   ├── UnknownJob             2002  (404, exit 4)
    │   ├── JobFailed              2003  (500, exit 10)
    │   ├── JobCrashed             2004  (500, exit 10)
    │   ├── JobOutOfMemory         2005  (500, exit 10)
    │   ├── JobOutOfTime           2006  (500, exit 10)
    │   ├── JobHung                2007  (500, exit 10)
    │   ├── JobGarbled             2008  (500, exit 10)
    │   ├── ResultTooLarge         2009  (500, exit 10)
    │   ├── NoResult               2010  (500, exit 10)
    │   ├── JobFilesFull           2011  (507, exit 10)
    │   ├── JobInterrupted         2012  (500, exit 10)
    │   ├── JobNotDone             2013  (409, exit 10)
    │   └── TooManyJobs            2014  (429, exit 10)
    ├── SearchError         LW-24xx   the workbench's search
    │   ├── InvalidSearch          2401
    │   └── SearchUnavailable      2402  (503, exit 9)
    ├── TaskError           LW-21xx   the workbench's tasks
    │   ├── InvalidTask            2101
    │   ├── TaskSettled            2102  (409)
    │   └── HeldElsewhere          2103  (403, exit 5)
    ├── TableError          LW-22xx   the workbench's tables: files of rows, coming in and going out
    │   ├── InvalidTable           2201
    │   ├── TableTooLarge          2202  (413)
    │   ├── UnknownSchema          2203  (404, exit 4)
    │   ├── InvalidSchema          2204
    │   └── ReadingStopped         2205  (409)
    ├── AttachmentError     LW-23xx   the workbench's attachments
    │   ├── InvalidAttachment      2301
    │   ├── ActiveContent          2302  (422)
    │   ├── OverQuota              2303  (413)
    │   └── NotHere                2304  (409)
    ├── BriefError          LW-25xx   a brief cannot be made
    │   ├── InvalidBrief           2501
    │   ├── InvalidPicture         2502
    │   ├── BriefTooLarge          2503  (413)
    │   ├── FontsMissing           2504  (503, exit 9)
    │   └── PressFailed            2505  (500, exit 1)
    ├── MeasureError        LW-26xx   the workbench's measures
    │   ├── InvalidMeasure         2601
    │   └── UnknownMeasure         2602  (404, exit 4)
    ├── LawError            LW-27xx   rules of law, approvals, standings
    │   ├── InvalidLaw             2701
    │   ├── ApprovalCycle          2702  (409, exit 2)
    │   └── NotTightening          2703  (403, exit 5)
    └── PictureError        LW-28xx   the workbench's pictures
        └── InvalidChart           2801

A message is one sentence or two: what happened, to what, what to do. It never contains withheld content or betrays
that it exists. The code is stable: once released it keeps its meaning. Rooms register their own errors from LW-3000
on by subclassing one of these families and setting ``code``.
"""

from __future__ import annotations

from latticework.kernel.errors_law import *  # noqa: F403 - the branch keeps its own list
from latticework.kernel.errors_root import LatticeworkError as LatticeworkError
from latticework.kernel.errors_tables import *  # noqa: F403 - the branch keeps its own list
from latticework.kernel.errors_workbench import *  # noqa: F403 - it keeps its own list of names


class InputError(LatticeworkError):
    """What a person, a file or a peer gave is wrong."""

    code, http_status, exit_code = "LW-1009", 400, 2


class LabelError(LatticeworkError):
    """A label or a security policy cannot be used."""

    code, http_status, exit_code = "LW-1100", 400, 2


class IdentityError(LatticeworkError):
    """Who somebody is could not be established."""

    code, http_status, exit_code = "LW-1200", 400, 3


class PolicyError(LatticeworkError):
    """An arrangement is wrong, or a decision went against the act."""

    code, http_status, exit_code = "LW-1300", 400, 2


class RecordError(LatticeworkError):
    """A record cannot be taken."""

    code, http_status, exit_code = "LW-1400", 400, 2


class LedgerError(LatticeworkError):
    """A ledger does not hold what it must."""

    code, http_status, exit_code = "LW-1500", 409, 7


class StoreError(LatticeworkError):
    """The store cannot keep or give what was asked."""

    code, http_status, exit_code = "LW-1600", 500, 8


class ExchangeError(LatticeworkError):
    """A peer's message cannot be taken."""

    code, http_status, exit_code = "LW-1700", 400, 9


class LinkError(LatticeworkError):
    """A link to a peer cannot be made or kept."""

    code, http_status, exit_code = "LW-1800", 503, 9


class ReachError(LatticeworkError):
    """A node cannot be reached by its own people."""

    code, http_status, exit_code = "LW-1900", 503, 9


class InvalidId(InputError):
    """An identifier has the wrong form."""

    code = "LW-1001"


class DecodeError(InputError):
    """Bytes are too many, malformed, or not canonical."""

    code = "LW-1002"


class NotFound(InputError):
    """There is no such thing here, or it may not be seen: the two are never told apart."""

    code, http_status, exit_code = "LW-1003", 404, 4


class InvalidConfig(InputError):
    """A setting is missing or wrong."""

    code = "LW-1004"


class InvalidFile(InputError):
    """A file cannot be read or is not what it should be."""

    code = "LW-1005"


class InvalidLabel(LabelError):
    """A label breaks its security policy."""

    code = "LW-1101"


class InvalidPolicyFile(LabelError):
    """A security policy file cannot be used."""

    code = "LW-1102"


class PolicyMismatch(LabelError):
    """Labels of two policies met without an equivalence table."""

    code = "LW-1103"


class InvalidCertificate(IdentityError):
    """A certificate is expired, of another root, or of another name."""

    code = "LW-1201"


class FingerprintMismatch(IdentityError):
    """A trust bundle does not have the fingerprint that was read out."""

    code = "LW-1202"


class UnknownMember(IdentityError):
    """No trust was established with this member."""

    code, http_status, exit_code = "LW-1203", 404, 4


class InvalidBundle(IdentityError):
    """A trust bundle is malformed or not signed by its own root."""

    code = "LW-1204"


class InvalidKeyHistory(IdentityError):
    """A key history has a gap, a wrong signature, or goes back in time."""

    code = "LW-1205"


class KeyCompromised(IdentityError):
    """The key that signed this was declared compromised."""

    code = "LW-1206"


class SignInRefused(IdentityError):
    """The sign-in name, password, session or token is not accepted."""

    code, http_status, exit_code = "LW-1210", 401, 5


class NotPermitted(IdentityError):
    """The officer's role does not include this act."""

    code, http_status, exit_code = "LW-1211", 403, 5


class SecondOfficerNeeded(IdentityError):
    """Trust, arrangements and overrides need two officers."""

    code, http_status, exit_code = "LW-1212", 403, 5


class InvalidPassword(IdentityError):
    """A new password is too weak."""

    code, exit_code = "LW-1213", 2


class InvalidArrangement(PolicyError):
    """An arrangement cannot be proposed or signed as it stands."""

    code = "LW-1301"


class Withheld(PolicyError):
    """The gate said no to an act of this member's own officer, who may know the rule."""

    code, http_status, exit_code = "LW-1302", 403, 6


class InvalidSignature(RecordError):
    """A signature does not verify under a key of the named member."""

    code = "LW-1401"


class InvalidRecord(RecordError):
    """A record's content breaks its kind's rules."""

    code = "LW-1402"


class UnknownKind(RecordError):
    """No such kind is registered, so no record of it can be made here."""

    code = "LW-1403"


class RecordTooLarge(RecordError):
    """A record is over the size limit."""

    code, http_status = "LW-1404", 413


class InvalidCheckpoint(LedgerError):
    """A checkpoint is malformed or not signed by the log's member."""

    code = "LW-1501"


class InvalidProof(LedgerError):
    """An inclusion or consistency proof does not verify."""

    code = "LW-1502"


class Equivocation(LedgerError):
    """A member showed two histories; the proof stands in a file."""

    code = "LW-1503"


class BrokenPromise(LedgerError):
    """A member promised inclusion by an epoch and did not keep it."""

    code = "LW-1504"


class StoreFull(StoreError):
    """The disk is full; nothing of the last act was kept."""

    code, http_status = "LW-1601", 507


class StoreDamaged(StoreError):
    """The database file cannot be read."""

    code = "LW-1602"


class SequencerTaken(StoreError):
    """Another process already sequences this member's ledger."""

    code, http_status = "LW-1603", 409


class StoreVersion(StoreError):
    """The database was written by a newer version."""

    code = "LW-1604"


class ProtocolError(ExchangeError):
    """A peer's message breaks the protocol."""

    code = "LW-1701"


class Flooded(ExchangeError):
    """A peer or client sends more than its share."""

    code, http_status = "LW-1702", 429


class StreamClosed(ExchangeError):
    """A stream has no grant any more."""

    code = "LW-1703"


class LinkDown(LinkError):
    """A peer cannot be reached now."""

    code = "LW-1801"


class NameMismatch(LinkError):
    """A link's certificate names another member."""

    code = "LW-1802"


class ListenFailed(LinkError):
    """A port cannot be opened."""

    code = "LW-1803"


class NodeUnreachable(ReachError):
    """The node's own address does not answer."""

    code = "LW-1901"


def all_errors() -> list[type[LatticeworkError]]:
    """Return every error class, parents before children: the table behind the docs and the tests."""
    found: list[type[LatticeworkError]] = []
    queue: list[type[LatticeworkError]] = [LatticeworkError]
    while queue:
        cls = queue.pop(0)
        found.append(cls)
        queue.extend(cls.__subclasses__())
    return found
