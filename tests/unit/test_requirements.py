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


def pins(name: str) -> dict[str, str]:
    """Return the locked versions by name."""
    text = (ROOT / name).read_text()
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.+?\])?==([^ ;\\]+)", text, flags=re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


@pytest.mark.parametrize("name", WANTED)
def test_every_dependency_is_locked_to_a_version_that_it_allows(name: str) -> None:
    locked = pins(name)
    for line in WANTED[name]:
        requirement = Requirement(line)
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked in {name}"
        assert requirement.specifier.contains(version), f"{line} is locked to {version}"


@pytest.mark.parametrize("name", WANTED)
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text().strip())
    assert len(entries) == len(pins(name))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_tests_run_on_the_versions_that_are_served() -> None:
    served, tested = pins("requirements.txt"), pins("requirements-dev.txt")
    assert served.items() <= tested.items()


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
