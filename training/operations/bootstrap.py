"""What `make` runs first, with nothing but Python: the system's packages and `.venv`.

Whatever stands in the way is told in one sentence, and nothing is asked.
"""

import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LEAST_FREE_BYTES = 300 * 1024**2
INSTALLATION_BYTES = 900 * 1024**2
FULL_DISK = "No space left on device"
# Debian's way to install a server without starting it (see invoke-rc.d(8)).
POLICY = Path("/usr/sbin/policy-rc.d")


class Obstacle(Exception):
    """Something that a person has to mend; its text is the sentence to print."""


@dataclass(frozen=True)
class Need:
    """A package of Debian, and how to see that what it brings is there already."""

    package: str
    is_there: Callable[[], bool]


def library(name: str) -> Callable[[], bool]:
    """Ask whether the dynamic linker knows a library."""
    return lambda: name in _known_libraries()


def command(name: str) -> Callable[[], bool]:
    """Ask whether a command is on the path."""
    return lambda: shutil.which(name) is not None


def file(pattern: str) -> Callable[[], bool]:
    """Ask whether a file exists."""
    return lambda: any(Path("/").glob(pattern))


RUN_NEEDS = (
    Need("python3-venv", lambda: importlib.util.find_spec("ensurepip") is not None),
    Need("libpango-1.0-0", library("libpango-1.0.so.0")),
    Need("libpangoft2-1.0-0", library("libpangoft2-1.0.so.0")),
    Need("libharfbuzz-subset0", library("libharfbuzz-subset.so.0")),
    Need("gettext", command("msgfmt")),
)
TEST_NEEDS = (
    Need("chromium-headless-shell", command("chromium-headless-shell")),
    Need("postgresql", file("usr/lib/postgresql/*/bin/initdb")),
    Need("redis-server", command("redis-server")),
    Need("poppler-utils", command("pdftotext")),
    Need("qpdf", command("qpdf")),
    Need("default-jdk-headless", command("javac")),
    Need("libjaxb-java", file("usr/share/java/jaxb-runtime.jar")),
    Need("npm", command("npm")),
)


def main(goal: str, *arguments: str) -> None:
    """Prepare the machine for a goal of the Makefile, then become it."""
    os.chdir(ROOT)
    if goal == "run":
        port = _free_port(arguments[0])
        set_up()
        _become("-m", "training.operations.supervisor", str(port))
    elif goal == "setup":
        set_up()
    elif goal == "messages":
        set_up()
        languages = ("-l", "es", "-l", "en")
        _run(
            [
                PYTHON,
                "manage.py",
                "makemessages",
                *languages,
                "--no-obsolete",
                "--add-location=file",
                "--ignore=tests/*",
            ]
        )
        compile_messages()
    elif goal in ("test", "check", "bench"):
        needs = RUN_NEEDS if goal == "check" else RUN_NEEDS + TEST_NEEDS
        set_up(requirements="requirements-dev.txt", needs=needs)
        if goal == "bench":
            _become("tests/benchmarks/run.py")
        _become("tests/run.py", goal, *arguments)
    else:
        raise Obstacle(f"There is no goal {goal!r}; see: make help")


def set_up(*, requirements: str = "requirements.txt", needs: Iterable[Need] = RUN_NEEDS) -> None:
    """Install what is missing and compile the messages; quick when nothing changed."""
    _require_space(LEAST_FREE_BYTES)
    install_system_packages([need.package for need in needs if not need.is_there()])
    install_python_packages(ROOT / requirements)
    compile_messages()


def install_system_packages(packages: list[str]) -> None:
    """Install packages by apt when this user may, or tell the command that does."""
    if not packages:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise Obstacle(f"This system has no apt-get; please install: {' '.join(packages)}.")
    if os.geteuid() == 0:
        become_root: list[str] = []
    elif shutil.which("sudo") and _succeeds(["sudo", "-n", "true"]):
        become_root = ["sudo", "-n"]
    else:
        raise Obstacle(f"System packages are missing; please run: sudo {line}")
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    apt = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    with _services_kept_stopped(become_root):
        _run_quietly([*apt, "-qq", "update"], "apt-get update failed")
        _run_quietly([*apt, "-qq", *line.split()[1:]], f"{line} failed")


def install_python_packages(requirements: Path) -> None:
    """Bring `.venv` to the locked versions, each checked against its hash."""
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / f".{requirements.name}.sha256"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    _require_space(INSTALLATION_BYTES)
    print(f"Installing the Python packages of {requirements.name} into .venv", flush=True)
    if not PYTHON.exists() or not _succeeds([PYTHON, "-c", "import pip"]):
        _run_quietly([sys.executable, "-m", "venv", "--clear", VENV], "Making .venv failed")
    if not _install_with_uv(requirements):
        _run_quietly(_pip_install(requirements), "Installing the Python packages failed")
    stamp.write_text(wanted)


def _install_with_uv(requirements: Path) -> bool:
    """Install with uv, which takes seconds; say whether it could.

    It may not: a mirror or a certificate of the house's own is often told to pip alone.
    """
    lock = (ROOT / "requirements-dev.txt").read_text()
    own = re.search(r"^uv==.*\n(?: .*\n)*", lock, re.MULTILINE)
    if own is None:
        return False
    alone = VENV / "uv.txt"
    alone.write_text(own[0])
    uv = [str(VENV / "bin/uv"), "pip", "install", "--quiet", "--no-config", "--compile-bytecode"]
    return _succeeds(_pip_install(alone)) and _succeeds(
        [*uv, "--python", str(PYTHON), *_locked(requirements)]
    )


def _pip_install(requirements: Path) -> list[str]:
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    return [*pip, "install", *_locked(requirements)]


def _locked(requirements: Path) -> list[str]:
    """Take the locked versions alone, each checked against its hash; build nothing here."""
    return ["--require-hashes", "--only-binary=:all:", "--requirement", str(requirements)]


def compile_messages() -> None:
    """Compile the translations that changed since the last time."""
    for source in ROOT.glob("locale/**/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _run_quietly(
                ["msgfmt", "--check-format", "-o", target, source],
                f"{source.relative_to(ROOT)} cannot be compiled",
            )


def _free_port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Obstacle(f"PORT={text} is not a port; for example: make run PORT=8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except PermissionError:
            raise Obstacle(f"Port {text} is reserved; for example: make run PORT=8000") from None
        except OSError:
            raise Obstacle(
                f"Port {text} is taken by another program; try: make run PORT={int(text) + 1}"
            ) from None
    return int(text)


def _require_space(least: int) -> None:
    free = shutil.disk_usage(ROOT).free
    if free < least:
        raise Obstacle(
            f"The disk is full: {free // 1024**2} MB are free under {ROOT},"
            f" and {least // 1024**2} MB are needed."
        )


def _known_libraries() -> str:
    ldconfig = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if ldconfig is None:
        return ""
    return subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=False).stdout


@contextlib.contextmanager
def _services_kept_stopped(become_root: list[str]) -> Iterator[None]:
    if POLICY.exists():
        yield
        return
    script = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
    _run_quietly([*become_root, "sh", "-c", script], f"Writing {POLICY} failed")
    try:
        yield
    finally:
        subprocess.run([*become_root, "rm", "-f", str(POLICY)], check=False)


def _become(*arguments: str) -> None:
    os.execv(PYTHON, [str(PYTHON), *arguments])


def _succeeds(words: Sequence[str | Path]) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _run(words: Sequence[str | Path]) -> None:
    if subprocess.run(words, check=False).returncode:
        raise Obstacle(f"This failed: {' '.join(map(str, words))}")


def _run_quietly(words: Sequence[str | Path], failure: str) -> None:
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode == 0:
        return
    if FULL_DISK in done.stdout:
        raise Obstacle(f"{failure}: the disk is full.")
    last_lines = " ".join(done.stdout.strip().splitlines()[-3:])
    raise Obstacle(f"{failure}: {last_lines or f'exit code {done.returncode}'}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Obstacle as obstacle:
        sys.exit(str(obstacle))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        sys.exit(f"Writing under {ROOT} failed: {problem.strerror}.")
