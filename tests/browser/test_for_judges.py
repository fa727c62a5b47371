"""What a judge comes for besides the course itself: to find it, to study it, to be heard."""

import json
import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, Open, sign_in
from tests.browser.people import (
    ANNOTATOR,
    APPLICANT,
    BY_APPLICATION,
    CAREFUL,
    NAMES,
    PRESSED_FOR_TIME,
    SHORTSIGHTED,
)
from tests.browser.test_journey import (
    COURSE,
    OPEN_EDITION,
    at_the_desk,
    leave,
    offer_of,
    on_the_phone,
    told,
)
from tests.product import Product

pytestmark = pytest.mark.usefixtures("people")

LIMA = ZoneInfo("America/Lima")
NARROW = {"width": 320, "height": 640}  # a window of 640 pixels at twice the size
MOTIVE = "Llevo dos casos de captación en línea."
WELCOME = "Le esperamos el primer día."
LESSON, SECTION = "Tres elementos", "La conducta: qué hizo cada quien"
TERM, DEFINITION = "Retener", "Uno de los seis verbos de la trata."
NOTE = "Preguntar primero quién guardó el documento."
PROBLEM = "En el segundo párrafo falta una tilde en «envio»."
MENDED = "Gracias, ya lleva su tilde."
LEAVE = "Licencia por salud hasta fin de mes."
GRANTED = "Se le concede; que se mejore."
CONSENT = "Contacto después del curso"


# --- The stories ------------------------------------------------------------------------------


def test_a_judge_finds_the_course_applies_and_is_let_in(open_page: Open, product: Product) -> None:
    find_the_course_by_its_form(open_page(javascript=False, viewport=PHONE))

    judge = open_page(viewport=DESK)
    sign_in(judge, APPLICANT)
    find_the_course_while_typing(judge)
    judge.get_by_role("link", name=COURSE).click()
    expect(judge.get_by_role("heading", name="Qué sabrá hacer")).to_be_visible()
    apply(judge)

    accept_the_application(at_the_desk(open_page, "coordinator"))
    subject = "Su postulación fue aceptada"
    assert WELCOME in product.words_of_mail_to(APPLICANT, about=subject)
    judge.goto(product.link_in_mail_to(APPLICANT, containing="/my/courses/", about=subject))
    expect(judge.get_by_role("heading", name=COURSE, level=1)).to_be_visible()
    expect(judge.locator("main")).to_contain_text(BY_APPLICATION)
    begin(judge)


def test_a_judge_studies_in_their_own_way_and_reports_a_problem(
    open_page: Open, product: Product
) -> None:
    judge = on_the_phone(open_page)
    sign_in(judge, ANNOTATOR)
    begin(judge)
    put_the_lesson_off(judge)
    come_back_to_it(judge)
    open_a_term(judge)
    write_a_note_and_set_a_bookmark(judge)
    find_them_again(judge)
    report_a_problem(judge)

    answer_the_problem(at_the_desk(open_page, "trainer"))
    answer = product.words_of_mail_to(ANNOTATOR, about="Respuesta al problema")
    assert "Está resuelto." in answer
    assert MENDED in answer


def test_a_judge_sees_the_last_day_coming_and_is_given_more_time(
    open_page: Open, product: Product
) -> None:
    judge = open_page(viewport=DESK)
    sign_in(judge, PRESSED_FOR_TIME)
    judge.get_by_role("link", name="Mi calendario").click()
    closes = day_beside(judge, "Cierra la edición")
    judge.get_by_role("button", name="Crear una dirección").click()
    feed = judge.get_by_label("Dirección de su calendario").input_value()
    assert days_of(open_page, feed)["Cierra la edición"] == closes

    wanted = closes + timedelta(days=30)
    ask_for_time(judge, until=wanted)
    grant_the_time(at_the_desk(open_page, "coordinator"))
    about = "Su solicitud fue aceptada"
    assert GRANTED in product.words_of_mail_to(PRESSED_FOR_TIME, about=about)
    judge.goto("/my/calendar/")
    assert day_beside(judge, "Su propio último día") == wanted
    expect(judge.locator("main")).not_to_contain_text("Cierra la edición")
    assert days_of(open_page, feed)["Su propio último día"] == wanted


def test_a_judge_decides_about_their_data_and_takes_a_copy(
    open_page: Open, product: Product, tmp_path: Path
) -> None:
    judge = on_the_phone(open_page)
    sign_in(judge, CAREFUL)
    judge.get_by_role("button", name="Menú").click()
    judge.get_by_role("link", name="Mi cuenta").click()
    judge.get_by_role("link", name="Privacidad", exact=True).first.click()
    consent = judge.get_by_role("listitem").filter(has_text=CONSENT)
    consent.get_by_role("button", name="Autorizar").click()
    expect(judge.locator("main")).to_contain_text("Guardamos su autorización.")
    consent.get_by_role("button", name="Retirar").click()
    expect(judge.locator("main")).to_contain_text("Su autorización queda retirada desde ahora.")
    expect(consent).to_contain_text("No autorizado")

    judge.get_by_role("button", name="Preparar una copia").click()
    expect(judge.locator("main")).to_contain_text("Su copia se está preparando.")
    about = "La copia de sus datos está lista"
    judge.goto(product.link_in_mail_to(CAREFUL, containing="/privacy/", about=about))
    with judge.expect_download() as downloading:
        judge.get_by_role("link", name="Descargar mi copia").click()
    decided = read_the_copy(downloading.value, tmp_path)["consent"]
    assert sorted(one["is_given"] for one in decided) == [False, True]


def test_nothing_is_read_sideways_at_twice_the_size(open_page: Open) -> None:
    judge = open_page(viewport=NARROW)
    see_whole(judge, "/accounts/login/")
    sign_in(judge, SHORTSIGHTED)
    see_whole(judge, "/courses/")
    judge.get_by_role("link", name=COURSE).click()
    see_whole(judge)
    offer_of(judge, OPEN_EDITION).click()
    see_whole(judge)
    judge.get_by_role("button", name="Confirmar y empezar").click()
    judge.wait_for_url("**/learn/**")
    while "/learn/" in judge.url:
        see_whole(judge)
        here = judge.url
        if (read := judge.get_by_role("button", name="Leerla ahora")).count():
            read.click()
            expect(judge.get_by_role("button", name="Hecho, continuar")).to_be_visible()
            see_whole(judge)
        judge.get_by_role("button", name="Hecho, continuar").click()
        leave(judge, here)
    see_whole(judge)
    judge.get_by_role("button", name="Empezar").click()
    judge.wait_for_url("**/quiz/attempt/**")
    while not judge.url.endswith("/review/"):
        see_whole(judge)
        here = judge.url
        judge.get_by_role("button", name=re.compile("^Guardar y")).click()
        leave(judge, here)
    see_whole(judge)
    for place in ("/my/", "/my/record/", "/my/calendar/", "/my/notes/", "/accounts/privacy/"):
        see_whole(judge, place)


# --- Finding a course, and applying -----------------------------------------------------------


def find_the_course_by_its_form(page: Page) -> None:
    page.goto("/courses/")
    page.get_by_label("Buscar en los cursos").fill("flauta traversa")
    page.get_by_role("button", name="Buscar").click()
    expect(page.get_by_role("heading", name="Ningún curso coincide")).to_be_visible()
    page.get_by_role("link", name="Ver todos los cursos").click()
    page.get_by_label("Buscar en los cursos").fill("vulnerabilidad")
    page.get_by_label("Horas académicas").select_option("Hasta 8 horas")
    page.get_by_role("button", name="Buscar").click()
    expect(page.get_by_role("status")).to_have_text("1 curso de 1 coincide.")
    expect(page.get_by_role("link", name=COURSE)).to_be_visible()
    see_whole(page)


def find_the_course_while_typing(page: Page) -> None:
    page.get_by_role("link", name="Cursos", exact=True).click()
    page.wait_for_url("**/courses/")  # with its scripts
    page.evaluate("window.isSamePage = true")
    page.get_by_label("Buscar en los cursos").fill("vulnerabilidad")
    expect(page.get_by_role("status")).to_have_text("1 curso de 1 coincide.")
    page.get_by_label("Horas académicas").select_option("Más de 24 horas")
    expect(page.get_by_role("heading", name="Ningún curso coincide")).to_be_visible()
    page.get_by_label("Horas académicas").select_option("Hasta 8 horas")
    expect(page.get_by_role("link", name=COURSE)).to_be_visible()
    expect(page.get_by_label("Buscar en los cursos")).to_have_value("vulnerabilidad")
    looked_for = parse_qs(urlsplit(page.url).query)
    assert (looked_for["q"], looked_for["length"]) == (["vulnerabilidad"], ["short"])
    assert page.evaluate("window.isSamePage")


def apply(page: Page) -> None:
    page.get_by_role("link", name=re.compile(f"^Postular.*{BY_APPLICATION}$")).click()
    expect(page.get_by_label("Nombre en el certificado")).to_have_value(NAMES[APPLICANT])
    page.get_by_label("Por qué desea participar").fill(MOTIVE)
    page.get_by_label("Superior que apoya su postulación").fill("Rosa Luque, presidenta de sala")
    page.get_by_role("button", name="Enviar la postulación").click()
    expect(page.locator("main")).to_contain_text("Su postulación fue enviada.")
    expect(page.locator("main")).to_contain_text("En espera de respuesta")


def accept_the_application(page: Page) -> None:
    from_the_dashboard(page, "postulación espera respuesta", "Leer y responder")
    page.get_by_role("link", name=NAMES[APPLICANT]).click()
    expect(page.locator("main")).to_contain_text(MOTIVE)
    page.get_by_role("textbox", name="Respuesta").fill(WELCOME)
    page.get_by_role("button", name="Aceptar").click()
    told(page, "Aceptada: la persona está inscrita")


def from_the_dashboard(page: Page, sentence: str, verb: str) -> None:
    """Follow what the dashboard says needs a decision."""
    waiting = page.get_by_role("listitem").filter(has_text=sentence)
    waiting.get_by_role("link", name=verb).click()


# --- Studying ---------------------------------------------------------------------------------


def begin(page: Page) -> None:
    page.locator(".next-step").get_by_role("link", name="Empezar").click()
    expect(page.get_by_role("heading", name=LESSON, level=1)).to_be_visible()


def put_the_lesson_off(page: Page) -> None:
    expect(page.locator("article")).to_contain_text("Línea 1818")
    page.get_by_role("button", name="Más tarde, seguir adelante").click()
    expect(page.locator("main")).to_contain_text("para que vuelva a ella")
    expect(page.get_by_role("heading", name=LESSON, level=1)).to_have_count(0)


def come_back_to_it(page: Page) -> None:
    page.get_by_role("navigation", name="Dónde está").get_by_role("link", name=COURSE).click()
    link = page.get_by_role("link", name=LESSON)
    lesson = page.locator(".activities").get_by_role("listitem").filter(has=link)
    expect(lesson).to_contain_text("Pospuesta, para volver a ella")
    link.click()
    page.get_by_role("button", name="Leerla ahora").click()
    expect(page.get_by_role("heading", name=SECTION)).to_be_visible()


def open_a_term(page: Page) -> None:
    term = page.locator("details.note", has_text=TERM).first
    expect(term.get_by_text(DEFINITION)).to_be_hidden()
    term.locator("summary").click()
    expect(term.get_by_text(DEFINITION)).to_be_visible()


def write_a_note_and_set_a_bookmark(page: Page) -> None:
    beside = page.locator("details", has=note_on_the_section(page))
    beside.locator("summary").click()
    note_on_the_section(page).fill(NOTE)
    expect(beside.get_by_role("status")).to_contain_text("Guardado a las")
    beside.get_by_role("button", name="Poner un marcador aquí").click()
    expect(page.locator("main")).to_contain_text("El lugar está entre sus marcadores.")


def note_on_the_section(page: Page) -> Locator:
    return page.get_by_label(f"Apunte: {SECTION}")


def find_them_again(page: Page) -> None:
    page.get_by_role("link", name="Todos mis apuntes y marcadores").click()
    expect(page.get_by_role("heading", name="Mis apuntes", level=1)).to_be_visible()
    kept = page.get_by_role("listitem").filter(has_text=NOTE)
    expect(kept).to_contain_text(SECTION)
    expect(kept).to_contain_text("con marcador")
    kept.get_by_role("link", name=LESSON).click()
    expect(note_on_the_section(page)).to_have_value(NOTE)
    expect(page.get_by_role("heading", name=SECTION)).to_be_in_viewport()


def report_a_problem(page: Page) -> None:
    page.get_by_role("link", name="Informar de un problema en esta lección").click()
    page.get_by_role("radio", name="errata").check()
    page.get_by_label("Lo que usted notó").fill(PROBLEM)
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.locator("main")).to_contain_text("Quienes escriben el curso lo leerán")
    expect(page.get_by_role("heading", name=LESSON, level=1)).to_be_visible()


def answer_the_problem(page: Page) -> None:
    from_the_dashboard(page, "espera que alguien se encargue", "Leer los problemas")
    page.locator("main tbody tr", has_text=LESSON).get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text(PROBLEM)
    expect(page.locator("main")).not_to_contain_text(NAMES[ANNOTATOR])
    page.get_by_role("button", name="Me encargo").click()
    page.get_by_role("radio", name="Resuelto").check()
    page.get_by_role("textbox", name="Respuesta").fill(MENDED)
    page.get_by_role("button", name="Enviar la respuesta").click()
    told(page, "La respuesta va en camino")


# --- The calendar, and more time --------------------------------------------------------------


def day_beside(page: Page, words: str) -> date:
    """Return the last day that the calendar says beside some words."""
    day = page.get_by_role("listitem").filter(has_text=words).locator("time")
    expect(day).to_contain_text("hasta las 23:59, hora de Lima")
    return date.fromisoformat(day.get_attribute("datetime") or "")


def days_of(open_page: Open, feed: str) -> dict[str, date]:
    """Return the days of a feed by their words, as a program reads it that is not signed in."""
    answer = open_page().request.get(feed)
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.text()).walk("VEVENT")
    return {str(e["summary"]).partition(":")[0]: in_lima(e.decoded("dtstart")) for e in events}


def in_lima(moment: date | datetime) -> date:
    """Return a day as it is, or the day of a moment."""
    return moment.astimezone(LIMA).date() if isinstance(moment, datetime) else moment


def ask_for_time(page: Page, *, until: date) -> None:
    """Ask without the day first: the page says what is missing, and keeps the rest."""
    page.get_by_role("link", name=COURSE).first.click()
    page.get_by_role("link", name="Presentar una solicitud").click()
    page.get_by_role("radio", name="Más plazo en esta edición").check()
    page.get_by_label("Por qué lo pide").fill(LEAVE)
    page.get_by_role("button", name="Enviar la solicitud").click()
    expect(page.get_by_role("alert")).to_contain_text("Diga hasta cuándo necesita más plazo.")
    expect(page.get_by_label("Por qué lo pide")).to_have_value(LEAVE)
    page.get_by_label("Hasta cuándo lo necesita").fill(until.isoformat())
    page.get_by_role("button", name="Enviar la solicitud").click()
    expect(page.locator("main")).to_contain_text("Su solicitud fue enviada.")


def grant_the_time(page: Page) -> None:
    page.get_by_role("link", name="Solicitudes", exact=True).click()
    page.get_by_role("link", name=NAMES[PRESSED_FOR_TIME]).click()
    expect(page.locator("main")).to_contain_text(LEAVE)
    page.get_by_role("textbox", name="Respuesta").fill(GRANTED)
    page.get_by_role("button", name="Aceptar y ejecutar").click()
    told(page, "Aceptada y ejecutada")


# --- One's own data ---------------------------------------------------------------------------


def read_the_copy(download: Download, folder: Path) -> dict[str, Any]:
    """Return the sections of somebody's copy, after a look at the page for people."""
    file = folder / download.suggested_filename
    download.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert NAMES[CAREFUL] in archive.read("data.html").decode()
        sections: dict[str, Any] = json.loads(archive.read("data.json"))["sections"]
    return sections


# --- The width --------------------------------------------------------------------------------


def see_whole(page: Page, path: str = "") -> None:
    """Fail when a page has to be moved sideways to be read (WCAG 1.4.10)."""
    if path:
        page.goto(path)
    page.wait_for_load_state()
    root = "document.documentElement"
    needed, given = page.evaluate(f"[{root}.scrollWidth, {root}.clientWidth]")
    assert needed <= given, page.url
