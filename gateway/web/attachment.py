"""Bytes of the archive as a file to be kept: looked through before the first of them goes, so that what is lost is told as a page."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response, StreamingResponse

from gateway.archive import Archive
from gateway.desk.kept import open_kept, whole

PORTION = 1 << 18


def attachment(archive: Archive, key: str, *, name: str, media: str, what: str, see: str) -> Response:
    """The bytes behind a key under a name of ours; NotFound when they are gone or damaged. `what` and `see` as in `open_kept`."""
    size = whole(archive, key, what=what, see=see)

    def body() -> Iterator[bytes]:
        with open_kept(archive, key, what=what, see=see) as source:
            while piece := source.read(PORTION):
                yield piece

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size), "Cache-Control": "no-store"}
    return StreamingResponse(body(), media_type=media, headers=headers)
