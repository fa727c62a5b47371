"""The whole journey in a browser: a lesson is written, taught, certified, and a paper revoked."""

import re
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, Open, sign_in
from tests.browser.keyboard import Keyboard
from tests.product import PASSWORD, Product, copied, demonstration, running
from tests.visitor import answer_book, folded

COURSE = "Investigar, juzgar y reparar la trata de personas: fundamentos"
MODULE = "Qué es y qué no es trata"
MODULE_QUIZ = "Cuestionario del módulo 1"
LESSON = "La primera entrevista"
TEXT = "La entrevista empieza por el relato libre; las preguntas vienen después."
EDITION = "Edición de prueba del trayecto"
CODE = "TIP-PE-01-TRAYECTO"
OPEN_EDITION = "Edición autoinstructiva 2026"

JUDGE = "killa.yupanqui@example.org"
JUDGE_NAME = "Killa Ñusta Yupanqui de la Torre"
JUDGE_PASSWORD = "Amanecer-en-Ollantaytambo-8"
REASON = "Se emitió con un dato equivocado."
TYPIST = "teclado@demo.example"
TYPIST_NAME = "Inés teclado"

PATIENCE = 30_000  # milliseconds, on a busy machine
LONG = pytest.mark.timeout(600)  # of seconds, the product's start included

# The server has saved by itself, and its answer is still on the way.
HOLD_AUTOMATIC_SAVE = """
  const ask = window.fetch;
  window.fetch = async (address, ...words) => {
    const answer = await ask(address, ...words);
    if (String(address).includes("/pages/add/")) {
      document.documentElement.dataset.held = answer.status;
      await new Promise((go) => { window.letGo = go; });
    }
    return answer;
  };
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of one's own: what is published here would surprise the other tests."""
    data = demonstration(tmp_path_factory)
    with running(copied(data, tmp_path_factory.mktemp("journey") / "var")) as product:
        yield product


# --- The stories ------------------------------------------------------------------------------


@LONG
def test_a_lesson_is_written_taught_certified_and_the_certificate_revoked(
    open_page: Open, product: Product, tmp_path: Path
) -> None:
    trainer = at_the_desk(open_page, "trainer")
    write_the_lesson(trainer)
    put_it_before_the_quiz(trainer)
    send_it_for_review(trainer)
    see_that_nobody_approved_it_yet(trainer)

    approve_the_lesson(at_the_desk(open_page, "reviewer"))
    publish_version_two(trainer)

    coordinator = at_the_desk(open_page, "coordinator")
    open_an_edition_of_version_two(coordinator)
    invite_the_judge(coordinator)

    judge = on_the_phone(open_page)
    judge.goto(product.link_in_mail_to(JUDGE, containing="/invitation/"))
    open_the_account(judge)
    give_document_and_post(judge)
    enroll(judge, EDITION)
    read_the_lessons(judge, expecting={LESSON: TEXT})
    fail_the_quiz(judge)
    try_again_and_pass(judge)
    pass_the_final_test(judge)
    assert_it_names(JUDGE_NAME, download_the_certificate(judge), tmp_path)

    anybody = on_the_phone(open_page)
    anybody.goto(address_of_its_verification(judge))
    expect(anybody.get_by_role("heading", name="Este certificado es válido")).to_be_visible()
    expect(anybody.locator("main")).to_contain_text(JUDGE_NAME)

    revoke_the_certificate(at_the_desk(open_page, "registrar"))
    anybody.reload()
    see_that_it_is_revoked(anybody)


@LONG
def test_a_course_is_taken_by_keyboard_alone(
    open_page: Open, product: Product, tmp_path: Path
) -> None:
    product.newcomers(TYPIST)
    page = open_page(viewport=DESK)
    page.set_default_timeout(PATIENCE)
    keyboard = Keyboard(page)
    page.goto("/es/")

    keyboard.press_on(page.get_by_role("link", name="Ingresar"))
    keyboard.type_into(page.locator("input[name=login]"), TYPIST)
    keyboard.type_into(page.locator("input[name=password]"), PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/")

    keyboard.press_on(page.get_by_role("link", name="Ver los cursos"))
    keyboard.skip_to_content()
    keyboard.press_on(page.get_by_role("link", name=COURSE).first)
    keyboard.skip_to_content()
    keyboard.press_on(offer_of(page, OPEN_EDITION))
    keyboard.press_on(page.get_by_role("button", name="Confirmar y empezar"))
    while "/learn/" in page.url:
        keyboard.skip_to_content()
        if (read := page.get_by_role("button", name="Leerla ahora")).count():
            keyboard.press_on(read)
            keyboard.skip_to_content()
        keyboard.press_on(page.get_by_role("button", name="Hecho, continuar"))
    for _ in range(2):
        keyboard.skip_to_content()
        keyboard.press_on(page.get_by_role("button", name="Empezar"))
        answer_all_by(keyboard)
        keyboard.press_on(page.get_by_role("button", name="Enviar mis respuestas"))
        expect(page.get_by_role("heading", name="Aprobado")).to_be_visible()
        keyboard.skip_to_content()
        keyboard.press_on(page.locator(".next-step").get_by_role("link"))
    keyboard.skip_to_content()
    with page.expect_download() as downloading:
        keyboard.press_on(page.get_by_role("link", name="Descargar el certificado"), stays=True)
    assert_it_names(TYPIST_NAME, downloading.value, tmp_path)


@LONG
def test_a_save_waits_for_the_automatic_save_before_it(open_page: Open) -> None:
    trainer = at_the_desk(open_page, "trainer")
    trainer.add_init_script(HOLD_AUTOMATIC_SAVE)
    fill_in_a_lesson(trainer, "Guardada una vez")
    expect(trainer.locator("html[data-held='200']")).to_be_attached(timeout=PATIENCE)
    button = trainer.get_by_role("button", name="Guardar borrador")
    button.evaluate("button => { button.click(); button.click(); letGo() }")
    told(trainer, "Guardada una vez")
    go_to_the_module(trainer)
    rows = trainer.locator("main tbody tr", has_text="Guardada una vez")
    expect(rows).to_have_count(1)


# --- Windows ----------------------------------------------------------------------------------


def at_the_desk(open_page: Open, role: str) -> Page:
    """Return a wide window in which somebody of the staff is signed in."""
    page = open_page(viewport=DESK)
    page.set_default_timeout(PATIENCE)
    sign_in(page, f"{role}@demo.example")
    page.goto("/admin/")
    return page


def on_the_phone(open_page: Open) -> Page:
    page = open_page(viewport=PHONE)
    page.set_default_timeout(PATIENCE)
    return page


def leave(page: Page, here: str) -> None:
    """Wait until another page is open."""
    page.wait_for_url(lambda url: url != here)


def told(page: Page, sentence: str) -> None:
    """Wait until the admin says that something went well, and nothing else."""
    expect(page.locator(".messages .success")).to_contain_text(sentence, timeout=PATIENCE)
    expect(page.locator(".messages .error")).to_have_count(0)


def choose_action(page: Page, name: str) -> None:
    """Choose from the menu at the foot of the editor."""
    page.get_by_role("button", name="Más acciones").click()
    page.get_by_role("button", name=name, exact=True).click()


# --- The trainer and the reviewer -------------------------------------------------------------


def go_to_the_module(page: Page) -> None:
    page.goto("/admin/pages/")
    for title in ("Formación judicial y fiscal", COURSE, MODULE):
        row = page.locator("main tbody tr", has_text=title).filter(has_not_text="Inglés")
        row.get_by_role("link", name=re.compile("^Explorar")).click()
        expect(page.locator("main h1, main h2").first).to_contain_text(title)


def fill_in_a_lesson(page: Page, title: str) -> None:
    go_to_the_module(page)
    page.get_by_role("link", name="Añadir página hija").first.click()
    page.get_by_role("link", name="Lección", exact=True).click()
    page.get_by_role("textbox", name="Título").fill(title)
    page.get_by_role("textbox", name="Objetivo").fill("Tomar una primera entrevista sin inducir.")
    page.get_by_role("spinbutton", name="Minutos").fill("20")
    body = page.locator("[data-contentpath=body]")
    body.get_by_title("Insertar un bloque").click()
    page.get_by_role("option", name="Texto").first.click()
    body.locator("[contenteditable=true]").click()
    page.keyboard.type(TEXT)
    expect(body.locator("input[name$=-value-text]")).to_have_value(re.compile("relato libre"))


def write_the_lesson(page: Page) -> None:
    fill_in_a_lesson(page, LESSON)
    page.get_by_role("button", name="Guardar borrador").click()
    told(page, LESSON)


def put_it_before_the_quiz(page: Page) -> None:
    """Move the new lesson, which stands last, one place up; the list is in the course's order."""
    go_to_the_module(page)
    rows = page.locator("main tbody tr")
    expect(rows.last).to_contain_text(LESSON)
    rows.last.get_by_role("button", name="Arrastrar").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(rows.last).to_contain_text(MODULE_QUIZ)
    expect(page.locator(".messages")).to_contain_text(LESSON)


def send_it_for_review(page: Page) -> None:
    page.get_by_role("link", name=LESSON).click()
    expect(page.locator("[data-contentpath=body] [contenteditable=true]")).to_contain_text(TEXT)
    choose_action(page, "Enviar a Revisión")
    told(page, LESSON)


def go_to_the_publication(page: Page) -> None:
    """Open what publishing would do, from the module where the lesson stands."""
    go_to_the_module(page)
    page.get_by_role("button", name="Acciones").first.click()
    page.get_by_role("link", name="Publicar una versión del curso").click()
    expect(page.get_by_role("heading", name="Qué cambia")).to_be_visible()


def panel(page: Page, heading: str) -> Locator:
    return page.locator("section.w-panel", has=page.get_by_role("heading", name=heading))


def see_that_nobody_approved_it_yet(page: Page) -> None:
    go_to_the_publication(page)
    expect(panel(page, "Qué lo impide")).to_contain_text(f"{LESSON}: Ningún texto de esta página")
    review = panel(page, "Los textos y su revisión").locator("tr", has_text=LESSON)
    expect(review).to_contain_text("en revisión")
    expect(page.get_by_role("button", name="Publicar la versión 2")).to_be_disabled()


def approve_the_lesson(page: Page) -> None:
    page.get_by_role("link", name=LESSON).click()
    choose_action(page, "Aprobar")
    told(page, LESSON)
    expect(page.get_by_role("link", name=LESSON)).to_have_count(0)  # it waits no more


def publish_version_two(page: Page) -> None:
    go_to_the_publication(page)
    expect(panel(page, "Qué lo impide")).to_have_count(0)
    expect(panel(page, "Qué conviene saber")).to_contain_text("Inglés")
    changes = panel(page, "Qué cambia")
    expect(changes.locator("tr", has_text=LESSON)).to_contain_text("se añade")
    expect(changes.locator("tr", has_text=MODULE_QUIZ)).to_contain_text("sin cambios")
    affected = panel(page, "A quién afecta").locator("tr", has_text="TIP-PE-01-2026-LIMA")
    expect(affected).to_contain_text("versión 1")
    page.get_by_role("textbox", name="Qué cambió").fill("Una lección sobre la entrevista.")
    page.get_by_role("button", name="Publicar la versión 2").click()
    told(page, "La versión 2")


# --- The coordinator and the registrar --------------------------------------------------------


def open_an_edition_of_version_two(page: Page) -> None:
    today = date.today()
    page.get_by_role("link", name="Ediciones").click()
    page.get_by_role("link", name="Añadir edición").first.click()
    page.get_by_role("textbox", name="Código").fill(CODE)
    version = page.get_by_role("combobox", name="Versión del curso")
    version.select_option(label=f"TIP-PE-01 v2 · {COURSE}")
    page.get_by_role("textbox", name="Nombre (Español)").fill(EDITION)
    page.get_by_role("combobox", name="Modalidad").select_option("autoinstructiva")
    for name, value in {
        "Inicio": f"{today}",
        "Fin": f"{today + timedelta(60)}",
        "Apertura de la inscripción": f"{today - timedelta(2)} 08:00",
        "Cierre de la inscripción": f"{today + timedelta(30)} 18:00",
    }.items():
        page.get_by_role("textbox", name=name).fill(value)
        page.keyboard.press("Tab")  # closes the calendar
    page.get_by_role("combobox", name="Cómo se ingresa").select_option("open")
    hours = page.get_by_role("spinbutton", name="Horas académicas a ritmo propio")
    hours.fill("5")
    issued = page.get_by_role("combobox", name="Los certificados se emiten")
    issued.select_option("apenas se obtiene")
    issuer = page.get_by_role("combobox", name="Institución").first
    issuer.select_option("Poder Judicial del Perú")
    hours.click()  # closes a calendar that opened late
    page.get_by_role("button", name="Crear").click()
    told(page, CODE)


def invite_the_judge(page: Page) -> None:
    page.get_by_role("link", name="Invitaciones").click()
    page.get_by_role("link", name="Invitar").first.click()
    page.get_by_role("textbox", name="Correo").fill(JUDGE)
    page.get_by_role("textbox", name="Nombre").fill(JUDGE_NAME)
    page.get_by_role("button", name="Enviar la invitación").click()
    told(page, JUDGE)


def revoke_the_certificate(page: Page) -> None:
    page.get_by_role("link", name="Certificados").click()
    page.locator("main tbody tr", has_text=JUDGE_NAME).get_by_role("link").first.click()
    page.get_by_role("link", name="Revocar").click()
    page.get_by_role("textbox", name="Motivo público").fill(REASON)
    page.get_by_role("textbox", name="Nota interna").fill("Oficio 12 del registro.")
    page.get_by_role("button", name="Revocar el certificado").click()
    told(page, "está revocado")


def see_that_it_is_revoked(page: Page) -> None:
    verdict = page.locator(".verdict.error")
    expect(verdict).to_contain_text("Este certificado ha sido revocado")
    expect(verdict).to_contain_text(REASON)
    expect(verdict).to_contain_text(re.compile(r"Se revocó el \d+ de [a-z]+ de \d{4}"))
    expect(page.locator("main")).not_to_contain_text("Oficio 12")


# --- The judge --------------------------------------------------------------------------------


def open_the_account(page: Page) -> None:
    expect(page.get_by_label("Correo electrónico")).to_have_value(JUDGE)
    expect(page.get_by_label("Nombre completo")).to_have_value(JUDGE_NAME)
    page.get_by_label("Contraseña", exact=True).fill(JUDGE_PASSWORD)
    page.get_by_label("Contraseña (de nuevo)").fill(JUDGE_PASSWORD)
    page.get_by_role("button", name="Abrir la cuenta").click()
    page.wait_for_url("**/accounts/profile/")


def give_document_and_post(page: Page) -> None:
    page.get_by_label("Tipo de documento").select_option("DNI")
    page.get_by_label("Número de documento").fill("90000777")
    page.get_by_label("Mujer").check()
    page.get_by_role("button", name="Guardar mis datos").click()
    expect(page.locator("main")).to_contain_text("Sus datos se guardaron.")
    page.get_by_label("Rol").select_option("Juez o jueza")
    page.get_by_label("Denominación del cargo").fill("Jueza penal")
    page.get_by_label("Institución").select_option("Poder Judicial del Perú")
    page.get_by_label("Distrito judicial").select_option("Cusco")
    page.get_by_label("Desde").fill("2021-03-01")
    page.get_by_role("button", name="Añadir el cargo").click()
    expect(page.locator("main")).to_contain_text("El cargo se añadió.")


def offer_of(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=re.compile(f"^Inscribirme.*{name}$"))


def enroll(page: Page, name: str) -> None:
    page.goto("/es/")
    page.get_by_role("link", name=COURSE).first.click()
    offer_of(page, name).click()
    expect(page.get_by_label("Nombre en el certificado")).to_have_value(JUDGE_NAME)
    page.get_by_role("button", name="Confirmar y empezar").click()
    page.wait_for_url("**/learn/**")


def read_the_lessons(page: Page, *, expecting: dict[str, str]) -> None:
    """Finish lesson after lesson until something else comes; find each text that is expected."""
    missing = dict(expecting)
    while "/learn/" in page.url:
        here = page.url
        if (read := page.get_by_role("button", name="Leerla ahora")).count():
            read.click()
            expect(page.get_by_role("button", name="Hecho, continuar")).to_be_visible()
        if text := missing.pop(page.locator("h1").inner_text(), ""):
            expect(page.locator("article")).to_contain_text(text)
        page.get_by_role("button", name="Hecho, continuar").click()
        leave(page, here)
    assert not missing


def fail_the_quiz(page: Page) -> None:
    expect(page.get_by_role("heading", name=MODULE_QUIZ)).to_be_visible()
    page.get_by_role("button", name="Empezar").click()
    answer_all(page, right=False)
    hand_in(page, expecting="No aprobado en este intento")


def try_again_and_pass(page: Page) -> None:
    page.get_by_role("button", name="Intentar de nuevo").click()
    answer_all(page)
    hand_in(page, expecting="Aprobado")


def pass_the_final_test(page: Page) -> None:
    page.locator(".next-step").get_by_role("link", name="Continuar").click()
    page.get_by_role("button", name="Empezar").click()
    answer_all(page)
    hand_in(page, expecting="Aprobado")


def answer_all(page: Page, *, right: bool = True) -> None:
    """Answer question after question until the review."""
    page.wait_for_url("**/quiz/attempt/**")
    while not page.url.endswith("/review/"):
        here = page.url
        given = answer_to(page, right=right)
        if isinstance(given, str):
            page.get_by_label("Su respuesta, en cifras").fill(given)
        else:
            for option in given:
                option.check()
        page.get_by_role("button", name=re.compile("^Guardar y")).click()
        leave(page, here)


def answer_to(page: Page, *, right: bool = True) -> str | list[Locator]:
    """Return the number, or the options, that answer the question rightly; or a wrong answer."""
    known = answer_book()[folded(page.locator(".question-stem").inner_text())]
    if isinstance(known, str):
        return known if right else "1"
    options = page.locator(".option").all()
    wanted = [one for one in options if (folded(one.inner_text()) in known) is right]
    return [one.locator("input") for one in (wanted if right else wanted[:1])]


def hand_in(page: Page, *, expecting: str) -> None:
    page.get_by_role("button", name="Enviar mis respuestas").click()
    expect(page.get_by_role("heading", name=expecting, exact=True)).to_be_visible()


def download_the_certificate(page: Page) -> Download:
    """Ask for the file; the page that says that it is being prepared asks again by itself."""
    page.locator(".next-step").get_by_role("link", name="Ir a mi curso").click()
    with page.expect_download(timeout=2 * PATIENCE) as downloading:
        page.get_by_role("link", name="Descargar el certificado").click()
    return downloading.value


def assert_it_names(name: str, download: Download, folder: Path) -> None:
    pdf = folder / download.suggested_filename
    download.save_as(pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
    words = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True)
    assert name in words.stdout
    assert pdf.stem in words.stdout  # the registry number


def address_of_its_verification(page: Page) -> str:
    page.goto("/my/certificates/")
    link = page.get_by_role("link", name="Ver su verificación")
    return link.get_attribute("href") or ""


# --- By keyboard ------------------------------------------------------------------------------


def answer_all_by(keyboard: Keyboard) -> None:
    """Answer question after question until the review, each rightly."""
    page = keyboard.page
    page.wait_for_url("**/quiz/attempt/**")
    while not page.url.endswith("/review/"):
        keyboard.skip_to_content()
        given = answer_to(page)
        if isinstance(given, str):
            keyboard.type_into(page.get_by_label("Su respuesta, en cifras"), given)
        else:
            keyboard.choose(given, among=page.locator(".option input"))
        keyboard.press_on(page.get_by_role("button", name=re.compile("^Guardar y")))
