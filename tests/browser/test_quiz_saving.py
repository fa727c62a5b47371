"""A quiz on a bad line: what is answered is saved, waits, or is asked about; nothing is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, sign_in

SAVED = re.compile("Guardado a las|Saved at")


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Somebody at the first question with options to choose one of, on a phone."""
    page = open_page(viewport=PHONE)
    sign_in(page, "prosecutor@demo.example")
    page.goto("/my/")
    page.goto(address(page.locator('main a[href^="/my/courses/"]').first))
    page.goto(address(page.locator('main a[href^="/quiz/"]').first))
    page.locator("main form .button, .next-step .button").first.click()
    page.wait_for_url("**/quiz/attempt/**")
    while page.locator(".option input[type=radio]").count() < 3:
        page.locator("[data-navigation] .button:not(.secondary)").first.click()
        page.wait_for_load_state()
    return page


def address(link: Locator) -> str:
    return link.get_attribute("href") or ""


def option(page: Page, place: int) -> Locator:
    return page.locator(".option input").nth(place)


def status(page: Page) -> Locator:
    return page.locator("[data-saved]")


def give(page: Page, place: int) -> None:
    """Choose an option and wait until it is saved."""
    if option(page, place).is_checked():
        return
    option(page, place).check()
    expect(status(page)).to_have_class(re.compile("is-saved"))


def test_an_answer_is_saved_as_it_is_given_and_found_after_a_reload(page: Page) -> None:
    give(page, 2)
    give(page, 0)
    expect(status(page)).to_contain_text(SAVED)
    page.reload()
    expect(option(page, 0)).to_be_checked()
    expect(status(page)).to_contain_text(SAVED)


def test_an_answer_given_without_a_line_is_sent_when_it_comes_back(page: Page) -> None:
    give(page, 0)
    page.context.set_offline(True)
    option(page, 1).check()
    expect(status(page)).to_have_class(re.compile("is-failed"))
    expect(option(page, 1)).to_be_checked()
    page.context.set_offline(False)
    expect(status(page)).to_have_class(re.compile("is-saved"), timeout=10_000)
    page.reload()
    expect(option(page, 1)).to_be_checked()


def test_going_on_waits_for_the_line(page: Page) -> None:
    give(page, 0)
    here = page.url
    page.context.set_offline(True)
    option(page, 2).check()
    page.locator("[data-navigation] .button:not(.secondary)").first.click()
    expect(status(page)).to_have_class(re.compile("is-failed"))
    assert page.url == here
    page.context.set_offline(False)
    page.wait_for_url(lambda url: url != here, timeout=10_000)
    page.goto(here)
    expect(option(page, 2)).to_be_checked()


def test_a_window_closed_without_a_line_finds_its_answer_again(page: Page) -> None:
    give(page, 0)
    here = page.url
    page.route("**/save/", lambda route: route.abort())
    option(page, 1).check()
    expect(status(page)).to_have_class(re.compile("is-failed"))
    other = page.context.new_page()
    page.close()
    other.goto(here)
    expect(option(other, 1)).to_be_checked()
    expect(status(other)).to_have_class(re.compile("is-saved"))
    other.reload()
    expect(option(other, 1)).to_be_checked()


@pytest.mark.parametrize(("choice", "stands"), [(".button.secondary", 1), ("button", 2)])
def test_two_windows_ask_which_answer_shall_stand(page: Page, choice: str, stands: int) -> None:
    give(page, 0)
    other = page.context.new_page()
    other.goto(page.url)
    give(other, 1)
    option(page, 2).check()
    asked = page.locator("[data-conflict]")
    expect(asked).to_contain_text("«")
    expect(asked.get_by_role("alert")).to_be_focused()
    expect(option(page, 2)).to_be_checked()
    asked.locator(choice).first.click()
    expect(asked.get_by_role("alert")).to_have_count(0)
    expect(option(page, stands)).to_be_checked()
    page.reload()
    expect(option(page, stands)).to_be_checked()


def test_the_whole_question_is_answered_by_keyboard(page: Page) -> None:
    give(page, 0)
    option(page, 0).focus()
    page.keyboard.press("ArrowDown")
    expect(option(page, 1)).to_be_checked()
    expect(status(page)).to_have_class(re.compile("is-saved"))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[name=is_flagged]")).to_be_checked()
    here = page.url
    page.locator("[data-navigation] .button:not(.secondary)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != here)
    page.goto(here)
    expect(page.locator("[name=is_flagged]")).to_be_checked()
    page.keyboard.press("Tab")
    page.locator("[name=is_flagged]").uncheck()
    expect(status(page)).to_have_class(re.compile("is-saved"))
