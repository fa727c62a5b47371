"""Read what was reported."""

from training.catalogue.models import Course
from training.feedback.models import Report


def waiting() -> int:
    """Return how many reports nobody took on yet."""
    return Report.objects.open().count()


def reported_courses() -> list[tuple[int, str]]:
    """Return the courses about which something was reported, as a filter offers them."""
    reported = Report.objects.values("activity__course_version__course")
    return list(Course.objects.filter(pk__in=reported).values_list("pk", "code"))
