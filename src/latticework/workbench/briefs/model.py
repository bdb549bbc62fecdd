"""What a brief is made of: frozen values that every writer (HTML, PDF, DOCX) draws the same way.

A builder of a room makes a :class:`Brief` from what one officer may have. Text is never markup: a :class:`Run` says how
its words are set, a :class:`Cite` names a source, and no writer reads anything else out of a string. What comes out of
a record carries the record's :class:`Portion`, from which the banner and the portion marks follow.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from latticework.kernel.errors import InvalidBrief
from latticework.kernel.ids import MemberId, Post, RecordId, Topic
from latticework.kernel.labels.label import Label

MAX_BLOCKS: Final = 5_000
MAX_CELLS: Final = 200_000
MAX_COLUMNS: Final = 24
MAX_TITLE: Final = 300
MAX_TEXT: Final = 20_000
"""Characters of one run; what is longer is cut where it is drawn, and says so."""
MAX_CELL: Final = 2_000
MAX_SVG_BYTES: Final = 2 * 1024 * 1024
LANGUAGES: Final = ("en", "ja")

Status = Literal["V", "P", "invented"]
"""``V`` read in the full text, ``P`` press, ``invented``."""


class Portion(msgspec.Struct, frozen=True):
    """Whose words a part of a brief is.

    Parameters
    ----------
    label, topic
        Of the record that it was made from; what it is marked with.
    of
        Where it was made from several: the portion of each. `label` is then their join, and the officer must be
        allowed each of them, because the join of what one may have may be for nobody at all.
    """

    label: Label
    topic: Topic
    of: tuple[Portion, ...] = ()


class Run(msgspec.Struct, frozen=True, tag="run"):
    """Words set in one way.

    Parameters
    ----------
    text
        Plain text; control, invisible and direction-changing characters are dropped when it is drawn.
    strong, emphasis, code
        Semibold; italic (dots in Japanese); fixed pitch.
    invented
        An invented number or statement: it carries its tag wherever it stands.
    """

    text: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    invented: bool = False


class Cite(msgspec.Struct, frozen=True, tag="cite"):
    """A reference to a source, by its key; drawn as the source's number with its status."""

    source: str


Inline: TypeAlias = Run | Cite
Words: TypeAlias = tuple[Inline, ...]


def words(*parts: str | Inline) -> Words:
    """Return inline text from plain strings, runs and citations."""
    return tuple(Run(part) if isinstance(part, str) else part for part in parts)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a statement comes from.

    Parameters
    ----------
    key
        Name that :class:`Cite` uses.
    text
        Author, title, date, in words.
    status
        See :data:`Status`.
    record
        The record that stands for it, if one.
    portion
        Its label, where it is a record's; a source that the officer may not have is left out with its citations.
    """

    key: str
    text: str
    status: Status
    record: RecordId | None = None
    portion: Portion | None = None


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading of level 1 to 3; numbered, and listed in the contents."""

    text: str
    level: int = 1
    portion: Portion | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 3:
            raise InvalidBrief("a heading of a brief has level 1, 2 or 3.")
        _titled("a heading", self.text)


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """Running text."""

    words: Words
    portion: Portion | None = None


class KeyFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One large number that says of what.

    Parameters
    ----------
    value, of
        Numerator and denominator; `of` None only where there is no whole (then `what` says so).
    unit
        Behind the number, such as ``nmi``.
    what
        What is counted, in a sentence part.
    measured
        When and how.
    cite
        Key of its source.
    invented
        The number is invented.
    """

    value: float
    of: float | None = None
    unit: str = ""
    what: str
    measured: str = ""
    cite: str | None = None
    invented: bool = False


class Figures(msgspec.Struct, frozen=True, tag="figures"):
    """One to four key figures beside each other."""

    figures: tuple[KeyFigure, ...]
    portion: Portion | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.figures) <= 4:
            raise InvalidBrief("key figures stand one to four in a row; make several rows of more.")


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table.

    Parameters
    ----------
    title
        Words of its head.
    kind
        How cells are written and aligned: ``text`` left; ``number`` right, grouped, with `digits` decimals; ``time`` ms
        since 1970 as a UTC time; ``member`` a trigraph.
    unit
        Of a number; stands in the head.
    digits
        Decimals of a number.
    share
        Relative width, 1 to 20; 0 leaves it to the content.
    """

    title: str
    kind: Literal["text", "number", "time", "member"] = "text"
    unit: str = ""
    digits: int = 0
    share: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.digits <= 9 or not 0 <= self.share <= 20:
            raise InvalidBrief("a column of a brief has 0 to 9 decimals and a share of the width of 0 to 20.")


Cell: TypeAlias = str | int | float | Run | None
"""One cell; None draws a dash (none), a string anywhere is drawn as text."""


class Row(msgspec.Struct, frozen=True):
    """A row of a table.

    Parameters
    ----------
    cells
        As many as there are columns.
    portion
        Its own label where it differs from the table's; a row that the officer may not have is left out.
    cite
        Key of its source.
    total
        Set off as a sum.
    """

    cells: tuple[Cell, ...]
    portion: Portion | None = None
    cite: str | None = None
    total: bool = False


class Table(msgspec.Struct, frozen=True, tag="table", kw_only=True):
    """A numbered table; its head is repeated on every page that it runs over.

    Parameters
    ----------
    title
        Caption above it: what it shows.
    columns, rows
        1 to 24 columns; at most 200,000 cells in one brief.
    notes
        Below it, in small type.
    landscape
        Stands on pages of its own, turned.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Words, ...] = ()
    landscape: bool = False
    portion: Portion | None = None

    def __post_init__(self) -> None:
        _titled("a table", self.title)
        if not 1 <= len(self.columns) <= MAX_COLUMNS:
            raise InvalidBrief(f"the table {self.title[:60]!r} needs 1 to {MAX_COLUMNS} columns.")
        for number, row in enumerate(self.rows, 1):
            if len(row.cells) != len(self.columns):
                raise InvalidBrief(f"the table {self.title[:60]!r} has {len(self.columns)} columns, but row {number} "
                                   f"has {len(row.cells)} cells.")


class Figure(msgspec.Struct, frozen=True, tag="figure", kw_only=True):
    """A numbered picture.

    Parameters
    ----------
    svg
        An SVG document; scripts, external references and everything else that is no drawing are refused.
    title
        Caption: what it shows.
    alternative
        The same in a sentence, for those who do not see it; required.
    cites
        Keys of its sources.
    wide
        Over the whole width of the sheet.
    """

    svg: str
    title: str
    alternative: str
    cites: tuple[str, ...] = ()
    wide: bool = False
    portion: Portion | None = None

    def __post_init__(self) -> None:
        _titled("a figure", self.title)
        if not self.alternative.strip():
            raise InvalidBrief(f"the figure {self.title[:60]!r} needs a text alternative that says what it shows.")


class Bullets(msgspec.Struct, frozen=True, tag="bullets"):
    """A list, numbered or not."""

    items: tuple[Words, ...]
    ordered: bool = False
    portion: Portion | None = None


class Callout(msgspec.Struct, frozen=True, tag="callout", kw_only=True):
    """A finding or a caution that stands out from the text."""

    kind: Literal["finding", "caution"]
    words: Words
    portion: Portion | None = None


class Comparison(msgspec.Struct, frozen=True, tag="comparison", kw_only=True):
    """Two things side by side.

    Parameters
    ----------
    left, right
        What is compared.
    rows
        (aspect, left, right).
    """

    left: str
    right: str
    rows: tuple[tuple[str, Words, Words], ...]
    portion: Portion | None = None


class PageBreak(msgspec.Struct, frozen=True, tag="break"):
    """What follows begins a new page."""


class Appendix(msgspec.Struct, frozen=True, tag="appendix"):
    """Begins an appendix, lettered, on a new page."""

    title: str
    portion: Portion | None = None

    def __post_init__(self) -> None:
        _titled("an appendix", self.title)


class Contents(msgspec.Struct, frozen=True, tag="contents"):
    """The list of headings of levels 1 and 2 with their pages."""


Block: TypeAlias = (
    Heading | Paragraph | Figures | Table | Figure | Bullets | Callout | Comparison | PageBreak | Appendix | Contents
)


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A brief.

    Parameters
    ----------
    title
        The finding, in one sentence.
    subtitle
        What it is about, for whom.
    member, post
        Who says it; never a person.
    made_ms
        Its date, ms since 1970, UTC; the same brief with the same date has the same bytes.
    language
        ``en`` or ``ja``.
    portion
        Label and topic of the title and of everything that has no portion of its own.
    blocks
        In reading order; at most 5,000.
    sources
        All that are cited; only those that a remaining part cites are printed, in the order of their first citation.
    distribution
        Who gets it, in words.
    cover
        With a cover sheet of its own.
    """

    title: str
    member: MemberId
    post: Post
    made_ms: int
    portion: Portion
    blocks: tuple[Block, ...]
    subtitle: str = ""
    language: Literal["en", "ja"] = "en"
    sources: tuple[Source, ...] = ()
    distribution: str = ""
    cover: bool = True

    def __post_init__(self) -> None:
        _titled("a brief", self.title)
        if not 0 <= self.made_ms <= 253_402_300_799_000:
            raise InvalidBrief("a brief is dated in the years 1970 to 9999.")
        if len(self.blocks) > MAX_BLOCKS:
            raise InvalidBrief(f"a brief has at most {MAX_BLOCKS:,} parts, not {len(self.blocks):,}; split it.")
        cells = sum(len(b.columns) * len(b.rows) for b in self.blocks if isinstance(b, Table))
        if cells > MAX_CELLS:
            raise InvalidBrief(f"the tables of a brief have at most {MAX_CELLS:,} cells, these have {cells:,}; "
                               "export long tables as a file instead.")
        keys = [source.key for source in self.sources]
        if len(set(keys)) < len(keys):
            raise InvalidBrief("two sources of a brief have the same key; give each its own.")


def _titled(what: str, title: str) -> None:
    if not title.strip():
        raise InvalidBrief(f"{what} needs a title.")
    if len(title) > MAX_TITLE:
        raise InvalidBrief(f"the title of {what} has at most {MAX_TITLE} characters, this one has {len(title):,}.")
