"""Words of the room that stand in modules which know no language: titles and explanations of its measures."""

from __future__ import annotations

from typing import Final

from latticework.shell.language import N_

MEASURES: Final = (
    N_("How the lights stand"),
    N_("Lamps that burn"),
    N_("The lamps whose latest record says that they burn, of all lamps on record."),
    N_("Hours a lamp has been dark"),
    N_("The time since the first of the latest unbroken run of records that call the lamp dark."),
    N_("Partners within reach"),
    N_("The partners whose link was up when the node last looked, of all its partners."),
)
