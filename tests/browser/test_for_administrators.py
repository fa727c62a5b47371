"""What administrators come for: lists of nominations, the week's work, accounts to be merged."""

import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Download, FilePayload, Locator, Page, expect

from tests.browser.conftest import Open, sign_in
from tests.browser.people import (
    HER_OLD_ACCOUNT,
    NAMES,
    NOMINATED,
    SECOND_ADMINISTRATOR,
    WITH_TWO_ACCOUNTS,
)
from tests.browser.test_journey import PATIENCE, at_the_desk, on_the_phone, panel, told
from tests.product import PASSWORD, Product

pytestmark = pytest.mark.usefixtures("people")

COHORT = "Lima Norte, Sur, Este, Ventanilla y Callao"
SENT_BY = "Comisión de Justicia de Género del Poder Judicial"
INVITED, INVITED_NAME = "sinchi.mamani@example.org", "Sinchi Mamani Roca"
LIST = f"""Correo electrónico,Nombres y apellidos
{NOMINATED[0]},{NAMES[NOMINATED[0]]}
{NOMINATED[1]},{NAMES[NOMINATED[1]]}
{INVITED},{INVITED_NAME}
learner01@demo.example,Ana Lucía Bermúdez Vílchez
sin arroba,Wayra Rojas
{NOMINATED[0]},{NAMES[NOMINATED[0]]}
"""
ROWS = [
    "Queda inscrita",
    "Queda inscrita",
    "Recibe una invitación",
    "Ya está dentro",
    "Celda A6: esto no es una dirección de correo. “sin arroba”",
    "Celda A7: el correo está dos veces en la lista.",
]
REASON = "Mismo DNI, visto en la oficina: la segunda cuenta se abrió por error."


# --- The stories ------------------------------------------------------------------------------


def test_a_list_of_nominations_is_checked_confirmed_and_done(
    open_page: Open, product: Product
) -> None:
    page = at_the_desk(open_page, "coordinator")
    go_to_the_members(page)
    page.get_by_role("link", name="Propuestas").click()
    fill_in_the_document(page)
    send(page, b"%PDF-1.7\n1 0 obj")
    expect(page.get_by_text("Este archivo no es CSV ni XLSX, diga lo que diga")).to_be_visible()
    expect(page.get_by_role("textbox", name="Quién propone")).to_have_value(SENT_BY)

    send(page, LIST.encode())
    expect(page.get_by_text("Todavía no se ha hecho nada.")).to_be_visible()
    expect(row_by_row(page)).to_contain_text(ROWS)
    page.get_by_role("link", name="Tiene un error; no ocurre nada").click()
    expect(row_by_row(page)).to_contain_text(ROWS[-2:])
    page.get_by_role("button", name="Confirmar y hacer exactamente esto").click()
    expect(page.get_by_text("Se procesaron 6 filas.")).to_be_visible(timeout=PATIENCE)

    go_to_the_members(page)
    for address in NOMINATED:
        expect(page.locator("main tr", has_text=address)).to_contain_text(SENT_BY)
        words = product.words_of_mail_to(address, about="Lo propusieron para un curso")
        assert f"{SENT_BY} lo propuso" in words
    expect(page.locator("main tr", has_text=INVITED)).to_have_count(0)
    invited = on_the_phone(open_page)
    invited.goto(product.link_in_mail_to(INVITED, containing="/invitation/"))
    expect(invited.get_by_label("Correo electrónico")).to_have_value(INVITED)
    expect(invited.get_by_label("Nombre completo")).to_have_value(INVITED_NAME)


def test_what_waits_comes_first_then_the_week_and_a_list_is_taken_out(
    open_page: Open, tmp_path: Path
) -> None:
    page = at_the_desk(open_page, "registrar")
    see_the_week(page)
    follow_what_waits(page)

    page.get_by_role("link", name="Certificados", exact=True).click()
    rows = page.locator("#listing-results tbody tr")
    expect(rows.first).to_be_visible()
    everything = rows.count()
    filter_by(page, "Distrito", "Callao")
    assert 0 < rows.count() < everything
    names = [one.strip() for one in rows.locator("td:nth-child(2)").all_inner_texts()]

    page.get_by_role("button", name="Acciones").first.click()
    sheet = load_workbook(taken_out(page, "Descargar XLSX", tmp_path)).active
    heads, *lines = sheet.iter_rows(values_only=True)
    assert [line[heads.index("Nombre")] for line in lines] == names
    assert {line[heads.index("Distrito")] for line in lines} == {"Callao"}
    text = taken_out(page, "Descargar CSV", tmp_path).read_text("utf-8-sig")
    assert [line["Nombre"] for line in csv.DictReader(io.StringIO(text))] == names


def test_two_accounts_of_one_person_are_merged_by_two_people(
    open_page: Open, product: Product
) -> None:
    number = propose_the_merging(at_the_desk(open_page, "registrar"))
    confirm_the_merging(at_the_desk(open_page, SECOND_ADMINISTRATOR.partition("@")[0]))

    for address in (WITH_TWO_ACCOUNTS, HER_OLD_ACCOUNT):
        words = product.words_of_mail_to(address, about="Sus dos cuentas son ahora una")
        assert f"ingresa solo con {WITH_TWO_ACCOUNTS}" in words
    person = on_the_phone(open_page)
    person.goto("/accounts/login/")
    person.locator("input[name=login]").fill(HER_OLD_ACCOUNT)
    person.locator("input[name=password]").fill(PASSWORD)
    person.get_by_role("button", name="Ingresar", exact=True).click()
    expect(person.get_by_role("heading", name="Esta cuenta no está activa")).to_be_visible()
    sign_in(person, WITH_TWO_ACCOUNTS)
    person.goto("/my/certificates/")
    expect(person.locator("main")).to_contain_text(number)


# --- The nominations --------------------------------------------------------------------------


def go_to_the_members(page: Page) -> None:
    page.get_by_role("link", name="Cohortes", exact=True).click()
    page.get_by_role("link", name=COHORT).first.click()


def fill_in_the_document(page: Page) -> None:
    page.get_by_role("textbox", name="Fecha del documento").fill(f"{date.today()}")
    page.get_by_role("textbox", name="Clase de documento").fill("Oficio")
    page.get_by_role("textbox", name="Número del documento").fill("012-2026-CJG-PJ")
    proposing = page.get_by_role("textbox", name="Quién propone")
    proposing.click()  # closes a calendar that opened late
    proposing.fill(SENT_BY)


def send(page: Page, content: bytes) -> None:
    """Send a file that says of itself that it is a list."""
    file = FilePayload(name="propuestas.csv", mimeType="text/csv", buffer=content)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Revisar la lista").click()


def row_by_row(page: Page) -> Locator:
    return page.locator("main table").last.locator("tbody tr")


# --- The dashboard, and a list ----------------------------------------------------------------


def see_the_week(page: Page) -> None:
    """See a figure of the week as a chart, and every day of it as a table."""
    issued = panel(page, "Los últimos siete días").get_by_role(
        "region", name="Certificados emitidos"
    )
    expect(issued.get_by_role("img", name="Certificados emitidos, día por día")).to_be_visible()
    issued.get_by_text("En una tabla").click()
    days = issued.get_by_role("cell").all_inner_texts()
    assert len(days) == 14
    assert sum(int(day) for day in days[7:]) == int(issued.locator("strong").inner_text())


def follow_what_waits(page: Page) -> None:
    """Go where the first sentence leads; as many as it says wait there for a first decision."""
    waiting = panel(page, "Requiere su decisión").get_by_role("listitem")
    sentence = waiting.filter(has_text="completados esperan su certificado")
    number = int(sentence.inner_text().split()[0])
    sentence.get_by_role("link", name="Decidir").click()
    undecided = page.locator("main tbody tr", has_text="Nadie ha decidido aún")
    expect(undecided).to_have_count(number)


def filter_by(page: Page, field: str, choice: str) -> None:
    """Choose one value of one filter; the rows are changed in place."""
    filters = page.locator("#filters-drilldown")
    filters.get_by_role("button").first.click()
    filters.get_by_role("button", name=field).click()
    filters.get_by_label(field).select_option(choice)
    expect(page.locator(".w-active-filters")).to_contain_text(choice)
    page.keyboard.press("Escape")


def taken_out(page: Page, kind: str, folder: Path) -> Path:
    """Return the file that the list was taken out into."""
    with page.expect_download() as downloading:
        page.get_by_role("link", name=kind).click()
    download: Download = downloading.value
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


# --- Two accounts -----------------------------------------------------------------------------


def propose_the_merging(page: Page) -> str:
    """Propose that the new account stays; return the number of the old one's certificate."""
    page.get_by_role("link", name="Cuentas unidas").click()
    page.get_by_role("link", name="Unir dos cuentas").first.click()
    page.get_by_label("Correo electrónico de una cuenta").fill(WITH_TWO_ACCOUNTS)
    page.get_by_label("Correo electrónico de la otra cuenta").fill(HER_OLD_ACCOUNT)
    page.get_by_role("button", name="Mostrarlas lado a lado").click()
    held = page.get_by_role("table", name="Lo que contiene cada cuenta")
    certificates = held.get_by_role("row", name=re.compile("^Certificados"))
    number = re.search(r"[A-Z]+-\d{4}-\S+", certificates.inner_text())
    assert number is not None
    page.get_by_role("radio", name=WITH_TWO_ACCOUNTS).check()
    page.get_by_role("textbox", name="Por qué son de una sola persona").fill(REASON)
    page.get_by_role("button", name="Proponer la unión").click()
    told(page, "Nada cambia hasta que una segunda persona la confirme")
    expect(page.get_by_text("Usted la propuso: una segunda persona")).to_be_visible()
    expect(page.get_by_role("button", name="Guardar la decisión")).to_have_count(0)
    return number.group()


def confirm_the_merging(page: Page) -> None:
    sentence = re.compile("espera(n)? a una segunda persona")  # there may be more of them
    waiting = page.get_by_role("listitem").filter(has_text=sentence)
    waiting.get_by_role("link", name="Decidir").click()
    page.get_by_role("link", name=NAMES[WITH_TWO_ACCOUNTS]).click()
    expect(page.locator("main")).to_contain_text(REASON)
    page.get_by_role("radio", name="Son una sola persona: unir").check()
    page.get_by_role("textbox", name="Motivo").fill("Comprobado en el registro.")
    page.get_by_role("button", name="Guardar la decisión").click()
    told(page, "La persona ingresa con la cuenta que se mantiene")
