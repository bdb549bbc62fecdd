"""In which encoding a text was saved: found out from its bytes, with the reason, or refused where it cannot be.

Marks at the beginning and validity decide where they can. Between the East Asian multi-byte encodings and the Western
ones, which may all be valid at once, the letters decide: each reading is scored by how much of it is what people write
in that language. The trial against ``charset-normalizer`` is in the decision record on tables.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final, NamedTuple

from latticework.kernel.errors import InvalidTable
from latticework.workbench.tables.findings import refuse

SAMPLE: Final = 1 << 18
"""Bytes that are read to find out."""
ENCODINGS: Final[dict[str, str]] = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a mark", "utf-16": "UTF-16", "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE", "utf-32": "UTF-32", "shift_jis": "Shift_JIS", "cp932": "CP932 (Windows Japanese)",
    "euc_jp": "EUC-JP", "iso2022_jp": "ISO-2022-JP", "cp949": "CP949 (Windows Korean)", "latin-1": "Latin-1",
    "cp1252": "CP1252 (Windows Western)",
}
"""Codec and name of each encoding that is read."""
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)


class Found(NamedTuple):
    """An encoding and why it is the one."""

    codec: str
    reason: str

    @property
    def name(self) -> str:
        """What people call it."""
        return ENCODINGS[self.codec]


def known(name: str) -> str:
    """Return the codec of a name that a person gave.

    Raises
    ------
    InvalidTable
        When it is none of :data:`ENCODINGS`.
    """
    try:
        wanted = codecs.lookup(name).name
    except (LookupError, ValueError):
        wanted = ""
    for codec in ENCODINGS:
        if codecs.lookup(codec).name == wanted:
            return codec
    raise InvalidTable(f"the encoding {name[:30]!r} is not read here; use one of {', '.join(ENCODINGS)}.")


def find(head: bytes) -> Found:
    """Return the encoding of a text by its first bytes (up to :data:`SAMPLE`).

    Raises
    ------
    InvalidTable
        When the bytes are no text.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Found(codec, "its first bytes are the mark of this encoding")
    if 0 in head and (wide := _wide(head)):
        return Found(wide, "read so, its bytes of zero belong to letters, and its lines end")
    if re.search(rb"\x1b\$[@B]|\x1b\([JI]", head) and max(head) < 0x80:
        return Found("iso2022_jp", "it holds the escape sequences of this encoding")
    if head and max(head) < 0x80:
        return Found("utf-8", "it holds ASCII alone")
    cut = _whole_lines(head)
    if _decoded(cut, "utf-8") is not None:
        return Found("utf-8", "all of its bytes are valid in it")
    best = max(((_score(cut, codec), -n, codec) for n, codec in enumerate(("cp932", "euc_jp", "cp949", "cp1252"))))
    score, _order, codec = best
    if score <= 0:
        if _decoded(cut, "cp1252") is not None:
            return Found("cp1252", "it is neither UTF-8 nor an East Asian encoding")
        if head.count(0) or sum(b < 32 and b not in b"\t\n\r\x0b\x0c\x1b" for b in head) * 50 > len(head):
            refuse("T-01", format="no text")
        return Found("latin-1", "it is valid in no other encoding")
    return Found(codec, "it is not UTF-8, and read so its letters are the usual ones of its language")


def _wide(head: bytes) -> str:
    """Return which UTF-16 without a mark a text with bytes of zero is; empty when it is none."""
    found = ""
    most = 0
    for codec in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(codec, "replace")
        if "\x00" not in text and text.count("\ufffd") <= 1 and "\n" in text:
            plain = sum(c < "\x7f" for c in text)
            if plain > most:
                found, most = codec, plain
    return found


def _whole_lines(head: bytes) -> bytes:
    """Return the bytes up to the last line's end, so that no letter is cut in two."""
    end = head.rfind(b"\n")
    return head if len(head) < SAMPLE or end < 0 else head[: end + 1]


def _decoded(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _score(data: bytes, codec: str) -> float:
    """Return how usual the letters are beyond ASCII that a codec reads, -1 (not valid) to 1."""
    text = _decoded(data, codec)
    if text is None:
        return -1.0
    letters = [c for c in text if c > "\x7f"]
    if not letters:
        return 0.0
    if codec == "cp1252":
        # A Western letter stands in a word of ASCII letters; bytes of other encodings come in unbroken runs.
        lonely = len(re.findall(r"(?<![\x80-\uffff])[\u00a0-\u00ff\u20ac\u2013\u2014\u2018-\u201d](?![\x80-\uffff])",
                                text))
        pairs = len(re.findall(r"(?<![\x80-\uffff])[\u00c0-\u00ff]{2}(?![\x80-\uffff])", text))
        return (lonely + pairs) / len(letters) * 0.9
    usual = {"cp932": _japanese, "euc_jp": _japanese, "cp949": _korean}[codec]
    return sum(usual(c) for c in letters) / len(letters)


def _japanese(char: str) -> float:
    code = ord(char)
    if 0x3040 <= code <= 0x30FF or char in "、。「」・ー年月日％（）　":
        return 1.0
    if 0x4E00 <= code <= 0x9FFF:
        # JIS X 0208 level 1 holds the kanji in use; in EUC-JP they begin with the bytes B0 to CF.
        try:
            raw = char.encode("euc_jp")
        except UnicodeEncodeError:
            return 0.1
        return 0.9 if len(raw) == 2 and 0xB0 <= raw[0] <= 0xCF else 0.2
    if 0xFF01 <= code <= 0xFF5E:
        return 0.7
    if 0xFF61 <= code <= 0xFF9F:
        return 0.15  # half-width kana: what other encodings' bytes look like in CP932
    return 0.3 if unicodedata.category(char)[0] in "PS" else -0.5


def _korean(char: str) -> float:
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        # KS X 1001 holds the syllables in use: their first byte is B0 to C8, their second A1 to FE.
        raw = char.encode("cp949")
        return 1.0 if 0xB0 <= raw[0] <= 0xC8 and raw[1] >= 0xA1 else 0.1
    if 0x4E00 <= code <= 0x9FFF:
        return 0.1
    return 0.3 if unicodedata.category(char)[0] in "PS" else -0.5
