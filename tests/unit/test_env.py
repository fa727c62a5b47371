"""The environment is read strictly: a sentence for what is wrong, never a guess."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from training.env import Environment

ROOT = Path(__file__).resolve().parents[2]
LONG_SECRET = "k" * 50


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Environment({"DEBUG": " "}).boolean("DEBUG", default=True) is True


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("False", False), ("0", False)]
)
def test_four_words_are_booleans(text: str, value: bool) -> None:
    assert Environment({"DEBUG": text}).boolean("DEBUG") is value


WRONG: list[tuple[dict[str, str], Callable[[Environment], object], str]] = [
    ({"DEBUG": "yes"}, lambda env: env.boolean("DEBUG"), "DEBUG is 'yes'"),
    ({"SIZE": "1.5"}, lambda env: env.integer("SIZE"), "SIZE is '1.5'"),
    ({"SIZE": "-1"}, lambda env: env.integer("SIZE"), "whole number from 0"),
    ({"MODE": "prod"}, lambda env: env.choice("MODE", options=("a", "b")), "one of a, b"),
    ({"VAR": "var"}, lambda env: env.folder("VAR"), "absolute path"),
    ({}, lambda env: env.text("NAME"), "NAME is not set"),
    ({}, lambda env: env.secret("KEY"), "KEY is not set"),
    ({"KEY": "short"}, lambda env: env.secret("KEY"), "shorter than 50"),
    ({"DB": "mysql://h/d"}, lambda env: env.database_url("DB"), "start with postgresql://"),
    ({"DB": "postgresql://h:no/d"}, lambda env: env.database_url("DB"), "not a URL"),
    ({"DB": "postgresql://h/"}, lambda env: env.database_url("DB"), "names no database"),
    ({"DB": "sqlite:///data"}, lambda env: env.database_url("DB"), "absolute path"),
    ({"CACHE": "memcached://h"}, lambda env: env.cache_url("CACHE"), "redis://"),
    ({"MAIL": "smtp://"}, lambda env: env.email_url("MAIL"), "names no host"),
    ({"MAIL": "anymail://nobody"}, lambda env: env.email_url("MAIL"), "no provider"),
    ({"MAIL": "anymail://postmark", "ANYMAIL": "[]"}, lambda env: env.email_url("MAIL"), "JSON"),
]


@pytest.mark.parametrize(("values", "read", "words"), WRONG)
def test_what_is_wrong_gets_one_sentence_with_an_example(
    values: dict[str, str], read: Callable[[Environment], object], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(Environment(values))
    sentence = str(refusal.value)
    assert words in sentence
    assert "\n" not in sentence
    assert "for example: " in sentence or "make one with: " in sentence


def test_a_refusal_never_repeats_a_password() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        Environment({"DB": "mysql://u:hunter2@h/d"}).database_url("DB")
    assert "hunter2" not in str(refusal.value)


def test_a_postgresql_url_becomes_djangos_settings() -> None:
    url = "postgresql://u:p%40ss@db.example:5433/training?sslmode=require"
    database = Environment({"DB": url}).database_url("DB")
    wanted = {"NAME": "training", "USER": "u", "PASSWORD": "p@ss", "PORT": 5433}
    assert {name: database[name] for name in wanted} == wanted
    assert database["OPTIONS"] == {"connect_timeout": 3, "sslmode": "require"}
    assert database["CONN_HEALTH_CHECKS"] is True


def test_sqlite_queues_its_writers() -> None:
    database = Environment({"DB": "sqlite:////srv/data.sqlite3"}).database_url("DB")
    assert database["NAME"] == "/srv/data.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp+tls://u:p@mail.example:587", {"EMAIL_USE_TLS": True, "EMAIL_PORT": 587}),
        ("smtp+ssl://mail.example:465", {"EMAIL_USE_SSL": True, "EMAIL_HOST": "mail.example"}),
        ("file:///srv/mail", {"EMAIL_FILE_PATH": "/srv/mail"}),
        ("anymail://postmark", {"EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend"}),
    ],
)
def test_mail_goes_where_its_url_says(url: str, wanted: dict[str, Any]) -> None:
    settings = Environment({"MAIL": url}).email_url("MAIL")
    assert wanted.items() <= settings.items()


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: Environment({}).secret("KEY", file=file), range(32)))
    assert len(secrets) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_the_environment_goes_before_the_kept_secret(tmp_path: Path) -> None:
    env = Environment({"KEY": LONG_SECRET})
    assert env.secret("KEY", file=tmp_path / "key") == LONG_SECRET
    assert list(tmp_path.iterdir()) == []


PRODUCTION = {
    "MODE": "production",
    "SECRET_KEY": "only-for-tests-" * 4,
    "BASE_URL": "https://training.example.org",
    "ALLOWED_HOSTS": "training.example.org",
    "DATABASE_URL": "postgresql://training:password@127.0.0.1:1/training",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "Training <no-reply@training.example.org>",
    "CONTACT_EMAIL": "help@training.example.org",
    "TRUSTED_PROXIES": "1",
}


def in_production(
    tmp_path: Path, *command: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run a command with the configuration of docs/production.md, and nothing else, changed."""
    environment = PRODUCTION | {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)} | changes
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_the_configuration_of_the_documentation_is_clean(tmp_path: Path) -> None:
    check = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    done = in_production(tmp_path, *check)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"MODE", "TRUSTED_PROXIES"}))
def test_a_missing_variable_stops_the_start_with_a_sentence(tmp_path: Path, name: str) -> None:
    done = in_production(tmp_path, "manage.py", "check", **{name: ""})
    assert done.returncode == 1
    assert f"{name} is not set" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


STARTS = {
    "manage.py": ("manage.py", "migrate"),
    "web server": ("-m", "gunicorn", "training.wsgi", "--bind", "127.0.0.1:0", "--preload"),
    "worker": ("-m", "celery", "--app", "training", "worker"),
}


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS)
def test_a_wrong_value_stops_every_start_with_a_sentence(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = in_production(tmp_path, *command, DEBUG="yes")
    assert done.returncode != 0
    assert "DEBUG is 'yes'; it has to be true, false, 1 or 0" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def documented_variables() -> set[str]:
    table = (ROOT / "docs" / "production.md").read_text()
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", table, flags=re.MULTILINE))


def test_every_variable_stands_in_the_documentations_table(tmp_path: Path) -> None:
    ask = "from training import settings; print(*sorted(settings.env.known))"
    done = in_production(tmp_path, "-c", ask, S3_BUCKET="media")
    known = set(done.stdout.split())
    assert "SECRET_KEY" in known, done.stderr
    assert documented_variables() == known
