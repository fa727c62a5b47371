"""What is up and what is not, at a constant cost."""

import datetime as dt
import logging
from dataclasses import asdict, dataclass
from typing import Any

from celery import current_app
from django.db import DatabaseError

from training.operations.broker import BEAT_INTERVAL, PATIENCE
from training.operations.models import WorkerBeat

logger = logging.getLogger(__name__)

LATE_AFTER = dt.timedelta(seconds=4 * BEAT_INTERVAL)


@dataclass(frozen=True)
class Health:
    """The parts that the site needs; the beat's age in seconds, if there ever was one."""

    database: bool
    broker: bool
    worker: bool
    worker_beat_age: int | None

    @property
    def is_ready(self) -> bool:
        return self.database and self.broker and self.worker

    def as_json(self) -> dict[str, Any]:
        """Return the answer of the health check; it holds no secret and no address."""
        return {"ready": self.is_ready} | asdict(self)


def health(*, now: dt.datetime) -> Health:
    """Look at database, broker and worker; a broker that never replies costs `PATIENCE`."""
    database, age = _database_and_beat(now)
    return Health(
        database=database,
        broker=_broker_answers(),
        worker=age is not None and age < LATE_AFTER,
        worker_beat_age=None if age is None else int(age.total_seconds()),
    )


def _database_and_beat(now: dt.datetime) -> tuple[bool, dt.timedelta | None]:
    try:
        beat = WorkerBeat.objects.filter(id=WorkerBeat.ONLY).first()
    except DatabaseError as problem:
        logger.error("The database does not answer: %s", type(problem).__name__)
        return False, None
    return True, now - beat.at if beat else None


def _broker_answers() -> bool:
    queue = current_app.amqp.queues[current_app.conf.task_default_queue]
    try:
        with current_app.connection_for_write(connect_timeout=PATIENCE) as connection:
            queue(connection.default_channel).queue_declare()
    except Exception as problem:  # each transport raises its own
        logger.error("The broker does not answer: %s", type(problem).__name__)
        return False
    return True
