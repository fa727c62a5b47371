"""From lesson to lesson: the next takes the place of the last, and a cut line loses nothing."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, READER, Open, sign_in

ON = "footer.lesson-foot form button"
SAME_PAGE = "() => window.isSamePage === true"


@pytest.fixture
def page(open_page: Open, lessons: list[str]) -> Page:
    """The reader at the first lesson, on a phone, in a page that can be told from a new one."""
    page = open_page(viewport=PHONE)
    sign_in(page, READER)
    for lesson in lessons:
        page.goto(lesson)
        now = page.get_by_role("button", name="Leerla ahora")
        if now.count():
            now.click()
            page.wait_for_load_state()
    page.goto(lessons[0])
    page.evaluate("window.isSamePage = true")
    return page


def at(page: Page, address: str) -> None:
    page.wait_for_url(lambda url: urlsplit(url).path == address)


def test_the_next_lesson_takes_the_place_of_this_one(page: Page, lessons: list[str]) -> None:
    first = page.locator("h1").inner_text()
    page.locator(ON).click()
    at(page, lessons[1])
    expect(page.locator("h1")).not_to_have_text(first)
    assert page.evaluate(SAME_PAGE)
    expect(page).to_have_title(page.locator("h1").inner_text() + " · Justicia frente a la Trata")
    expect(page.locator("#main")).to_be_focused()
    assert page.evaluate("window.scrollY") == 0
    switch = page.locator("#site-nav input[name=next]")
    assert switch.input_value() == lessons[1]
    assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None
    page.go_back()
    at(page, lessons[0])
    expect(page.locator("h1")).to_have_text(first)


def test_the_outline_leads_to_a_lesson_in_place_and_to_a_quiz_as_a_page(
    page: Page, lessons: list[str]
) -> None:
    page.get_by_role("button", name="Contenido").click()
    page.locator(f'#outline a[href="{lessons[2]}"]').click()
    at(page, lessons[2])
    assert page.evaluate(SAME_PAGE)
    page.get_by_role("button", name="Contenido").click()
    page.locator('#outline a[href^="/quiz/"]').first.click()
    page.wait_for_url("**/quiz/**")
    assert not page.evaluate(SAME_PAGE)


def test_without_a_line_the_page_stays_and_says_so(page: Page, lessons: list[str]) -> None:
    note = page.locator("[data-note] textarea").last
    page.locator("#whole-note").evaluate("note => { note.open = true; }")
    note.fill("Volver al plazo de la prueba anticipada")
    expect(page.locator("#whole-note [data-saved]")).to_contain_text("Guardad")
    page.context.set_offline(True)
    page.locator(ON).click()
    expect(page.get_by_role("alert").filter(has_text="No hay conexión")).to_be_visible()
    expect(note).to_have_value("Volver al plazo de la prueba anticipada")
    assert urlsplit(page.url).path == lessons[0]
    page.context.set_offline(False)
    page.locator(ON).click()
    at(page, lessons[1])
    assert page.evaluate(SAME_PAGE)


def test_going_on_takes_a_note_along_that_was_just_written(page: Page, lessons: list[str]) -> None:
    page.locator("#whole-note").evaluate("note => { note.open = true; }")
    page.locator("#whole-note textarea").fill("Escrita en el último momento")
    page.locator(ON).click()
    at(page, lessons[1])
    page.goto(lessons[0])
    expect(page.locator("#whole-note textarea")).to_have_value("Escrita en el último momento")


def test_a_lesson_asked_for_when_signed_out_leads_to_the_door(
    page: Page, lessons: list[str]
) -> None:
    page.context.clear_cookies(name="sessionid")
    page.locator("footer.lesson-foot a, #outline a").first.evaluate("link => link.click()")
    page.wait_for_url("**/accounts/login/**")
    assert not page.evaluate(SAME_PAGE)
    expect(page.locator("input[name=login]")).to_be_visible()
