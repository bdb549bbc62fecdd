"""Reading a file against its description: the good rows as a stream, everything else as findings.

::

    with Check(path, SCHEMA) as check:
        for row in check:          # Row(sheet, number, values)
            ...
    check.findings.kept, check.good, check.bad

Memory does not grow with the file: rows come one by one, findings are bounded, keys and shared strings lie on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from latticework.kernel.errors import ReadingStopped
from latticework.workbench.tables import numbers
from latticework.workbench.tables.dates import Wrong, short_parts
from latticework.workbench.tables.findings import Findings
from latticework.workbench.tables.heads import Head, find_head
from latticework.workbench.tables.keys import Keys, key_of
from latticework.workbench.tables.schema import Column, Sheet, Type, Value, Workbook
from latticework.workbench.tables.sniff import Reading, open_source
from latticework.workbench.tables.source import Cells, Source, SourceSheet, letter
from latticework.workbench.tables.values import (
    EXAMPLES,
    EXPECTED,
    Decided,
    Read,
    Reader,
    clean,
    fold,
    is_empty,
    reader,
    written,
)

AHEAD: Final = 2_000
"""Rows that decide the decimal mark and the order of dates of a column."""
_BEAT: Final = 1_000
_IGNORED: Final = frozenset({"columns", "列の説明"})
"""Sheets of a template that hold no rows."""
_NUMBERS: Final = frozenset({Type.NUMBER, Type.WHOLE, Type.MONEY, Type.DURATION})
_DATES: Final = frozenset({Type.DATE, Type.MONTH, Type.FISCAL_YEAR})


class Row(NamedTuple):
    """A row that is right: its sheet, its number as a spreadsheet shows it, and its values by column name."""

    sheet: str
    number: int
    values: dict[str, Value]


Progress = Callable[[float, int], None]
"""Called with the share of the file that was read (0 to 1) and the number of rows so far."""


class Check:
    """One reading of one file.

    Parameters
    ----------
    path
        A file, or a folder of CSV files named like the sheets.
    schema
        What it should hold.
    how
        Encoding, separator, decimal mark and order of dates, where they are named.
    name
        What the file is called, where `path` is a temporary one.
    findings
        Where to gather them; None: a new one.
    progress
        Called every thousand rows.
    cancelled
        Asked every thousand rows; when it says yes, the reading ends with :class:`ReadingStopped`.

    Raises
    ------
    InvalidTable, TableTooLarge
        On opening or while reading: the file as a whole cannot be taken.
    """

    def __init__(
        self, path: Path, schema: Workbook, how: Reading | None = None, *, name: str = "",
        findings: Findings | None = None, progress: Progress | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.schema, self.how = schema, how or Reading()
        self.findings = findings or Findings()
        self.good = self.bad = 0
        self._progress, self._cancelled = progress, cancelled
        self._source: Source = open_source(path, self.how, name)
        self.format = self._source.format
        self._keys = Keys()
        self._groups: dict[tuple[str, tuple[str, ...]], int] = {}
        for sheet in schema.sheets:
            for group in (sheet.key, *sheet.unique):
                if group:
                    self._groups.setdefault((sheet.name, group), len(self._groups))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()
        self._keys.close()

    def __iter__(self) -> Iterator[Row]:
        for notice in self._source.notices:
            self.findings.add(notice.code, sheet=notice.sheet, values=notice.values)
        found = self._match()
        done: set[str] = set()
        for n, sheet in enumerate(ordered := [s for s in self.schema.order() if s.name in found]):
            late = {c.refers for c in sheet.columns if c.refers and c.refers not in done and c.refers in found}
            for name in late:  # itself, or one of a circle: its keys are gathered first
                self._gather(self.schema.sheet(name), found[name])
            yield from _Table(self, sheet, found[sheet.name], late, n / len(ordered), 1 / len(ordered)).rows()
            done.add(sheet.name)
        if self._progress is not None:
            self._progress(1.0, self.good + self.bad)

    def beat(self, share: float) -> None:
        """Say how far the reading is, and stop it when that was asked for."""
        if self._cancelled():
            raise ReadingStopped(f"reading was stopped after {self.good + self.bad:,} rows; nothing was taken.")
        if self._progress is not None:
            self._progress(min(1.0, share), self.good + self.bad)

    def group(self, sheet: str, columns: tuple[str, ...]) -> int:
        """Return the number of a key in the store of keys."""
        return self._groups[sheet, columns]

    @property
    def keys(self) -> Keys:
        """The keys that were used so far."""
        return self._keys

    def _match(self) -> dict[str, SourceSheet]:
        """Return which sheet of the file is which of the schema, and say what is missing or not described."""
        there = [s for s in self._source.sheets() if fold(s.name) not in _IGNORED]
        found: dict[str, SourceSheet] = {}
        for sheet in self.schema.sheets:
            names = {fold(n) for n in (sheet.name, *sheet.aliases)}
            match = next((s for s in there if fold(s.name) in names and s not in found.values()), None)
            if match is not None:
                found[sheet.name] = match
        rest = [s for s in there if s not in found.values()]
        wanted = [s for s in self.schema.sheets if s.name not in found]
        visible = [s for s in rest if not s.hidden]
        if len(self.schema.sheets) == 1 and wanted and len(visible) == 1:
            found[wanted[0].name] = visible[0]
            rest.remove(visible[0])
            if self.format == "XLSX":  # a CSV file is called as one likes
                self.findings.add("T-33", sheet=visible[0].name,
                                  values={"given": visible[0].name, "name": wanted[0].name})
        for sheet in self.schema.sheets:
            if sheet.name not in found and sheet.required:
                near = get_close_matches(fold(sheet.name), {fold(s.name): s for s in rest}, n=1)
                self.findings.add("T-20", values={"name": sheet.name, "near": next(
                    (s.name for s in rest if near and fold(s.name) == near[0]), "")})
        for other in rest:
            if not other.hidden:
                self.findings.add("T-21", sheet=other.name, values={"name": other.name})
        for match in found.values():
            if match.hidden:
                self.findings.add("T-22", sheet=match.name)
        return found

    def _gather(self, sheet: Sheet, there: SourceSheet) -> None:
        """Note the keys of a sheet before it is read: rows may refer to rows below them."""
        silent = Findings(0, 0)
        rows = there.rows()
        first = list(islice(rows, AHEAD))
        head = find_head(sheet, first, silent, there.name)
        column = sheet.column(sheet.key[0])
        if head is None or column.name not in head.places:
            return
        read = reader(column, Decided(date1904=there.date1904), Read())
        group = self.group(sheet.name, sheet.key) + len(self._groups)
        for number, cells in chain(first, rows):
            raw = cells.get(head.places[column.name])
            if number > head.row and not is_empty(raw):
                try:
                    self._keys.use(group, key_of([read(raw)]), number, True)
                except Wrong:
                    continue

    def refers_to(self, name: str, key: str, *, early: bool) -> tuple[int, bool] | None:
        """Return row and goodness of what a reference names; `early`: among the keys that were gathered first."""
        sheet = self.schema.sheet(name)
        return self._keys.find(self.group(name, sheet.key) + (len(self._groups) if early else 0), key)


class _Table:
    """The reading of one sheet."""

    def __init__(
        self, check: Check, sheet: Sheet, there: SourceSheet, late: set[str], begun: float, part: float,
    ) -> None:
        self._check, self._sheet, self._there, self._late = check, sheet, there, late
        self._begun, self._part = begun, part
        self._findings, self._name = check.findings, there.name
        self._said: set[tuple[str, str]] = set()

    def rows(self) -> Iterator[Row]:
        rows = self._there.rows()
        first = list(islice(rows, AHEAD))
        if not first:
            self._notices(None)
            self._findings.add("T-06", sheet=self._name)
            return
        head = find_head(self._sheet, first, self._findings, self._name)
        if head is None:
            self._notices(None)
            return
        body = [(number, cells) for number, cells in first if number > head.row]
        self._columns = [(c, head.places[c.name], *self._reader(c, head, body))
                         for c in self._sheet.columns if c.name in head.places]
        self._defaults = {c.name: c.default for c in self._sheet.columns if c.name not in head.places}
        self._refers = [c for c in self._sheet.columns if c.refers and c.name in head.places]
        groups = dict.fromkeys(g for g in (self._sheet.key, *self._sheet.unique) if g)
        self._uniques = [(g, self._check.group(self._sheet.name, g)) for g in groups
                         if all(c in head.places for c in g)]
        last = max(head.headings, default=0)
        count = 0
        for number, cells in chain(body, rows):
            count += 1
            if count % _BEAT == 0:
                self._check.beat(self._begun + self._part * self._there.share())
            values = self._row(number, cells, head, last)
            if values is None:
                continue
            if values and head.complete:
                self._check.good += 1
                yield Row(self._sheet.name, number, values)
            else:
                self._check.bad += 1
        if count == 0:
            self._findings.add("T-06", sheet=self._name)
        self._notices(head)

    def _reader(self, column: Column, head: Head, body: list[tuple[int, Cells]]) -> tuple[Reader, Read]:
        """Return the reader of a column, once its values have decided what they can."""
        place, how = head.places[column.name], self._check.how
        mark, order = how.decimal, how.date_order
        texts = [t for _n, cells in body if isinstance(t := cells.get(place), str)]
        if column.type in _NUMBERS and not mark:
            mark, shows = numbers.decide(_folded(t) for t in texts)
            if mark == "comma":
                self._say("T-58", head, column, {"mark": mark, "reason": f"as in {shows[:30]}"})
        elif column.type in _DATES and not order:
            order, shows = _date_order(texts)
            if order:
                self._say("T-59", head, column, {"first": order, "reason": f"as in {shows[:30]}"})
        seen = Read()
        decided = Decided(mark=mark, order=order, point=self._there.point, date1904=self._there.date1904)
        return reader(column, decided, seen), seen

    def _say(self, code: str, head: Head, column: Column, values: Mapping[str, str], row: int = 0) -> None:
        """Say something once for a column."""
        if (code, column.name) not in self._said:
            self._said.add((code, column.name))
            place = head.places[column.name]
            self._findings.add(code, sheet=self._name, row=row, column=head.headings[place], letter=letter(place),
                               values=values)

    def _row(self, number: int, cells: Cells, head: Head, last: int) -> dict[str, Value] | None:
        """Return the values of a row; an empty dictionary when it is wrong, None when it holds nothing."""
        values: dict[str, Value] = {}
        wrong: list[tuple[Column, Wrong]] = []
        filled = False
        for column, place, read, seen in self._columns:
            raw = cells.get(place)
            if raw is None or (type(raw) is str and not raw.strip()):
                if column.required:
                    wrong.append((column, Wrong("T-40", expected=EXPECTED[column.type])))
                values[column.name] = column.default
                continue
            filled = True
            try:
                values[column.name] = read(raw)
            except Wrong as error:
                wrong.append((column, error))
            if seen.as_text or seen.warnings:
                self._seen(number, cells, head, column, seen)
        if not filled:
            # Nothing under the headings: a row that only has formats, a remark beside the table, or a total line.
            return None
        values.update(self._defaults)
        beside = next((p for p in cells if p > last and not is_empty(cells[p])), None)
        if beside is not None:
            self._findings.add("T-31", sheet=self._name, row=number, letter=letter(beside),
                               value=written(cells[beside]))
        for column, what in wrong:
            self._tell(number, cells, head, column, what)
        right = not wrong and beside is None
        right = self._references(number, cells, head, values) and right
        # A complaint of a rule needs all values; the key is noted even of a wrong row, so that its double is found.
        right = right and self._rules(number, cells, head, values)
        right = self._unique(number, cells, head, values, right) and right
        return values if right else {}

    def _tell(self, number: int, cells: Cells, head: Head, column: Column, error: Wrong) -> None:
        place = head.places[column.name]
        given = error.values
        if error.code == "T-41":
            given = {"expected": EXPECTED[column.type], **given,
                     "example": column.example or EXAMPLES.get(column.type, "")}
        self._findings.add(error.code, sheet=self._name, row=number, column=head.headings[place], letter=letter(place),
                           value=written(cells.get(place)) if cells.get(place) is not None else "", values=given)

    def _seen(self, number: int, cells: Cells, head: Head, column: Column, seen: Read) -> None:
        if seen.as_text and self._check.format == "XLSX":
            self._say("T-57", head, column, {}, number)
        seen.as_text = False
        for warning in seen.warnings:
            self._tell(number, cells, head, column, warning)
        seen.warnings.clear()

    def _references(self, number: int, cells: Cells, head: Head, values: dict[str, Value]) -> bool:
        right = True
        for column in self._refers:
            key = values.get(column.name)
            if key is None:
                continue
            used = self._check.refers_to(column.refers, str(key), early=column.refers in self._late)
            if used is None:
                right = False
                self._tell(number, cells, head, column, Wrong("T-61", sheet=column.refers))
            elif not used[1]:
                right = False
                self._tell(number, cells, head, column, Wrong("T-62", sheet=column.refers, other=str(used[0])))
        return right

    def _rules(self, number: int, cells: Cells, head: Head, values: dict[str, Value]) -> bool:
        right = True
        for rule in self._sheet.rules:
            complaint = rule(values)
            if complaint is not None:
                right = False
                place = head.places.get(complaint.column, -1)
                self._findings.add("T-63", sheet=self._name, row=number, column=head.headings.get(place, ""),
                                   letter=letter(place) if place >= 0 else "",
                                   value=written(cells[place]) if cells.get(place) is not None else "",
                                   values={"what": complaint.what, "do": complaint.do})
        return right

    def _unique(self, number: int, cells: Cells, head: Head, values: dict[str, Value], right: bool) -> bool:
        for columns, group in self._uniques:
            mine = [values.get(c) for c in columns]
            if any(v is None for v in mine):
                continue
            other = self._check.keys.use(group, key_of(mine), number, right)
            if other:
                right = False
                words = ", ".join(head.headings[head.places[c]] for c in columns)
                self._tell(number, cells, head, self._sheet.column(columns[0]),
                           Wrong("T-60", columns=words, other=str(other)))
        return right

    def _notices(self, head: Head | None) -> None:
        """Pass on what the reader noticed, as far as it concerns columns that were read."""
        places = set(head.places.values()) if head else set()
        for notice in self._there.notices():
            if notice.column >= 0 and notice.column not in places:
                continue
            if notice.code == "T-28" and head is not None and notice.row <= head.row:
                continue  # a title over the table
            heading = head.headings.get(notice.column, "") if head else ""
            self._findings.add(notice.code, sheet=self._name, row=notice.row, column=heading,
                               letter=letter(notice.column) if notice.column >= 0 else "", values=notice.values)


def _folded(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", text)


def _date_order(texts: list[str]) -> tuple[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        try:
            parts = short_parts(_folded(clean(text)))
        except Wrong:
            continue
        if parts is not None and (parts[0] > 12) != (parts[1] > 12):
            found.setdefault("day" if parts[0] > 12 else "month", text.strip())
    return next(iter(found.items())) if len(found) == 1 else ("", "")


def check_all(check: Check) -> tuple[int, int]:
    """Read a file to its end for its findings alone; return how many rows are right and wrong."""
    for _row in check:
        pass
    return check.good, check.bad
