"""How much one person may report: pure."""

from datetime import timedelta

MOST_REPORTS = 10
WITHIN = timedelta(days=1)
LONGEST_REPORT = 2000


def may_report(reported_lately: int) -> bool:
    """Say whether somebody who reported so much within the last day may report one more thing."""
    return reported_lately < MOST_REPORTS
