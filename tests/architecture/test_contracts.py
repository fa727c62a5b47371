"""The contracts hold, and each of them breaks when its law is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

BREACHES = {
    "one-law": ("training/portal/views.py", "import cms.models"),
    "rooms": ("training/audit/actions.py", "import training.portal.views"),
    "pure": ("training/progress/rules.py", "import django.db"),
    "one-door-to-progress": ("training/desk/views.py", "import training.progress.actions"),
    "no-cycles": ("training/kernel/texts.py", "import training.portal.views"),
}


def lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--config", "pyproject.toml", "--no-cache", "--contract", contract],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": str(LINTER.parent), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in ("training", "cms", "assessments"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize("contract", BREACHES)
def test_each_contract_holds_and_can_break(contract: str, copy: Path) -> None:
    file, breach = BREACHES[contract]
    kept = lint(copy, contract)
    assert kept.returncode == 0, kept.stdout
    path = copy / file
    before = path.read_text()
    path.write_text(f"{before}\n{breach}\n")
    broken = lint(copy, contract)
    path.write_text(before)
    assert broken.returncode == 1, broken.stdout


def test_a_room_that_no_layer_names_is_refused(copy: Path) -> None:
    stranger = copy / "training" / "stranger"
    stranger.mkdir()
    (stranger / "__init__.py").touch()
    refused = lint(copy, "rooms")
    shutil.rmtree(stranger)
    assert refused.returncode == 1
    assert "stranger" in refused.stdout
