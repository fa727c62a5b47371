"""How much may be granted: pure."""

MOST_EXTRA_TIME = 100  # per cent
MOST_EXTRA_ATTEMPTS = 5
LONGEST_WORDS = 2000


def is_within_bounds(*, extra_time_percent: int, extra_attempts: int) -> bool:
    """Say whether so much may be granted; 0 is none."""
    return 0 <= extra_time_percent <= MOST_EXTRA_TIME and 0 <= extra_attempts <= MOST_EXTRA_ATTEMPTS


def gives_something(*, extra_time_percent: int, extra_attempts: int, answer: str) -> bool:
    """Say whether a grant gives anything: time, attempts, or in words what the person gets."""
    return bool(extra_time_percent or extra_attempts or answer.strip())
