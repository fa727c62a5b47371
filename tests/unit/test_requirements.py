"""What is locked is what `pyproject.toml` asks for, on every Python that we promise."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    "requirements-dev.txt": PROJECT["project"]["dependencies"]
    + PROJECT["dependency-groups"]["dev"],
}
EXTRA_ARGUMENTS = {
    "requirements.txt": [],
    "requirements-dev.txt": ["--group", "dev", "-c", "requirements.txt"],
}


def pins(name: str) -> list[tuple[str, str]]:
    """Return the locked names and versions; some packages have one version for each Python."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE)
    return [(canonicalize_name(package), version) for package, version in found]


@pytest.mark.parametrize("name", WANTED)
def test_every_dependency_is_locked_to_a_version_that_it_allows(name: str) -> None:
    for line in WANTED[name]:
        wanted = Requirement(line)
        locked = [v for package, v in pins(name) if package == canonicalize_name(wanted.name)]
        assert locked, f"{wanted.name} is not locked in {name}"
        assert list(wanted.specifier.filter(locked)) == locked, f"{line} is locked to {locked}"


@pytest.mark.parametrize("name", WANTED)
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text().strip())
    assert len(entries) == len(pins(name))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_tests_run_on_the_versions_that_are_served() -> None:
    assert set(pins("requirements.txt")) <= set(pins("requirements-dev.txt"))


@pytest.mark.parametrize("name", WANTED)
def test_locking_anew_changes_nothing(name: str, tmp_path: Path) -> None:
    for file in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / file, tmp_path)
    subprocess.run(
        [
            *(Path(sys.executable).with_name("uv"), "pip", "compile", "pyproject.toml"),
            *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"),
            *("--quiet", "--output-file", name, *EXTRA_ARGUMENTS[name]),
        ],
        cwd=tmp_path,
        check=True,
    )
    assert (tmp_path / name).read_text() == (ROOT / name).read_text()
