"""Lists of lamps as files: the room's table, and how its rows become records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from latticework.kernel.errors import InvalidRecord
from latticework.testing.lighthouse.model import LAMP, TOPIC, Lamp
from latticework.workbench.tables.schema import Column, Complaint, Sheet, Type, Values, Workbook
from latticework.workbench.tables.service import Refusal

if TYPE_CHECKING:
    from latticework.kernel.labels.label import Label
    from latticework.kernel.policy.model import Officer
    from latticework.workbench.bench import Workbench
    from latticework.workbench.tables.check import Row


def service_after_lighting(values: Values) -> Complaint | None:
    """Refuse a next service before the lamp was lit for the first time."""
    lit, service = values["lit_since"], values["next_service"]
    if lit is not None and service is not None and str(service) < str(lit):
        return Complaint("next_service", "The next service is before the lamp was first lit.",
                         "Correct one of the two days.")
    return None


LAMPS: Final = Sheet(
    name="Lamps", aliases=("灯火",), key=("name",), rules=(service_after_lighting,), columns=(
        Column(name="name", type=Type.TEXT, title="Name", title_ja="名称", aliases=("Lamp", "灯台名"), longest=80,
               example="Cape light", description="One name, one lamp.", description_ja="一つの名称に一つの灯火。"),
        Column(name="latitude_deg", type=Type.NUMBER, title="Latitude", title_ja="緯度", unit="°", low=-90, high=90,
               aliases=("Lat",), example="34.25", description="WGS 84, north positive.",
               description_ja="WGS 84、北緯が正。"),
        Column(name="longitude_deg", type=Type.NUMBER, title="Longitude", title_ja="経度", unit="°", low=-180, high=180,
               aliases=("Lon", "Long"), example="136.9", description="WGS 84, east positive.",
               description_ja="WGS 84、東経が正。"),
        Column(name="height_m", type=Type.NUMBER, title="Height", title_ja="灯高", unit="m", low=0, high=400,
               aliases=("高さ",), example="42.5", description="Of the focal plane above mean high water.",
               description_ja="平均高潮面上の灯火の高さ。"),
        Column(name="range_m", type=Type.WHOLE, title="Range", title_ja="光達距離", unit="m", low=1, high=60_000,
               example="33000", description="Nominal range.", description_ja="名目的光達距離。"),
        Column(name="burning", type=Type.YES_NO, title="Burning", title_ja="点灯", required=False, default=True,
               example="yes", description="Whether it is lit; empty: yes.", description_ja="点灯中か。空欄は点灯。"),
        Column(name="lit_since", type=Type.DATE, title="Lit since", title_ja="初点灯日", required=False, eras=True,
               example="1995-03-01", description="First lighting.", description_ja="初めて点灯した日。和暦も可。"),
        Column(name="next_service", type=Type.DATE, title="Next service", title_ja="次回点検日", required=False,
               eras=True, example="2027-04-01"),
        Column(name="source", type=Type.TEXT, title="Source", title_ja="出所", required=False, default="", longest=300,
               example="invented"),
    ))
SCHEMA: Final = Workbook(name="lighthouse.lamps", title="Lamps of the lighthouse service", title_ja="灯台の灯火一覧",
                         sheets=(LAMPS,))


def register(bench: Workbench) -> None:
    """Let officers bring lists of lamps."""
    kernel = bench.kernel

    def accept(officer: Officer, rows: Sequence[Row], label: Label) -> Iterator[Refusal]:
        for row in rows:
            v = row.values
            try:
                lamp = Lamp(
                    name=str(v["name"]), latitude_deg=_number(v["latitude_deg"]),
                    longitude_deg=_number(v["longitude_deg"]), height_m=_number(v["height_m"]),
                    range_m=_number(v["range_m"]), burning=bool(v["burning"]), source=str(v["source"]),
                    lit_since=str(v["lit_since"] or ""), next_service=str(v["next_service"] or ""))
            except InvalidRecord as error:
                yield Refusal(row, error.message, "Correct the row.")
                continue
            kernel.publish(officer, LAMP, lamp, topic=TOPIC, label=label)

    bench.tables.register(SCHEMA, accept, page="/lighthouse")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
