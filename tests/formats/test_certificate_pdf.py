"""The paper, before outside judges: veraPDF, Poppler, and the eye's first demands."""

import itertools
import logging
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import segno
from django.utils.html import strip_tags
from weasyprint import HTML

from tests.factories import certificates as situations
from tests.tools import verapdf, verapdf_command
from training.certificates.models import Certificate
from training.certificates.press import OutsideThePaper, Press
from training.certificates.rendering import _STEPS, _labels, _press, paper_content, render_pdf

pytestmark = pytest.mark.django_db

POINTS = 72 / 25.4  # in a millimetre
INSIDE_THE_BORDER = 15.0 * POINTS
A4 = (297 * POINTS, 210 * POINTS)
LONG_NAME = "Ñawpaq K’anchaq Ch’aska Wañuy Q’illu Ä Ï Ü de la Torre Ugarte y Túpac Yupanqui"
LONG_TITLE = (
    "Investigar, juzgar y reparar la trata de personas: calificación, protección de la víctima, "
    "prueba, pena, reparación civil y coordinación interinstitucional en los distritos judiciales"
)
LONG_INSTITUTION = "Academia de Formación de la Magistratura y del Ministerio Público"


def usual() -> Certificate:
    return situations.certificate()


def longest() -> Certificate:
    """Return a certificate with three issuers, three signatories, and the longest texts."""
    certificate = situations.certificate()
    certificate.recipient_name = LONG_NAME
    certificate.post_titles = {
        "es": "Fiscal provincial de la Fiscalía Provincial Especializada en Delitos de Trata"
    }
    certificate.district_name = "Puente Piedra–Ventanilla"
    certificate.course_titles = {"es": LONG_TITLE, "en": LONG_TITLE}
    for words in certificate.wording.values():
        words["sentence"] = f"Por haber aprobado el curso «{LONG_TITLE}». {words['sentence']}"
        words["notice"] = "Este certificado vale ante las instituciones que lo emiten. " * 4
    certificate.issuers = [
        {"names": {"es": LONG_INSTITUTION, "en": LONG_INSTITUTION}, "part": "issuer"}
    ] * 3
    certificate.signatories = [
        {
            "name": "Carmen Julia del Rosario Paredes Mamani de Gutiérrez",
            "post": {"es": "Presidenta de la Corte Superior", "en": "President of the Court"},
            "institution": {"es": LONG_INSTITUTION},
        }
    ] * 3
    certificate.syllabus = {
        "es": [f"{n}.1 Proxenetismo, tráfico y organización criminal" for n in range(25)],
        "en": [f"{n}.1 Procuring, smuggling and organised crime" for n in range(25)],
    }
    certificate.is_demonstration = True
    return certificate


def beyond_all_measure() -> Certificate:
    """Return a certificate whose texts fill every field to its limit."""
    certificate = longest()
    certificate.recipient_name = ("Wañuy Mamani " * 16)[:200].strip()
    certificate.signatories *= 2
    certificate.signatories = certificate.signatories[:4]
    certificate.issuers = certificate.issuers[:1] * 4
    certificate.syllabus = {language: lines * 2 for language, lines in certificate.syllabus.items()}
    return certificate


def barest() -> Certificate:
    """Return a certificate in one language, without mark, post, document or signatories."""
    certificate = situations.certificate()
    certificate.languages = ["es"]
    certificate.mark, certificate.mark_words = None, {}
    certificate.post_titles = certificate.institution_names = certificate.legal_basis = {}
    certificate.document_number = certificate.district_name = ""
    certificate.signatories = certificate.issuers = []
    certificate.syllabus = {}
    return certificate


SITUATIONS = [usual, longest, beyond_all_measure, barest]
Paper = Callable[[Callable[[], Certificate]], Path]


@pytest.fixture
def paper(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Paper]:
    """Print a situation into a file; WeasyPrint may have nothing to complain of."""

    def print_it(situation: Callable[[], Certificate]) -> Path:
        file = tmp_path / f"{situation.__name__}.pdf"
        with caplog.at_level(logging.WARNING, logger="weasyprint"):
            file.write_bytes(render_pdf(situation()))
        return file

    yield print_it
    assert [record for record in caplog.records if record.name == "weasyprint"] == []


def told(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def words_of(file: Path, page: int) -> list[tuple[str, float, float, float, float]]:
    """Return the words of a page with their boxes in points from the top left."""
    layout = told("pdftotext", "-bbox", "-f", str(page), "-l", str(page), file, "-")
    pattern = r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>'
    return [(word, *map(float, box)) for *box, word in re.findall(pattern, layout)]


@pytest.mark.timeout(300)
def test_verapdf_finds_every_paper_accessible(paper: Paper) -> None:
    files = [paper(situation) for situation in SITUATIONS]
    judged = subprocess.run(
        [*verapdf_command(), "-fua1", *files], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout
    assert judged.stdout.count("PASS") == len(files)


def test_verapdf_would_say_so_if_it_were_not(tmp_path: Path) -> None:
    file = tmp_path / "untagged.pdf"
    HTML(string="<html lang=es><title>Title</title><p>Text</p></html>").write_pdf(file)
    passes, reasons = verapdf(file, "ua1")
    assert not passes
    assert "FAIL" in reasons


@pytest.mark.parametrize("situation", SITUATIONS)
def test_it_has_two_pages_of_a4_and_nothing_runs_over(paper: Paper, situation: Any) -> None:
    file = paper(situation)
    facts = told("pdfinfo", file)
    assert re.search(r"Pages:\s+2\n", facts)
    assert re.search(r"Page size:\s+841.89 x 595.2\d+ pts \(A4\)", facts)
    for page in (1, 2):
        words = words_of(file, page)
        assert words
        for word, left, top, right, bottom in words:
            assert left >= INSIDE_THE_BORDER, word
            assert top >= INSIDE_THE_BORDER, word
            assert right <= A4[0] - INSIDE_THE_BORDER, word
            assert bottom <= A4[1] - INSIDE_THE_BORDER, word


@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_word_stands_on_another(paper: Paper, situation: Any) -> None:
    file = paper(situation)
    for page in (1, 2):
        for one, other in itertools.combinations(words_of(file, page), 2):
            assert _overlap(one[1:], other[1:]) < 0.35, (one, other)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return how much of the smaller of two boxes lies on the other; line boxes touch a little."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / min(areas)


def test_every_field_of_r_41_is_on_it(paper: Paper) -> None:
    file = paper(usual)
    certificate = Certificate.objects.get()
    text = " ".join(told("pdftotext", "-raw", file, "-").split())
    for said in (
        certificate.recipient_name,
        "DNI 45678912",
        "Jueza penal",
        "Poder Judicial",
        "Distrito Judicial de Puente Piedra–Ventanilla",
        "Fundamentos de la trata",
        "Foundations of trafficking",
        f"{certificate.course_code}, versión 1",
        certificate.edition_code,
        "con tutoría",
        "del 3 de agosto de 2026 al 16 de noviembre de 2026",
        "40 de 45 minutos: 32 a ritmo propio, 4.5 en sesión, 3.5 de trabajo evaluado",
        "16.50 de 20 (dieciséis y 50/100)",
        "sixteen and 50/100",
        "Asistencia",
        "Módulo 1",
        "Module 1",
        "Arequipa, 16 de noviembre de 2026",
        "Arequipa, 16 November 2026",
        "Escuela",
        "Programa",
        "Convenio n.º 12-2026",
        "Rosa Huamán",
        "Directora",
        "Luis Condori",
        certificate.number,
        certificate.code,
        "testserver/verify/",
        certificate.evidence_digest,
        strip_tags(certificate.wording["es"]["sentence"]),
        strip_tags(certificate.wording["en"]["sentence"]),
    ):
        assert said in text, said


def test_the_longest_texts_are_all_there(paper: Paper) -> None:
    text = " ".join(told("pdftotext", "-raw", paper(longest), "-").split())
    for said in (LONG_NAME, LONG_TITLE, "24.1 Proxenetismo", "Procuring", "demostración"):
        assert said in text, said


def test_a_demonstration_says_so_on_its_face(paper: Paper) -> None:
    assert "sin valor oficial" in told("pdftotext", "-l", "1", paper(longest), "-")
    assert "sin valor oficial" not in told("pdftotext", "-l", "1", paper(usual), "-")


def test_all_fonts_are_ours_embedded_and_readable(paper: Paper) -> None:
    fonts = told("pdffonts", paper(longest)).splitlines()[2:]
    assert 1 <= len(fonts) <= 3
    for font in fonts:
        assert "EB-Garamond" in font
        assert font.split()[-5:-2] == ["yes", "yes", "yes"], "embedded, subset, with Unicode"


def test_title_language_and_author_are_told(paper: Paper) -> None:
    with pikepdf.open(paper(usual)) as pdf:
        assert str(pdf.Root.Lang) == "es"
        title = str(pdf.docinfo.Title)
        assert title.startswith("Certificado de aprobación TIP-2026-000001-")
        assert situations.NAME in title
        assert str(pdf.docinfo.Author) == "Escuela, Programa"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


def test_the_second_language_is_marked_as_such(paper: Paper) -> None:
    with pikepdf.open(paper(usual)) as pdf:
        elements = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/StructElem"
        ]
        roles = {str(element.S) for element in elements}
        marked = [element for element in elements if "/Lang" in element]
        assert {"/H1", "/H2", "/H3", "/P", "/Figure", "/Table", "/TH", "/L"} <= roles
        assert not roles & {"/Art", "/BlockQuote"}
        assert {str(element.Lang) for element in marked} == {"en"}
        assert len(marked) > 10


def test_the_square_leads_to_the_verification(paper: Paper, tmp_path: Path) -> None:
    file = paper(usual)
    certificate = Certificate.objects.get()
    with pikepdf.open(file) as pdf:
        figure = next(
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        )
        assert certificate.verification_address in str(figure.Alt)
    expected = segno.make(certificate.verification_address, error="m", micro=False)
    assert modules_on(file, tmp_path, size=len(expected.matrix)) == [
        [bool(module) for module in row] for row in expected.matrix
    ]


def modules_on(file: Path, folder: Path, *, size: int) -> list[list[bool]]:
    """Return the dark modules of the square on the front, as a printer would set them."""
    told("pdftoppm", "-r", "300", "-f", "1", "-l", "1", "-gray", file, folder / "front")
    picture = (folder / "front-1.pgm").read_bytes()
    header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", picture)
    assert header
    width, pixels = int(header[1]), picture[header.end() :]
    in_mm = 300 / 25.4
    row = range(int(145 * in_mm), int(180 * in_mm))
    column = range(int(20 * in_mm), int(50 * in_mm))
    dark = {(y, x) for y in row for x in column if pixels[y * width + x] < 128}
    top = min(y for y, _ in dark)
    left = min(x for y, x in dark if y < top + 10)
    right = max(x for y, x in dark if y < top + 10)
    pitch = (right - left + 1) / size
    return [
        [(int(top + (y + 0.5) * pitch), int(left + (x + 0.5) * pitch)) in dark for x in range(size)]
        for y in range(size)
    ]


def test_it_is_the_same_byte_for_byte(paper: Paper) -> None:
    paper(usual)
    certificate = Certificate.objects.get()
    assert render_pdf(certificate) == render_pdf(Certificate.objects.get(pk=certificate.pk))


def test_markup_in_a_name_is_only_a_name(tmp_path: Path) -> None:
    certificate = usual()
    certificate.recipient_name = '<img src="https://example.org/x.png"> & <b>Ana</b>'
    file = tmp_path / "name.pdf"
    file.write_bytes(render_pdf(certificate))
    assert '<img src="https://example.org/x.png"> & <b>Ana</b>' in told("pdftotext", file, "-")


@pytest.mark.parametrize(
    "address", ["https://example.org/logo.svg", "file:///etc/hostname", "file:../../models.py"]
)
def test_a_design_gets_its_own_files_only(tmp_path: Path, address: str) -> None:
    (tmp_path / "paper.css").write_text("")
    (tmp_path / "paper.html").write_text(f'<html lang=es><img alt="x" src="{address}"></html>')
    with pytest.raises(OutsideThePaper):
        Press(tmp_path).lay_out({})


@pytest.mark.parametrize(("situation", "at_once"), [(usual, True), (longest, False)])
def test_what_fits_at_once_is_laid_out_once(
    situation: Callable[[], Certificate], at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out = []
    lay_out = Press.lay_out

    def counted(self: Press, context: Any) -> Any:
        laid_out.append(context["part"])
        return lay_out(self, context)

    monkeypatch.setattr(Press, "lay_out", counted)
    render_pdf(situation())
    assert (laid_out == ["all"]) is at_once


def test_a_band_or_a_colophon_that_runs_over_is_noticed() -> None:
    for spoil in (_crowded_band, _long_notice):
        certificate = usual()
        content = paper_content(certificate, _labels(certificate.design_version))
        content |= {"part": "all", "steps": dict.fromkeys(_STEPS, 0)}
        press = _press(certificate.design_version)
        parts = ("band", "colophon")
        assert press.fits(press.lay_out(content), pages=2, parts=parts)
        spoil(content)
        assert not press.fits(press.lay_out(content), pages=2, parts=parts)


def _crowded_band(content: dict[str, Any]) -> None:
    content["signatories"] = [
        signatory | {"institution": f"{LONG_INSTITUTION} " * 8}
        for signatory in content["signatories"]
    ]


def _long_notice(content: dict[str, Any]) -> None:
    content["wording"] = content["wording"] | {"notice": f"{LONG_TITLE} " * 8}
