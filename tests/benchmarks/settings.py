"""The product's settings, with two floors to compare with and a count of queries in a header."""

from pathlib import Path

from training.settings import *  # noqa: F403 - all of them, and three changed
from training.settings import MIDDLEWARE, TEMPLATES

ROOT_URLCONF = "tests.benchmarks.urls"
MIDDLEWARE.insert(0, "tests.benchmarks.counting.QueryCountMiddleware")
TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")
