"""Import of 100,000 rows of twelve columns with keys, bounds, dates and choices; beside pandas with pandera.

The peer reads the same file with ``pandas`` (``calamine`` for XLSX, its C parser for CSV) and checks types, bounds,
choices and the uniqueness of the key with ``pandera``, lazily, so that it too finds every error. It holds the whole
table in memory and gives no place in the file; ours streams. A million rows are read in a process of its own, whose
largest resident size is reported.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from benchmarks.harness import Bench
from latticework.workbench.tables.check import Check
from latticework.workbench.tables.export import export
from latticework.workbench.tables.schema import Choice, Column, Sheet, Type, Value, Workbook

COLORS = ("white", "red", "green", "yellow")
HEADS = ("id", "name", "member", "latitude", "longitude", "height", "range", "lit", "service", "color", "manned",
         "cost")
SCHEMA = Workbook(name="bench.lamps", title="Lamps", sheets=(Sheet(name="Rows", key=("id",), columns=(
    Column(name="id", type=Type.ID, pattern=r"L-\d+"), Column(name="name", type=Type.TEXT),
    Column(name="member", type=Type.TRIGRAPH), Column(name="latitude", type=Type.NUMBER, low=-90, high=90),
    Column(name="longitude", type=Type.NUMBER, low=-180, high=180),
    Column(name="height", type=Type.NUMBER, low=0, high=400), Column(name="range", type=Type.WHOLE, low=1, high=60_000),
    Column(name="lit", type=Type.DATE), Column(name="service", type=Type.DATE, required=False),
    Column(name="color", type=Type.CHOICE, choices=tuple(Choice(c) for c in COLORS)),
    Column(name="manned", type=Type.YES_NO), Column(name="cost", type=Type.MONEY, currencies=("JPY",)),
)),))


def rows(count: int) -> list[list[Value]]:
    """Return rows, one in a hundred of them wrong."""
    chance = random.Random(5)
    return [[f"L-{n}", f"灯台 {n} of the coast", chance.choice(("JPN", "USA", "AUS")), chance.uniform(-90, 90),
             chance.uniform(-180, 180), chance.uniform(0, 400) + 1_000 * (n % 100 == 7), chance.randint(1, 60_000),
             date(1900, 3, 1) + timedelta(days=chance.randint(0, 45_000)), date(2027, 1, 1) + timedelta(days=n % 700),
             chance.choice(COLORS), n % 3 == 0, float(chance.randint(10_000, 9_000_000))] for n in range(count)]


def write(folder: Path, count: int, kinds: tuple[str, ...]) -> None:
    """Write the same rows as files."""
    made = rows(count)
    for kind in kinds:
        with (folder / f"{count}.{kind}").open("wb") as file:
            export(file, HEADS, made, kind)  # type: ignore[arg-type]


def read(path: Path) -> tuple[int, int]:
    """Return good and bad rows."""
    with Check(path, SCHEMA) as check:
        for _row in check:
            pass
    return check.good, check.bad


def peer(path: Path) -> int:
    """Read and check with pandas and pandera; return how many rows are wrong."""
    import pandas
    import pandera.pandas as pa

    frame = (pandas.read_excel(path, engine="calamine") if path.suffix == ".xlsx" else
             pandas.read_csv(path, parse_dates=["lit", "service"], encoding="utf-8-sig"))
    if path.suffix == ".csv":
        frame["manned"] = frame["manned"].map({"yes": True, "no": False})
    schema = pa.DataFrameSchema({
        "id": pa.Column(str, pa.Check.str_matches(r"L-\d+$"), unique=True), "name": pa.Column(str),
        "member": pa.Column(str, pa.Check.str_matches(r"[A-Z]{3}$")),
        "latitude": pa.Column(float, pa.Check.in_range(-90, 90)),
        "longitude": pa.Column(float, pa.Check.in_range(-180, 180)),
        "height": pa.Column(float, pa.Check.in_range(0, 400)),
        "range": pa.Column(int, pa.Check.in_range(1, 60_000)), "lit": pa.Column("datetime64[ns]"),
        "service": pa.Column("datetime64[ns]"), "color": pa.Column(str, pa.Check.isin(COLORS)),
        "manned": pa.Column(bool), "cost": pa.Column(float)}, coerce=True)
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return int(errors.failure_cases["index"].nunique())
    return 0


_MEMORY = """
import sys
from pathlib import Path
from benchmarks.workbench_tables import peer, read
(peer if sys.argv[2] == "peer" else read)(Path(sys.argv[1]))
# Not ru_maxrss: it outlives exec, and would tell the size of the process that started this one.
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""


def memory_mib(path: Path, who: str) -> int:
    """Return the largest resident size of a process that reads `path`."""
    done = subprocess.run([sys.executable, "-c", _MEMORY, str(path), who], capture_output=True, text=True, check=True)
    return int(done.stdout) // 1024


def run(bench: Bench) -> dict[str, object]:
    """Measure rows a second of both formats, and the memory of many rows."""
    count = 10_000 if bench.quick else 100_000
    many = 50_000 if bench.quick else 1_000_000
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder, count, ("xlsx", "csv"))
        rates = {}
        for kind in ("xlsx", "csv"):
            path = folder / f"{count}.{kind}"
            wrong = count // 100
            if read(path) != (count - wrong, wrong):
                raise AssertionError("rows were judged wrongly")
            if peer(path) != wrong:
                raise AssertionError("the peer judges otherwise")
            rates[kind] = bench.time(f"tables: check {count:,} rows of {kind.upper()}", lambda p=path: read(p),
                                     count=count, unit="rows", runs=3)
            bench.peer(f"tables: {kind.upper()} with pandas and pandera", "pandera", lambda p=path: peer(p),
                       count=count, unit="rows")
        write(folder, many, ("csv", "xlsx"))
        sizes = {f"tables: MiB to read {many:,} rows of {kind.upper()}": memory_mib(folder / f"{many}.{kind}", "ours")
                 for kind in ("csv", "xlsx")}
        beside = memory_mib(folder / f"{many}.csv", "peer")
    finally:
        shutil.rmtree(folder)
    for kind, rate in rates.items():
        bench.target(f"tables: {count:,} rows of {kind.upper()}, s", count / rate, at_most=10)
    for label, mib in sizes.items():
        bench.target(label, mib, at_most=200)
    return {**{label: f"{mib} MiB" for label, mib in sizes.items()},
            f"tables: pandas and pandera to read {many:,} rows of CSV": f"{beside} MiB"}
