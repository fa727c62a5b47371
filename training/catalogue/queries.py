"""What is read of published courses. A version is frozen: each process reads it once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from training.catalogue.models import Activity, CourseVersion
from training.kernel.frozen import Frozen

_activities: Final = Frozen[UUID, Sequence[Activity]](most=200)


def activities_of(versions: Iterable[CourseVersion]) -> dict[int, Sequence[Activity]]:
    """Return the activities of course versions, in order, by the version's primary key.

    At most one query, none for versions that this process has read before. Do not change them. A
    version that has none yet is read again.
    """
    keys = {version.uuid: version.pk for version in versions}

    def read(missing: list[UUID]) -> Mapping[UUID, Sequence[Activity]]:
        uuids = {keys[uuid]: uuid for uuid in missing}
        rows: dict[UUID, list[Activity]] = {}
        for activity in Activity.objects.filter(course_version__in=uuids).order_by("order"):
            rows.setdefault(uuids[activity.course_version_id], []).append(activity)
        return rows

    return {keys[uuid]: rows for uuid, rows in _activities.get(keys, read).items()}
