"""What a file is, by its content, and whether it may come in: passive types only, looked through, its text taken out.

A file is taken when its first bytes are of a type in :data:`TYPES`, its name says the same type, and nothing in it acts
when it is opened: no macros, scripts, embedded programs, launch actions, or templates loaded from elsewhere. Everything
else is refused. Archives are refused too: what is in them would come in unlooked at.

Sources: ISO 32000-2 (PDF), sections 7.11 and 12.6 for actions and embedded files; ECMA-376 part 2 (packages and
relationships); OWASP File Upload Cheat Sheet for the rules of names and types.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple

from latticework.kernel.errors import ActiveContent

HEAD_BYTES: Final = 8_192
MAX_TEXT: Final = 2_000_000
MAX_INFLATED: Final = 2 << 30
MAX_RATIO: Final = 200
MAX_PARTS: Final = 20_000
MAX_PART: Final = 64 << 20
"""Bytes of one part of a package that are read for its text."""


class Look(NamedTuple):
    """What was found out about a file: its media type, and the text that can be searched."""

    media_type: str
    text: str


class Type(NamedTuple):
    """One type that is taken.

    Parameters
    ----------
    media_type
        Its name (IANA media types).
    suffixes
        What a file of this type may be called.
    read
        Looks through the file and returns its text; raises :class:`ActiveContent`.
    """

    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[IO[bytes]], str]


def look(file: IO[bytes], name: str) -> Look:
    """Return what `file` is.

    Parameters
    ----------
    file
        Seekable.
    name
        As it was sent.

    Raises
    ------
    ActiveContent
        When it is of no type that is taken, of another one than its name says, or acts when opened.
    """
    head = file.read(HEAD_BYTES)
    found = _type_of(head, file)
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if suffix not in found.suffixes:
        raise ActiveContent(f"the file is {found.media_type}, and its name says .{suffix[:12] or 'nothing'}; name it "
                            f".{found.suffixes[0]} if that is what it is.")
    file.seek(0)
    return Look(found.media_type, found.read(file)[:MAX_TEXT])


def _type_of(head: bytes, file: IO[bytes]) -> Type:
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    if head[4:8] == b"ftyp":
        return _MP4
    if head.startswith(b"PK\x03\x04"):
        return _package(file)
    text = _as_text(head)
    if text is None:
        raise ActiveContent(f"the file looks like {_named(head)}, which is not taken; send a document, a table, a "
                            "picture or plain text.")
    return _text_type(text)


def _named(head: bytes) -> str:
    """Return what a stranger's file seems to be, in a word or two."""
    import puremagic

    try:
        return str(puremagic.magic_string(head)[0].name or "an unknown type")[:60]
    except (puremagic.PureError, ValueError, IndexError):
        return "an unknown type"


# ---- plain text ------------------------------------------------------------------------------------------------------

_ACTIVE_TEXT: Final = re.compile(r"<\s*(?:script|html|svg|iframe|object|embed|!doctype)\b|javascript:", re.IGNORECASE)
_SHEBANG: Final = re.compile(r"\ufeff?#!")


def _as_text(head: bytes) -> str | None:
    """Return `head` as text, or None when it is none in an encoding that is common here."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", "replace")
    if b"\0" in head:
        return None
    for encoding in ("utf-8", "cp932", "euc_jp", "iso2022_jp", "cp949"):
        for cut in range(4):  # a character may be cut at the end of what was read
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _text_type(head: str) -> Type:
    if _SHEBANG.match(head):
        raise ActiveContent("the file is a script, which is not taken.")
    if head.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        return _XML
    return _TEXT


def _read_text(file: IO[bytes]) -> str:
    raw = file.read(MAX_TEXT * 4)
    text = _as_text(raw)
    if text is None:
        raise ActiveContent("the file begins as text and goes on as something else; it is not taken.")
    if _ACTIVE_TEXT.search(text):
        raise ActiveContent("the file holds HTML or a script, which acts when it is opened; send its text alone.")
    return text


# ---- PDF -------------------------------------------------------------------------------------------------------------

_ACTIONS: Final = {
    "/JS": "a script", "/JavaScript": "a script", "/Launch": "an action that starts a program",
    "/EmbeddedFile": "an embedded file", "/EmbeddedFiles": "embedded files", "/RichMedia": "rich media",
    "/XFA": "a form with scripts", "/SubmitForm": "a form that sends what is filled in",
    "/ImportData": "an action that loads data", "/GoToE": "a link into an embedded file",
}


def _read_pdf(file: IO[bytes]) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted:
            raise ActiveContent("the PDF is locked, so it cannot be looked through; send it without a password.")
        for number in _object_numbers(reader):
            _check_object(reader, number)
        return _pdf_text(reader)
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError):
        raise ActiveContent("the PDF is damaged, so it cannot be looked through; print it anew.") from None


def _object_numbers(reader: object) -> Iterator[tuple[int, int]]:
    xref: dict[int, dict[int, int]] = reader.xref  # type: ignore[attr-defined]
    for generation, table in xref.items():
        yield from ((generation, number) for number in table)
    yield from ((0, number) for number in reader.xref_objStm)  # type: ignore[attr-defined]


def _check_object(reader: object, number: tuple[int, int]) -> None:
    from pypdf.errors import PyPdfError
    from pypdf.generic import IndirectObject

    try:
        found = IndirectObject(number[1], number[0], reader).get_object()
    except PyPdfError:
        return  # an object that nobody can read acts for nobody
    _check_values(found, 0)


def _check_values(value: object, depth: int) -> None:
    if depth > 40:
        raise ActiveContent("the PDF is nested too deeply to be looked through.")
    if isinstance(value, dict):
        for key, item in value.items():
            names = (str(key), str(item) if isinstance(item, str) else "")
            for name in names:
                if name in _ACTIONS:
                    raise ActiveContent(f"the PDF holds {_ACTIONS[name]}; print it to a new PDF and send that.")
            _check_values(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_values(item, depth + 1)


def _pdf_text(reader: object) -> str:
    from pypdf.errors import PyPdfError

    parts: list[str] = []
    size = 0
    for page in reader.pages:  # type: ignore[attr-defined]
        try:
            text = page.extract_text()
        except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            continue  # a page without readable text is still a page
        parts.append(text)
        size += len(text)
        if size > MAX_TEXT:
            break
    return "\n".join(parts)


# ---- packages of XML parts -------------------------------------------------------------------------------------------

_BAD_PARTS: Final = (
    ("vbaproject", "macros"), ("vbadata", "macros"), ("basic/", "macros"), ("macrosheets/", "macros"),
    ("customui", "a ribbon with macros"), ("scripts/", "scripts"), ("activex", "ActiveX controls"),
    ("embeddings/", "embedded objects"), ("oleobject", "embedded objects"), ("externallinks/", "links to other files"),
)
_OFFICE: Final = (
    ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",)),
    ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",)),
    ("ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx",)),
)
_ODF: Final = {
    "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_TEXT_PARTS: Final = re.compile(
    r"(word/(document|footnotes|endnotes|comments|header\d*|footer\d*)|xl/sharedStrings|xl/comments\d*"
    r"|ppt/slides/slide\d+|ppt/notesSlides/notesSlide\d+|content)\.xml"
)
_RELATION: Final = re.compile(rb"<Relationship\b[^>]*>")
_TAG: Final = re.compile(r"<[^>]+>")
_BREAK: Final = re.compile(r"</(?:w:p|a:p|si|text:p|text:h|w:tc)>")


def _package(file: IO[bytes]) -> Type:
    """Return the type of a ZIP package, after looking through its list of parts."""
    with _opened(file) as package:
        names = [info.filename for info in package.infolist()]
        lowered = [name.lower() for name in names]
        for name in lowered:
            for mark, what in _BAD_PARTS:
                if mark in name:
                    raise ActiveContent(f"the file holds {what}; save it without them and send it again.")
        if "mimetype" in names:
            kind = package.read("mimetype")[:100].decode("ascii", "replace").strip()
            if kind in _ODF:
                return Type(kind, (_ODF[kind],), _read_package)
        if "[Content_Types].xml" in names:
            if b"macroEnabled" in package.read("[Content_Types].xml"):
                raise ActiveContent("the file holds macros; save it without them and send it again.")
            for part, media_type, suffixes in _OFFICE:
                if part in names:
                    return Type(media_type, suffixes, _read_package)
    raise ActiveContent("the file is an archive, whose content cannot be looked through; send its files one by one.")


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    file.seek(0)
    try:
        package = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ActiveContent("the file is a damaged archive; save it anew and send it again.") from None
    parts = package.infolist()
    whole = sum(info.file_size for info in parts)
    packed = sum(info.compress_size for info in parts) or 1
    if len(parts) > MAX_PARTS or whole > MAX_INFLATED or (whole > 10 << 20 and whole / packed > MAX_RATIO):
        raise ActiveContent("the file unpacks to far more than it is; it was refused unopened.")
    return package


def _read_package(file: IO[bytes]) -> str:
    found: list[str] = []
    with _opened(file) as package:
        try:
            for info in package.infolist():
                if info.filename.endswith(".rels"):
                    _check_relations(_part(package, info))
                elif _TEXT_PARTS.fullmatch(info.filename):
                    found.append(_words(_part(package, info)))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
            raise ActiveContent("the file is damaged or locked, so it cannot be looked through.") from None
    return "\n".join(found)


def _part(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with package.open(info) as part:
        return part.read(MAX_PART)  # what a part says of its own size may be a lie


def _check_relations(raw: bytes) -> None:
    for relation in _RELATION.findall(raw):
        if b'TargetMode="External"' in relation and b"/hyperlink" not in relation:
            raise ActiveContent("the file loads something from elsewhere when it is opened; save it with all in it.")


def _words(raw: bytes) -> str:
    from html import unescape

    text = raw.decode("utf-8", "replace")
    if "<!DOCTYPE" in text[:2000]:
        raise ActiveContent("the file declares a document type inside it; it was refused.")
    return unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def _nothing(_file: IO[bytes]) -> str:
    return ""


_TEXT: Final = Type(
    "text/plain", ("txt", "md", "csv", "tsv", "json", "geojson", "log", "yaml", "yml", "toml"), _read_text)
_XML: Final = Type("application/xml", ("xml", "kml", "gpx", "spif"), _read_text)
_WEBP: Final = Type("image/webp", ("webp",), _nothing)
_MP4: Final = Type("video/mp4", ("mp4", "m4v", "m4a", "mov"), _nothing)
_MAGIC: Final[tuple[tuple[bytes, Type], ...]] = (
    (b"%PDF-", Type("application/pdf", ("pdf",), _read_pdf)),
    (b"\x89PNG\r\n\x1a\n", Type("image/png", ("png",), _nothing)),
    (b"\xff\xd8\xff", Type("image/jpeg", ("jpg", "jpeg"), _nothing)),
    (b"GIF87a", Type("image/gif", ("gif",), _nothing)), (b"GIF89a", Type("image/gif", ("gif",), _nothing)),
    (b"II*\0", Type("image/tiff", ("tif", "tiff"), _nothing)),
    (b"MM\0*", Type("image/tiff", ("tif", "tiff"), _nothing)),
    (b"PAR1", Type("application/vnd.apache.parquet", ("parquet",), _nothing)),
)
SUFFIXES: Final = tuple(dict.fromkeys([
    *(suffix for _, found in _MAGIC for suffix in found.suffixes), *(s for _, _, suffixes in _OFFICE for s in suffixes),
    *_ODF.values(), *_TEXT.suffixes, *_XML.suffixes, *_WEBP.suffixes, *_MP4.suffixes]))
"""Every ending that a file may have."""
TYPES: Final = tuple(dict.fromkeys(
    [*(found.media_type for _, found in _MAGIC), *(kind for _, kind, _ in _OFFICE), *_ODF, _TEXT.media_type,
     _XML.media_type, _WEBP.media_type, _MP4.media_type]))
"""Every media type that is taken; for the docs."""
