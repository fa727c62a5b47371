"""Pictures of lessons: how they are shown, and how a frozen lesson keeps its own copy."""

import hashlib
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

WIDEST = "max-1600x1600"
KEPT = "lessons"


def picture_of(image: Any) -> dict[str, Any]:
    """Return file, width and height of an image as a page shows it; an empty file without one."""
    if image is None:
        return {"file": "", "width": 0, "height": 0}
    shown = image if image.is_svg() else image.get_rendition(WIDEST)
    return {"file": shown.file.name, "width": round(shown.width), "height": round(shown.height)}


def keep(name: str) -> str:
    """Copy a stored file to a name made of its content, and return that name.

    Editing or deleting the image in the library leaves the copy alone.
    """
    with default_storage.open(name) as file:
        content = file.read()
    digest = hashlib.sha256(content).hexdigest()
    kept = f"{KEPT}/{digest}{PurePosixPath(name).suffix.lower()}"
    if not default_storage.exists(kept):
        default_storage.save(kept, ContentFile(content))
    return kept
