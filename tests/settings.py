"""The project's own settings on a temporary folder, and on the servers that `tests/run.py` starts.

TEST_DATABASE_URL and TEST_REDIS_URL choose PostgreSQL and Redis; without them it is the embedded
default. Each process of pytest-xdist has its own folder, database and Redis databases. A database
that `tests.first_start` has made already is taken with pytest's `--reuse-db`.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
_folder = Path(tempfile.mkdtemp(prefix="training-tests-"))
_owner = os.getpid()
_redis = os.environ.get("TEST_REDIS_URL", "")
_chosen = {
    "MODE": "embedded",
    "VAR_DIR": str(_folder),
    "DEBUG": "false",
    "DEMONSTRATION": "false",
    "SECRET_KEY": "only-for-tests-" * 4,
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "BASE_URL": "http://testserver",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
    "BROKER_URL": _redis and f"{_redis}/{2 * int(_worker)}",
    "CACHE_URL": _redis and f"{_redis}/{2 * int(_worker) + 1}",
    "LOG_LEVEL": "warning",
}
os.environ |= _chosen

from training.settings import *  # noqa: E402, F403
from training.settings import DATABASES, STATIC_ROOT, STORAGES, WAGTAILSEARCH_BACKENDS  # noqa: E402


def _remove_folder() -> None:
    if os.getpid() == _owner:  # a forked child leaves its parent's folder alone
        shutil.rmtree(_folder, ignore_errors=True)


atexit.register(_remove_folder)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns without it
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# What a save writes into the search index is a quarter of the time of tests that write pages; the
# product that the browser's tests start does it. A test that searches fills the index itself.
WAGTAILSEARCH_BACKENDS["default"]["AUTO_UPDATE"] = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, for a database in memory has one connection, and races need several.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    if "TEST_TEMPLATE" in os.environ and "PYTEST_XDIST_WORKER" in os.environ:
        shutil.copy(os.environ["TEST_TEMPLATE"], _folder / f"test.sqlite3_gw{_worker}")
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
