"""When somebody is reminded of a course: pure."""

from datetime import date, timedelta

CLOSING = (2, 7, 14)  # days before the last day
BEGINS_WITHIN = timedelta(days=7)
LEFT_ALONE_AFTER = timedelta(days=30)  # who has not begun by then is not reminded of it


def closing_notice(*, today: date, last_day: date, since: date) -> int | None:
    """Return which reminder of the last day is due, by its days; None for none.

    A day on which nothing was sent is made up for until the next reminder. Whoever came when it
    would have been sent already, `since`, is not told what they have just read.
    """
    left = (last_day - today).days
    due = next((days for days in CLOSING if 0 <= left <= days), None)
    if due is None or since >= last_day - timedelta(days=due):
        return None
    return due


def is_time_to_begin(*, today: date, last_day: date, since: date) -> bool:
    """Say whether somebody who could begin on a day, `since`, should be asked why they did not."""
    return BEGINS_WITHIN <= today - since < LEFT_ALONE_AFTER and today <= last_day
