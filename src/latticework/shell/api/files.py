"""Attachments over the API: uploads in slices, files, and their bytes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from latticework.kernel.ids import parse_record_id, parse_topic
from latticework.kernel.labels.label import Label
from latticework.kernel.records.record import Record
from latticework.shell.api.responses import said
from latticework.shell.api.schema import RecordOut, record_out
from latticework.shell.language import language
from latticework.shell.viewer import SeenBy, Viewer
from latticework.workbench.attachments.model import State
from latticework.workbench.attachments.service import FileView


class NewUpload(msgspec.Struct, frozen=True):
    """A file that is to be sent."""

    name: str
    size: int


class UploadOut(msgspec.Struct, frozen=True):
    """How far an upload is: the next slice begins at `offset`."""

    id: str
    offset: int
    size: int


class PublishFile(msgspec.Struct, frozen=True, kw_only=True):
    """How a file that has come whole is published.

    Parameters
    ----------
    about
        The record that it belongs to; none for a file of its own.
    """

    topic: str
    label: Label
    note: str = ""
    about: str | None = None
    distribute: bool = False


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment: its record, and where its bytes stand here.

    Parameters
    ----------
    have, size
        Bytes that are here, of all.
    reason
        Why it was refused.
    """

    record: RecordOut
    name: str
    media_type: str
    size: int
    have: int
    state: State
    sha256: str
    reason: str


@post("/uploads", status_code=201, sync_to_thread=False, **said("beginUpload", "files"))
def begin_upload(viewer: SeenBy, data: JSONBody[NewUpload]) -> UploadOut:
    """Begin to send a file; slices of at most 1 MiB follow."""
    upload = viewer.bench.attachments.uploads.begin(viewer.officer, data.name, data.size)
    return UploadOut(upload, 0, data.size)


@get("/uploads/{upload:str}", sync_to_thread=False, **said("getUpload", "files"))
def get_upload(viewer: SeenBy, upload: FromPath[str]) -> UploadOut:
    """Say how far an upload is, so that it goes on there."""
    uploads = viewer.bench.attachments.uploads
    return UploadOut(upload, uploads.offset(viewer.officer, upload), uploads.of(viewer.officer, upload).size)


@put("/uploads/{upload:str}", **said("sendSlice", "files"))
async def send_slice(
    request: Request[Any, Any, Any], viewer: SeenBy, upload: FromPath[str],
    offset: Annotated[int, QueryParameter(ge=0)],
) -> UploadOut:
    """Take the next slice of a file, as the request's body."""
    uploads = viewer.bench.attachments.uploads
    here = uploads.take(viewer.officer, upload, offset, await request.body())
    return UploadOut(upload, here, uploads.of(viewer.officer, upload).size)


@delete("/uploads/{upload:str}", status_code=200, sync_to_thread=False, **said("dropUpload", "files"))
def drop_upload(viewer: SeenBy, upload: FromPath[str]) -> dict[str, bool]:
    """Give an upload up."""
    uploads = viewer.bench.attachments.uploads
    uploads.of(viewer.officer, upload)
    uploads.end(upload)
    return {"dropped": True}


@post("/uploads/{upload:str}/publish", status_code=201, **said("publishFile", "files"))
async def publish_file(viewer: SeenBy, upload: FromPath[str], data: JSONBody[PublishFile]) -> RecordOut:
    """Look through a file that has come whole, encrypt it, and publish its record."""
    label = data.label
    if not label.originators:
        label = msgspec.structs.replace(label, originators=frozenset({viewer.kernel.own}))
    made = await publish(viewer, upload, label=label, topic=data.topic, note=data.note, about=data.about,
                         distribute=data.distribute)
    return record_out(viewer.kernel, viewer.kernel.record(viewer.officer, made.id), language())


async def publish(
    viewer: Viewer, upload: str, *, label: Label, topic: str, note: str, about: str | None, distribute: bool
) -> Record:
    """Publish an upload; the long part runs in a thread."""
    part = viewer.bench.attachments
    found, path = part.uploads.whole(viewer.officer, upload)
    subject, wanted = parse_record_id(about) if about else None, parse_topic(topic)
    with path.open("rb") as source:
        staged = await asyncio.to_thread(part.stage, source, found.name, note=note)
    try:
        made = part.publish(viewer.officer, staged, topic=wanted, label=label, about=subject, distribute=distribute)
    except BaseException:
        part.discard(staged)
        raise
    part.uploads.end(upload)
    return made


@get("/files", sync_to_thread=False, **said("listFiles", "files"))
def list_files(viewer: SeenBy, about: FromQuery[str | None] = None) -> list[FileOut]:
    """List the attachments that you may see, newest first; with `about`, those of one record."""
    subject = parse_record_id(about) if about else None
    return [_out(viewer, f) for f in viewer.bench.attachments.files(viewer.officer, about=subject)]


@get("/files/{record:str}", sync_to_thread=False, **said("getFile", "files"))
def get_file(viewer: SeenBy, record: FromPath[str]) -> FileOut:
    """Return one attachment."""
    return _out(viewer, viewer.bench.attachments.file(viewer.officer, parse_record_id(record)))


@post("/files/{record:str}/fetch", status_code=202, sync_to_thread=False, **said("fetchFile", "files"))
def fetch_file(viewer: SeenBy, record: FromPath[str]) -> FileOut:
    """Ask the partner for a file's bytes; they come in pieces and go on after a break."""
    return _out(viewer, viewer.bench.attachments.fetch(viewer.officer, parse_record_id(record)))


@get("/files/{record:str}/content", sync_to_thread=False, media_type="application/octet-stream",
     **said("getFileContent", "files"))
def get_content(
    viewer: SeenBy, record: FromPath[str], start: Annotated[int, QueryParameter(ge=0)] = 0
) -> Stream:
    """Return a file's bytes from `start` on."""
    return content(viewer, record, start)


def content(viewer: Viewer, record: str, start: int = 0) -> Stream:
    """Return the answer that carries a file's bytes: always a download, never shown in the page's origin."""
    from urllib.parse import quote

    found = viewer.bench.attachments.file(viewer.officer, parse_record_id(record))
    pieces = viewer.bench.attachments.open(viewer.officer, found.record.id, start=start)
    return Stream(pieces, media_type="application/octet-stream", headers={
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.file.name)}",
        "content-length": str(max(0, found.file.size - start)),
        "content-security-policy": "sandbox; default-src 'none'",
    })


def _out(viewer: Viewer, found: FileView) -> FileOut:
    from latticework.workbench.attachments.model import PIECE_BYTES

    return FileOut(
        record=record_out(viewer.kernel, found.record, language()), name=found.file.name,
        media_type=found.blob.media_type or found.file.media_type, size=found.file.size,
        have=min(found.file.size, found.blob.have * PIECE_BYTES), state=found.blob.state, sha256=found.file.sha256,
        reason=found.blob.reason)


ROUTES = (
    begin_upload, get_upload, send_slice, drop_upload, publish_file, list_files, get_file, fetch_file, get_content,
)
