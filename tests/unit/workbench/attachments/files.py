"""Files for the tests of attachments, made by libraries or by the format's own rules; all content is invented."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import IO


def pdf(text: str = "Harbor depth chart", *, script: str = "", attach: bytes = b"") -> bytes:
    """Return a PDF made by ReportLab; with a script or an embedded file, by pypdf's writer."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 700, text)
    canvas.save()
    if not script and not attach:
        return out.getvalue()
    writer = PdfWriter(clone_from=PdfReader(out))
    if script:
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject({
            NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)})
    if attach:
        writer.add_attachment("inner.bin", attach)
    changed = io.BytesIO()
    writer.write(changed)
    return changed.getvalue()


def docx(text: str = "The pier is closed.") -> bytes:
    """Return a DOCX made by python-docx."""
    from docx import Document

    document = Document()
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_part(package: bytes, name: str, data: bytes = b"x") -> bytes:
    """Return a package with one more part."""
    out = io.BytesIO(package)
    with zipfile.ZipFile(out, "a") as more:
        more.writestr(name, data)
    return out.getvalue()


def archive() -> bytes:
    """Return a plain ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("inner.txt", "text")
    return out.getvalue()


def bomb() -> bytes:
    """Return a package whose one part unpacks to 2.5 GB of zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(2500):
                part.write(bytes(1 << 20))
    return out.getvalue()


def stored(folder: Path, name: str, data: bytes) -> IO[bytes]:
    """Return a real file with `data`, open for reading."""
    path = folder / name.replace("/", "_")
    path.write_bytes(data)
    return path.open("rb")
