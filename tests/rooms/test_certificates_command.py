"""`manage.py certificate`, which others script against."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.factories import certificates as situations

pytestmark = pytest.mark.django_db


def certificate(*arguments: str) -> str:
    output = StringIO()
    call_command("certificate", *arguments, stdout=output)
    return output.getvalue()


def test_it_lists_the_numbers_one_a_line() -> None:
    assert certificate("--list") == ""
    numbers = [situations.certificate().number for _ in range(2)]
    assert certificate("--list") == "".join(f"{number}\n" for number in numbers)


def test_it_writes_the_file_that_was_issued(tmp_path: Path) -> None:
    issued = situations.certificate()
    file = tmp_path / "certificate.pdf"
    assert certificate(issued.number.lower(), "--pdf", str(file)) == ""
    first = file.read_bytes()
    assert first.startswith(b"%PDF")
    certificate(issued.number, "--pdf", str(file))
    assert file.read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Ask for --list, or for NUMBER --pdf FILE"),
        (("TIP-2026-000001-00",), "Ask for --list"),
        (("--pdf", "file.pdf"), "Ask for --list"),
        (("--list", "TIP-2026-000001-00"), "Ask for --list"),
        (("nonsense", "--pdf", "file.pdf"), "nonsense is not a registry number"),
        (("TIP-2026-000001-00", "--pdf", "file.pdf"), "the check digits do not fit"),
    ],
)
def test_a_wrong_question_gets_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        certificate(*arguments)


def test_an_unknown_number_and_an_unwritable_file_get_one_too(tmp_path: Path) -> None:
    issued = situations.certificate()
    with pytest.raises(CommandError, match=r"Cannot write .*: No such file or directory"):
        certificate(issued.number, "--pdf", str(tmp_path / "nowhere" / "file.pdf"))
    other = situations.certificate(edition=situations.edition(series="OTRA")).number
    unknown = other.replace("OTRA", "TIPX")
    with pytest.raises(CommandError, match="is not a registry number"):
        certificate(unknown, "--pdf", str(tmp_path / "file.pdf"))
