"""The environment, read strictly: what is missing or wrong stops the start with a sentence."""

import contextlib
import json
import os
import re
import secrets
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

REQUIRED: Final = None
"""Passed as a default, it makes a variable one that has to be set."""

SHORTEST_SECRET: Final = 50
BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}

# Deferred transactions fail under concurrent writers ("database is locked"); IMMEDIATE ones queue.
SQLITE_OPTIONS: Final = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}
POSTGRESQL_OPTIONS: Final = {"connect_timeout": 3}


class Environment:
    """Named variables with their defaults; an empty variable counts as one that is not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.known: set[str] = set()

    def text(self, name: str, *, default: str | None = REQUIRED, example: str = "some text") -> str:
        """Return the variable as it stands."""
        return self._read(name, default, example)

    def boolean(self, name: str, *, default: bool | None = REQUIRED) -> bool:
        """Return true for `true` or `1`, false for `false` or `0`; nothing else is a boolean."""
        default_text = default if default is None else str(default).lower()
        value = self._read(name, default_text, "true").lower()
        if value not in BOOLEANS:
            raise _wrong(name, f"is {value!r}; it has to be true, false, 1 or 0", "true")
        return BOOLEANS[value]

    def integer(self, name: str, *, default: int | None = REQUIRED, least: int = 0) -> int:
        """Return a whole number that is not below `least`."""
        value = self._read(name, default if default is None else str(default), str(least + 5))
        if not re.fullmatch(r"-?[0-9]+", value) or int(value) < least:
            raise _wrong(
                name, f"is {value!r}; it has to be a whole number from {least}", str(least + 5)
            )
        return int(value)

    def words(
        self, name: str, *, default: Sequence[str] | None = REQUIRED, example: str = "one,two"
    ) -> list[str]:
        """Return the parts of a list separated by commas."""
        value = self._read(name, default if default is None else ",".join(default), example)
        return [word for word in (part.strip() for part in value.split(",")) if word]

    def choice(self, name: str, *, options: Collection[str], default: str | None = REQUIRED) -> str:
        """Return one of `options`."""
        example = next(iter(options))
        value = self._read(name, default, example)
        if value not in options:
            raise _wrong(name, f"is {value!r}; it has to be one of {', '.join(options)}", example)
        return value

    def folder(self, name: str, *, default: Path | None = REQUIRED) -> Path:
        """Return an absolute path."""
        example = "/srv/training"
        value = self._read(name, default if default is None else str(default), example)
        if not Path(value).is_absolute():
            raise _wrong(name, f"is {value!r}; it has to be an absolute path", example)
        return Path(value)

    def url(
        self, name: str, *, schemes: Collection[str], default: str | None = REQUIRED, example: str
    ) -> str:
        """Return the default, or a URL of one of `schemes` with a host, without a last slash."""
        value = self._read(name, default, example)
        if value == default:
            return value
        _check_url(name, value, schemes, example)
        return value.rstrip("/")

    def database_url(self, name: str, *, default: str | None = REQUIRED) -> dict[str, Any]:
        """Return Django's settings of a PostgreSQL server or an SQLite file, safe under load."""
        example = "postgresql://user:password@localhost:5432/training"
        value = self._read(name, default, example)
        if value.startswith("sqlite:"):
            path = value.removeprefix("sqlite:///")
            if not Path(path).is_absolute():
                raise _wrong(
                    name, "has to give an absolute path", "sqlite:////srv/training/db.sqlite3"
                )
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": path,
                "OPTIONS": dict(SQLITE_OPTIONS),
            }
        _check_url(name, value, ("postgresql", "postgres"), example, host=False)
        database: dict[str, Any] = Env.db_url_config(value)
        if not database["NAME"]:
            raise _wrong(name, "names no database", example)
        database["OPTIONS"] = POSTGRESQL_OPTIONS | database.get("OPTIONS", {})
        return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True} | database

    def cache_url(self, name: str, *, default: str | None = REQUIRED) -> dict[str, Any]:
        """Return Django's settings of a cache: `redis://`, `rediss://` or `locmem://`."""
        example = "redis://localhost:6379/1"
        value = self._read(name, default, example)
        if value == "locmem://":
            return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        _check_url(name, value, ("redis", "rediss"), example)
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": value,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }

    def email_url(self, name: str, *, default: str | None = REQUIRED) -> dict[str, Any]:
        """Return Django's settings of outgoing mail: SMTP, files, or a provider of django-anymail.

        `anymail://postmark` names a provider; its keys stand in the variable ANYMAIL as JSON.
        """
        example = "smtp+tls://user:password@mail.example:587"
        value = self._read(name, default, example)
        anymail = self._json_object("ANYMAIL")
        scheme, _, rest = value.partition("://")
        if scheme == "anymail":
            backend = f"anymail.backends.{rest}"
            if not rest.isidentifier() or find_spec(backend) is None:
                raise _wrong(name, f"names no provider of django-anymail: {rest!r}", example)
            return {"EMAIL_BACKEND": f"{backend}.EmailBackend", "ANYMAIL": anymail}
        if scheme == "file":
            backend = "django.core.mail.backends.filebased.EmailBackend"
            return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": rest}
        _check_url(name, value, ("smtp", "smtp+tls", "smtp+ssl"), example)
        found: dict[str, Any] = Env.email_url_config(value)
        settings = {key: part for key, part in found.items() if part and key != "EMAIL_FILE_PATH"}
        return {"EMAIL_TIMEOUT": 10} | settings

    def secret(self, name: str, *, file: Path | None = None) -> str:
        """Return a secret; when it is not set, the one kept in `file`, made on the first start."""
        self.known.add(name)
        value = self._values.get(name, "")
        command = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        if not value and file is None:
            raise ImproperlyConfigured(f"{name} is not set; make one with: {command}")
        if not value and file is not None:
            value = _kept_secret(file)
        if len(value) < SHORTEST_SECRET:
            raise ImproperlyConfigured(
                f"{name} is shorter than {SHORTEST_SECRET} characters; make one with: {command}"
            )
        return value

    def _json_object(self, name: str) -> dict[str, Any]:
        example = '{"POSTMARK_SERVER_TOKEN": "…"}'
        try:
            value = json.loads(self._read(name, "{}", example))
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise _wrong(name, "is not a JSON object", example)
        return value

    def _read(self, name: str, default: str | None, example: str) -> str:
        self.known.add(name)
        value = self._values.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"{name} is not set; for example: {name}={example}")
        return default


@contextlib.contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """End the process with the sentence alone when the configuration is refused."""
    try:
        yield
    except ImproperlyConfigured as refusal:
        sys.exit(f"The configuration is not right: {refusal}")


def _wrong(name: str, what: str, example: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {what}; for example: {name}={example}")


def _check_url(
    name: str, value: str, schemes: Collection[str], example: str, *, host: bool = True
) -> None:
    # The value itself is never repeated: a URL may hold a password.
    try:
        parts = urlsplit(value)
        int(parts.port or 0)  # reading the port is what validates it
    except ValueError:
        raise _wrong(name, "is not a URL", example) from None
    if parts.scheme not in schemes:
        raise _wrong(name, f"has to start with {' or '.join(f'{s}://' for s in schemes)}", example)
    if host and not parts.hostname:
        raise _wrong(name, "names no host", example)


def _kept_secret(file: Path) -> str:
    """Return the secret in `file`; two processes that start at once agree on one."""
    with contextlib.suppress(FileNotFoundError):
        return file.read_text("ascii").strip()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(secrets.token_urlsafe(SHORTEST_SECRET) + "\n")
    with contextlib.suppress(FileExistsError):
        os.link(fresh, file)
    fresh.unlink()
    return file.read_text("ascii").strip()


env = Environment(os.environ)
