"""One file that holds everything the site cannot make again: database, media and keys.

It is a tar.gz whose last member, `manifest.json`, lists the SHA-256 of every other one. Nothing of
the site is touched before the whole archive has been unpacked beside it and found right.
"""

import contextlib
import datetime as dt
import fcntl
import gzip
import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

from django.conf import settings
from django.db import connection

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
MEDIA: Final = "media"
KEYS: Final = "keys"
LOCK_TIMEOUT: Final = "10s"


class BackupRefused(Exception):
    """No archive was written; the text says why."""


class RestoreRefused(Exception):
    """The site was left as it was; the text says why."""


@dataclass(frozen=True)
class Contents:
    """What an archive holds."""

    engine: str
    made_at: str
    files: Mapping[str, str]
    """The SHA-256 by name."""


def write(*, target: Path, made_at: dt.datetime) -> Contents:
    """Write a consistent archive of the running site to `target`, readable by its owner only."""
    if target.exists():
        raise BackupRefused(f"{target} exists already; give the name of a new file.")
    if not target.parent.is_dir():
        raise BackupRefused(f"The folder {target.parent} does not exist.")
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            dump = Path(folder) / DATABASE
            _dump_database(dump)
            contents = _pack(unfinished, dump=dump, made_at=made_at)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return contents


def restore(*, source: Path, force: bool) -> Contents:
    """Put the archive in the place of the site's data, all or nothing.

    Unless `force` is given, a site that holds data is left alone.
    """
    if not source.is_file():
        raise RestoreRefused(f"{source} is not a file.")
    if not force and (connection.introspection.table_names() or _files_under(_media())):
        raise RestoreRefused("The site holds data already; --force replaces all of it.")
    with _site_stopped(), contextlib.ExitStack() as cleanup:
        staged = _staging(_var(), cleanup)
        contents = _unpack(source, staged)
        if contents.engine != connection.vendor:
            raise RestoreRefused(
                f"The archive was made on {contents.engine}; this site runs on {connection.vendor}."
            )
        swaps = [*_key_swaps(staged), _media_swap(staged, cleanup)]
        if connection.vendor == "sqlite":
            swaps += _sqlite_swaps(staged)
        connection.close()
        with _swapped(swaps, cleanup):
            if connection.vendor == "postgresql":
                _load_postgresql(staged / DATABASE)
    return contents


# --- Packing ----------------------------------------------------------------------------------


def _dump_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        with (
            contextlib.closing(sqlite3.connect(name)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    problem = _postgresql_tool(command)
    if problem:
        raise BackupRefused(problem)


def _pack(target: Path, *, dump: Path, made_at: dt.datetime) -> Contents:
    sources = {DATABASE: dump}
    sources |= {f"{MEDIA}/{name}": path for name, path in _files_under(_media()).items()}
    sources |= {f"{KEYS}/{name}": path for name, path in _key_files().items()}
    digests = {}
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            for name, path in sources.items():
                with path.open("rb") as content:
                    reader = _HashingReader(content)
                    member = tarfile.TarInfo(name)
                    member.size = os.fstat(content.fileno()).st_size
                    archive.addfile(member, reader)
                digests[name] = reader.digest.hexdigest()
            contents = Contents(connection.vendor, made_at.isoformat(), digests)
            manifest = json.dumps({"format": FORMAT, **vars(contents)}, indent=1).encode()
            member = tarfile.TarInfo(MANIFEST)
            member.size = len(manifest)
            archive.addfile(member, io.BytesIO(manifest))
        file.flush()
        os.fsync(file.fileno())
    return contents


class _HashingReader(io.RawIOBase):
    def __init__(self, content: IO[bytes]) -> None:
        self.content = content
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self.content.read(size)
        self.digest.update(chunk)
        return chunk


# --- Unpacking --------------------------------------------------------------------------------


def _unpack(source: Path, folder: Path) -> Contents:
    digests = {}
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            for member in archive:
                target = folder / _safe_name(member)
                target.parent.mkdir(parents=True, exist_ok=True)
                reader = _HashingReader(cast(IO[bytes], archive.extractfile(member)))
                with target.open("xb") as file:
                    shutil.copyfileobj(reader, file)
                digests[member.name] = reader.digest.hexdigest()
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, FileExistsError) as problem:
        raise RestoreRefused(f"{source} is not a whole archive: {problem}.") from problem
    contents = _read_manifest(source, folder / MANIFEST)
    digests.pop(MANIFEST, None)
    if digests != contents.files:
        wrong = sorted(
            name
            for name in digests.keys() | contents.files.keys()
            if digests.get(name) != contents.files.get(name)
        )
        raise RestoreRefused(
            f"{source} is damaged: {', '.join(wrong[:5])} is not as it was packed."
        )
    return contents


def _safe_name(member: tarfile.TarInfo) -> PurePosixPath:
    name = PurePosixPath(member.name)
    is_ours = member.name in (DATABASE, MANIFEST) or name.parts[0] in (MEDIA, KEYS)
    if not member.isfile() or name.is_absolute() or ".." in name.parts or not is_ours:
        raise RestoreRefused(f"The archive holds something that no backup writes: {member.name!r}.")
    return name


def _read_manifest(source: Path, manifest: Path) -> Contents:
    if not manifest.exists():
        raise RestoreRefused(f"{source} is not a whole archive: it has no {MANIFEST}.")
    try:
        content = json.loads(manifest.read_text())
        version = content.pop("format")
        contents = Contents(**content)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RestoreRefused(f"{source} has a {MANIFEST} that cannot be read.") from None
    if version != FORMAT:
        raise RestoreRefused(f"{source} is of format {version}; this site reads format {FORMAT}.")
    return contents


# --- Putting in place -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Swap:
    """A target, and what shall stand there; None leaves nothing."""

    target: Path
    staged: Path | None


def _key_swaps(staged: Path) -> list[_Swap]:
    swaps = []
    for name in ("secret-key", KEYS):
        fresh = staged / KEYS / name
        if fresh.exists():
            for file in [fresh, *fresh.rglob("*")]:
                file.chmod(0o700 if file.is_dir() else 0o600)
            swaps.append(_Swap(_var() / name, fresh))
    return swaps


def _media_swap(staged: Path, cleanup: contextlib.ExitStack) -> _Swap:
    fresh = staged / MEDIA
    fresh.mkdir(exist_ok=True)
    _media().parent.mkdir(parents=True, exist_ok=True)
    if _media().parent.stat().st_dev != staged.stat().st_dev:
        fresh = Path(shutil.move(fresh, _staging(_media().parent, cleanup) / MEDIA))
    return _Swap(_media(), fresh)


def _sqlite_swaps(staged: Path) -> list[_Swap]:
    name = str(connection.settings_dict["NAME"])
    _check_sqlite(staged / DATABASE)
    # A journal of the old database would be played into the new one.
    journals = [_Swap(Path(f"{name}{suffix}"), None) for suffix in ("-wal", "-shm")]
    return [*journals, _Swap(Path(name), staged / DATABASE)]


def _check_sqlite(file: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(file)) as database:
            (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as problem:
        verdict = str(problem)
    if verdict != "ok":
        raise RestoreRefused(f"The archive's database cannot be used: {verdict}.")


@contextlib.contextmanager
def _swapped(swaps: list[_Swap], cleanup: contextlib.ExitStack) -> Iterator[None]:
    """Put everything in its place; when anything fails, put everything back."""
    done: list[tuple[_Swap, Path]] = []
    try:
        for swap in swaps:
            old = _staging(swap.target.parent, cleanup) / "old"
            if swap.target.exists():
                swap.target.rename(old)
            done.append((swap, old))
            if swap.staged is not None:
                swap.staged.rename(swap.target)
        yield
    except BaseException:
        for swap, old in reversed(done):
            if swap.staged is not None and swap.target.exists():
                swap.target.rename(swap.staged)
            if old.exists():
                old.rename(swap.target)
        raise


def _load_postgresql(dump: Path) -> None:
    script = dump.with_suffix(".sql")
    problem = _postgresql_tool(
        ["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump)],
        connect=False,
    )
    # In one transaction: what was there before goes, also tables that the archive does not know.
    fresh = dump.with_suffix(".fresh.sql")
    fresh.write_text(
        f"SET lock_timeout = '{LOCK_TIMEOUT}'; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    )
    if not problem:
        files = [f"--file={fresh}", f"--file={script}"]
        quiet = ["--quiet", "--no-psqlrc", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
        problem = _postgresql_tool(["psql", *quiet, "--single-transaction", *files])
    if problem:
        raise RestoreRefused(problem)


@contextlib.contextmanager
def _site_stopped() -> Iterator[None]:
    """Hold the lock that `make run` holds while it serves."""
    _var().mkdir(parents=True, exist_ok=True)
    with (_var() / "running").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RestoreRefused("The site is running; end it first.") from None
        yield


# --- Where things are -------------------------------------------------------------------------


def _var() -> Path:
    return Path(settings.VAR_DIR)


def _media() -> Path:
    return Path(settings.MEDIA_ROOT)


def _files_under(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _key_files() -> dict[str, Path]:
    keys = {f"{KEYS}/{name}": path for name, path in _files_under(_var() / KEYS).items()}
    secret = _var() / "secret-key"
    return keys | ({"secret-key": secret} if secret.is_file() else {})


def _staging(beside: Path, cleanup: contextlib.ExitStack) -> Path:
    """Return a new folder on the file system of `beside`, removed in the end."""
    beside.mkdir(parents=True, exist_ok=True)
    folder = tempfile.TemporaryDirectory(dir=beside, prefix=".restore-")
    return Path(cleanup.enter_context(folder))


def _postgresql_tool(command: list[str], *, connect: bool = True) -> str:
    """Run one of PostgreSQL's programs on the site's database; return its complaint, if any."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not installed; on Debian: apt-get install postgresql-client."
    database: Mapping[str, Any] = connection.settings_dict
    variables = {
        "PGDATABASE": database["NAME"],
        "PGHOST": database["HOST"] or database["OPTIONS"].get("host"),
        "PGPORT": database["PORT"],
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGSSLMODE": database["OPTIONS"].get("sslmode"),
    }
    environment = os.environ | {name: str(value) for name, value in variables.items() if value}
    done = subprocess.run(
        command,
        env=environment if connect else None,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{command[0]} failed: {done.stderr.strip()}" if done.returncode else ""
