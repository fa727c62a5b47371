"""How the queue is reached, so that neither a dead nor a silent broker can hold a learner."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILES_SCHEME: Final = "files"
FILES_URL: Final = f"{FILES_SCHEME}://localhost"
"""The broker of the embedded default: a folder (see `transport.py`)."""

PATIENCE: Final = 0.5
"""Seconds that a publisher waits for a broker. With the defaults a silent one held it for 40 s."""

BEAT_INTERVAL: Final = 30
"""Seconds between two signs of life from the worker."""


def transport_options(*, url: str, folder: Path) -> Mapping[str, Any]:
    """Return kombu's options for the broker at `url`; `folder` is where the one of files lives."""
    if url == FILES_URL:
        messages = str(folder / "messages")
        return {
            "data_folder_in": messages,
            "data_folder_out": messages,
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        }
    patience: dict[str, Any] = {"max_retries": 0, "connect_retries_timeout": PATIENCE}
    if url.startswith("redis"):
        return patience | {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    return patience | {"read_timeout": PATIENCE, "write_timeout": PATIENCE}


SCHEDULE: Final = {
    "worker-beat": {
        "task": "training.operations.tasks.record_beat",
        "schedule": BEAT_INTERVAL,
        "options": {"expires": BEAT_INTERVAL},
    },
}
