"""The fonts of printed briefs: fetched at set-up by pinned hash from the packages that ship them, never the machine's.

Source Serif 4 and Source Sans 3 (Adobe), Noto Serif JP and Noto Sans JP (Google, Adobe), all under the SIL Open Font
License 1.1, whose text stands beside the files. Without them the typesetter's own fonts take over: every Western
language still prints; Japanese does not.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "fonts"

_SERIF: Final = "@expo-google-fonts/source-serif-4"
_SANS: Final = "@expo-google-fonts/source-sans-3"
_SERIF_JP: Final = "@expo-google-fonts/noto-serif-jp"
_SANS_JP: Final = "@expo-google-fonts/noto-sans-jp"

FILES: Final[dict[str, tuple[str, str]]] = {
    "SourceSerif4_400Regular.ttf": (f"{_SERIF}/400Regular/SourceSerif4_400Regular.ttf",
        "d47da11c5f55f031d9ec54c3172865d76009b2cbab5c706dfa73866b00096639"),
    "SourceSerif4_600SemiBold.ttf": (f"{_SERIF}/600SemiBold/SourceSerif4_600SemiBold.ttf",
        "d31cd1fb273e5399efc04691e9ac14b581eae836d783f6cf3c560225ebcf95c0"),
    "SourceSerif4_400Regular_Italic.ttf": (f"{_SERIF}/400Regular_Italic/SourceSerif4_400Regular_Italic.ttf",
        "8abc06ebcf3a84d6e18763fad2fd237c9149104f16963f459c8763390048aff2"),
    "SourceSerif4_600SemiBold_Italic.ttf": (f"{_SERIF}/600SemiBold_Italic/SourceSerif4_600SemiBold_Italic.ttf",
        "bb932452a5151025957b5df1d7c38c6a931505c4de3515ed0068e75d40a7dc4b"),
    "SourceSans3_400Regular.ttf": (f"{_SANS}/400Regular/SourceSans3_400Regular.ttf",
        "393fb5b878ceed04aebc34b097e853ae5138c51d0c34b496ce8e2b47e0d0b94a"),
    "SourceSans3_600SemiBold.ttf": (f"{_SANS}/600SemiBold/SourceSans3_600SemiBold.ttf",
        "bd2550fce2d295b0bf20bd8b1b7f1477da834f1066bd850aafdb4787a67a63ca"),
    "SourceSans3_400Regular_Italic.ttf": (f"{_SANS}/400Regular_Italic/SourceSans3_400Regular_Italic.ttf",
        "f17facaa9ed293bb38526db3638e240510b7393c37ffa70e5c48f39575de44ab"),
    "SourceSans3_600SemiBold_Italic.ttf": (f"{_SANS}/600SemiBold_Italic/SourceSans3_600SemiBold_Italic.ttf",
        "4bf87ac9b29c7fc4431311967a7f8188e252f213f61c47ac8ef90b9609c3875f"),
    "NotoSerifJP_400Regular.ttf": (f"{_SERIF_JP}/400Regular/NotoSerifJP_400Regular.ttf",
        "5a04846a0e23acefae825f2f459205036a166f5a63462019ce3492d07bd20e92"),
    "NotoSerifJP_600SemiBold.ttf": (f"{_SERIF_JP}/600SemiBold/NotoSerifJP_600SemiBold.ttf",
        "b9f75696212c54cb0ab25806b25e724f06cf7b60490068f8ad802edc41fed3af"),
    "NotoSansJP_400Regular.ttf": (f"{_SANS_JP}/400Regular/NotoSansJP_400Regular.ttf",
        "d930d5d52d15231c283089760f84584272ad5e37e14607ba0d19c798e7a9caec"),
    "NotoSansJP_600SemiBold.ttf": (f"{_SANS_JP}/600SemiBold/NotoSansJP_600SemiBold.ttf",
        "c1d1baeebf7d702d84a02166d1449ac718c171a18d9fc89b21a7cd729eb454d3"),
}
"""File in :data:`FOLDER` to the file in its npm package, and its SHA-256."""
LICENSES: Final[dict[str, str]] = {
    "OFL-source-serif-4.txt": f"{_SERIF}/LICENSE_FONT", "OFL-source-sans-3.txt": f"{_SANS}/LICENSE_FONT",
    "OFL-noto-serif-jp.txt": f"{_SERIF_JP}/LICENSE_FONT", "OFL-noto-sans-jp.txt": f"{_SANS_JP}/LICENSE_FONT",
}
JAPANESE: Final = tuple(name for name in FILES if "JP" in name)

_BUNDLED: Final = ((0x20, 0x17F), (0x370, 0x3FF), (0x400, 0x45F), (0x1E00, 0x1EFF), (0x2009, 0x2009), (0x2010, 0x2027),
                   (0x202F, 0x203A), (0x20AC, 0x20AC), (0x2212, 0x2212), (0x25A1, 0x25A1))
"""What the typesetter's own text fonts (Libertinus, DejaVu Sans Mono) cover for certain."""


def missing(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the names of the fonts that are not installed."""
    return tuple(name for name in FILES if not (folder / name).is_file())


def has_japanese(folder: Path = FOLDER) -> bool:
    """Say whether Japanese can be printed."""
    return not set(missing(folder)) & set(JAPANESE)


@lru_cache(maxsize=2)
def coverage(folder: Path = FOLDER) -> frozenset[int]:
    """Return the code points that the installed fonts have glyphs for."""
    found = {c for first, last in _BUNDLED for c in range(first, last + 1)}
    for name in FILES:
        if "Regular.ttf" in name and (folder / name).is_file():
            found |= code_points((folder / name).read_bytes())
    return frozenset(found)


def code_points(font: bytes) -> set[int]:
    """Return the code points that a TrueType font maps to glyphs.

    Source: OpenType specification 1.9, table ``cmap``, formats 4 and 12.
    """
    tables = {font[at:at + 4]: struct.unpack_from(">II", font, at + 8)
              for at in range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16)}
    start = tables[b"cmap"][0]
    best: tuple[int, int] | None = None
    for number in range(struct.unpack_from(">H", font, start + 2)[0]):
        platform, _encoding, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * number)
        form = struct.unpack_from(">H", font, start + offset)[0]
        if platform in {0, 3} and form in {4, 12}:
            best = max(best or (0, 0), (form, start + offset))
    if best is None:
        return set()
    form, at = best
    found: set[int] = set()
    if form == 12:
        for group in range(struct.unpack_from(">I", font, at + 12)[0]):
            first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
            found.update(range(first, last + 1))
        return found
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    for first, last in zip(starts, ends, strict=True):
        found.update(range(first, min(last, 0xFFFE) + 1))
    return found
