"""What operations writes: the worker's sign of life."""

import datetime as dt

from training.operations.models import WorkerBeat


def record_beat(*, at: dt.datetime) -> None:
    """Remember that the worker was alive at `at`."""
    WorkerBeat.objects.update_or_create(id=WorkerBeat.ONLY, defaults={"at": at})
