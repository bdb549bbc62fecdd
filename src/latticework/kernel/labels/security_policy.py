"""A security policy: what a SPIF file says, as the one object that reads, checks, writes and words labels."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from importlib.resources import files
from pathlib import Path

from latticework.kernel.errors import InvalidLabel, InvalidPolicyFile
from latticework.kernel.labels import adatp4774, plainxml, validity
from latticework.kernel.labels.catalog import Catalog
from latticework.kernel.labels.equivalence import carry_over
from latticework.kernel.labels.extension import SOURCE as LABEL
from latticework.kernel.labels.label import EVERYONE, Label
from latticework.kernel.labels.marking import Place, render, shown_name
from latticework.kernel.labels.scheme import Scheme, TagKind
from latticework.kernel.labels.spif import MAX_POLICY_BYTES, SOURCE, read_spif


class SecurityPolicy:
    """One security policy.

    Parameters
    ----------
    scheme
        What its file says; see :meth:`from_spif`.

    Raises
    ------
    InvalidPolicyFile
        When names or numbers are not unique, or a rule names what is not there.
    """

    def __init__(self, scheme: Scheme) -> None:
        self._catalog = Catalog(scheme, SOURCE)
        # A page of records shows the same few labels again and again.
        self._words = lru_cache(maxsize=4096)(partial(render, self._catalog))
        self._sound = lru_cache(maxsize=4096)(partial(validity.check, self._catalog, at_ms=None))

    def __repr__(self) -> str:
        return f"SecurityPolicy({self.name!r})"

    @classmethod
    def from_spif(cls, path: str | Path) -> SecurityPolicy:
        """Load a policy file (Open XML SPIF 1.0 to 2.1).

        Raises
        ------
        InvalidPolicyFile
            When it cannot be read, is too large, unsafe, malformed or contradicts itself; one sentence says why.
        """
        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_POLICY_BYTES + 1)
        except OSError:
            raise InvalidPolicyFile(f"the security policy file {Path(path).name!r} cannot be read.") from None
        return cls.from_spif_bytes(data)

    @classmethod
    def from_spif_bytes(cls, data: bytes) -> SecurityPolicy:
        """Load a policy from the bytes of its file; raises like :meth:`from_spif`."""
        return cls(read_spif(data))

    # ---- what it names ---------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, which labels carry (``NATO``)."""
        return self._catalog.scheme.name

    @property
    def id(self) -> str:
        """Its object identifier, in dotted form."""
        return self._catalog.scheme.id

    @property
    def levels(self) -> tuple[int, ...]:
        """The ranks of its classifications, lowest first."""
        return tuple(level.hierarchy for level in self._catalog.scheme.levels)

    @property
    def lowest(self) -> int:
        """The rank of its lowest classification."""
        return self._catalog.scheme.levels[0].hierarchy

    @property
    def highest(self) -> int:
        """The rank of its highest classification."""
        return self._catalog.scheme.levels[-1].hierarchy

    @property
    def release_names(self) -> tuple[str, ...]:
        """The members and groups that it lists for releases, in its order, without the one for everyone."""
        catalog = self._catalog
        listed = (c.category for c in catalog.choices if catalog.is_release(c))
        return tuple(category.name for category in listed if category.name != EVERYONE)

    @property
    def restrictive(self) -> tuple[str, ...]:
        """Its restrictive caveats as labels name them, ``tag set/value``, in its order."""
        return tuple(c.key for c in self._catalog.choices if c.tag.type.kind is TagKind.RESTRICTIVE)

    @property
    def informative(self) -> tuple[str, ...]:
        """Its informative caveats as labels name them, ``tag set/value``, in its order."""
        return tuple(c.key for c in self._catalog.choices if c.tag.type.kind is TagKind.INFORMATIVE)

    def classification_name(self, level: int, language: str = "en") -> str:
        """Return the name of a classification in `language`.

        Raises
        ------
        InvalidLabel
            When there is none of that rank.
        """
        found = self._catalog.level(level)
        return shown_name(found.name, found.wording, language)

    def caveat_name(self, key: str, language: str = "en") -> str:
        """Return the name of a caveat (``tag set/value``) in `language`; the value itself for one it does not list."""
        for kind in (TagKind.RESTRICTIVE, TagKind.INFORMATIVE):
            found = self._catalog.by_key(kind, key)
            if found is not None:
                return shown_name(found.category.name, found.category.wording, language)
        return key.rpartition("/")[2]

    def color(self, level: int) -> str | None:
        """Return the color of a classification (a W3C color name or ``#RRGGBB``), or None when the file names none."""
        found = self._catalog.level_or_none(level)
        return found.color if found is not None else None

    # ---- labels ----------------------------------------------------------------------------------------------------

    def read(self, data: bytes) -> Label:
        """Return the label in `data`: ADatP-4774 XML or plain label XML, whichever it is.

        Raises
        ------
        InvalidLabel
            When it is too large, unsafe, malformed, or names what this policy does not have. Rules between its parts
            are left to :meth:`validate`.
        PolicyMismatch
            When it is a label of another policy.
        """
        root = LABEL.parse(data)
        if adatp4774.is_label(root):
            return adatp4774.read(root, self._catalog)
        if plainxml.is_label(root):
            return plainxml.read(root, self._catalog)
        raise LABEL.refuse("is neither ADatP-4774 XML nor plain label XML")

    def validate(self, label: Label, *, at_ms: int | None = None, new: bool = False) -> None:
        """Raise unless this policy allows `label`.

        Parameters
        ----------
        label
            Any label.
        at_ms
            Time (ms since 1970, UTC) at which it must be valid; None: validity periods are not asked.
        new
            True: what is obsolete is refused.

        Raises
        ------
        InvalidLabel
            With the first rule that it breaks.
        """
        if at_ms is None:
            self._sound(label, new=new)  # remembers what is allowed, never what is refused
        else:
            validity.check(self._catalog, label, at_ms=at_ms, new=new)

    def write(self, label: Label, *, created_ms: int | None = None) -> bytes:
        """Return a valid label as ADatP-4774 XML, UTF-8; reading it gives the same label.

        Parameters
        ----------
        label
            A label of this policy.
        created_ms
            Creation time (ms since 1970, UTC) for other systems, whose schema wants one; it is not part of a label.

        Raises
        ------
        InvalidLabel
            When this policy does not allow it.
        """
        self.validate(label)
        if created_ms is not None and not 0 <= created_ms <= validity.MAX_EXPIRY_MS:
            raise InvalidLabel("a label is created in the years 1970 to 9999.")
        return adatp4774.write(label, self._catalog, created_ms)

    def write_plain(self, label: Label) -> bytes:
        """Return a valid label as plain XML, UTF-8; reading it gives the same label. Raises like :meth:`write`."""
        self.validate(label)
        return plainxml.write(label, self._catalog)

    def marking(self, label: Label, language: str = "en", place: Place = Place.PAGE) -> str:
        """Return the words of `label` as this policy writes them.

        Parameters
        ----------
        label
            A label of this policy, allowed or not: also what breaks a rule must be marked.
        language
            Language tag; what the policy does not say in it stands in the policy's default language.
        place
            Where the marking stands.

        Raises
        ------
        InvalidLabel
            When it is of another policy or of a classification that this one does not have.
        """
        if label.policy != self.name:
            raise InvalidLabel(f"the label is of the policy {label.policy[:40]!r}, not of {self.name}; map it first.")
        return self._words(label, language, place)

    def portion_marking(self, label: Label, language: str = "en") -> str:
        """Return the short marking of a portion, in parentheses; raises like :meth:`marking`."""
        return f"({self.marking(label, language, Place.PORTION)})"

    def equivalent(self, label: Label, to: SecurityPolicy) -> Label | None:
        """Return the equivalent of `label` in another policy by this policy's own file; None when it has none.

        Raises
        ------
        InvalidLabel
            When `label` is of another policy or of a classification that this one does not have.
        """
        if label.policy != self.name:
            raise InvalidLabel(f"the label is of the policy {label.policy[:40]!r}, not of {self.name}; map it first.")
        return carry_over(label, self._catalog, to._catalog)


@cache
def exercise_policy() -> SecurityPolicy:
    """Return the invented EXERCISE policy: five classifications, ten members, English and Japanese."""
    path = files("latticework.kernel.labels") / "policies" / "exercise.spif.xml"
    return SecurityPolicy.from_spif_bytes(path.read_bytes())
