"""Pictures and files of lessons: how they are shown, and how a frozen lesson keeps its copies."""

import hashlib
from pathlib import PurePosixPath
from typing import Any

from django.core.files.storage import default_storage

WIDEST = "max-1600x1600"
KEPT = "lessons"  # pictures, which anybody may see
FILES = "lesson-files"  # documents and recordings, for those who may read the lesson


def picture_of(image: Any) -> dict[str, Any]:
    """Return file, width and height of an image as a page shows it; an empty file without one."""
    if image is None:
        return {"file": "", "width": 0, "height": 0}
    shown = image if image.is_svg() else image.get_rendition(WIDEST)
    return {"file": shown.file.name, "width": round(shown.width), "height": round(shown.height)}


def keep(name: str, *, folder: str = KEPT) -> str:
    """Copy a stored file to a name made of its content, and return that name.

    Editing or deleting the original in the library leaves the copy alone.
    """
    with default_storage.open(name) as file:
        digest = hashlib.sha256()
        for piece in file.chunks():
            digest.update(piece)
        kept = f"{folder}/{digest.hexdigest()}{PurePosixPath(name).suffix.lower()}"
        if not default_storage.exists(kept):
            file.seek(0)
            default_storage.save(kept, file)
    return kept
