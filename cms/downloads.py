"""Kept files on their way to a learner, whole or in parts: players ask for parts."""

import mimetypes
import re
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

PIECE = 64 * 1024
PLAYED = {
    ".m4a": "audio/mp4", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".ogg": "audio/ogg",
    ".vtt": "text/vtt; charset=utf-8", ".wav": "audio/wav", ".webm": "video/webm",
}  # fmt: skip
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def file_response(request: HttpRequest, name: str, *, download_as: str) -> HttpResponseBase:
    """Return a stored file, as a download under a name or, without one, to be played."""
    suffix = name[name.rfind(".") :]
    kind = PLAYED.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        file = default_storage.open(name)
    except FileNotFoundError as reason:
        raise Http404 from reason
    response: HttpResponseBase
    if download_as:
        response = FileResponse(file, as_attachment=True, filename=download_as, content_type=kind)
    else:
        response = _played(file, request.headers.get("Range", ""), kind)
    response["Cache-Control"] = "private, max-age=86400"  # named by its content
    return response


def _played(file: Any, asked: str, kind: str) -> HttpResponseBase:
    """Answer with a file or the part of it that a player asks for (RFC 9110, section 14)."""
    size = file.size
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        response: HttpResponseBase = FileResponse(file, content_type=kind)
        response["Accept-Ranges"] = "bytes"
        return response
    first, last = found.groups()
    if first:
        begin, end = int(first), min(int(last or size), size - 1)
    else:
        begin, end = max(size - int(last), 0), size - 1
    if begin >= size or begin > end:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(begin)
    response = StreamingHttpResponse(_pieces(file, end - begin + 1), status=206, content_type=kind)
    response["Content-Range"] = f"bytes {begin}-{end}/{size}"
    response["Content-Length"] = str(end - begin + 1)
    response["Accept-Ranges"] = "bytes"
    return response


def _pieces(file: Any, left: int) -> Iterator[bytes]:
    with file:
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
