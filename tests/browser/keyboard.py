"""Somebody who uses a page by its keyboard alone, and must see where they are."""

from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 120  # on the way to something with the Tab key
WITH_ITS_RING = """
focused => [focused, focused.closest('label')].some(element => {
    if (!element) return false;
    const style = getComputedStyle(element);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
})
"""


class Keyboard:
    """Tab, Enter, Space and arrows; never a pointer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, target: Locator) -> None:
        """Press Tab until something has the focus; it must be seen, and seen to have it."""
        expect(target).to_be_visible()
        for _ in range(MOST_STOPS):
            if self._has_focus(target):
                assert target.evaluate(WITH_ITS_RING), f"nothing shows the focus on {target}"
                expect(target).to_be_in_viewport()
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def press_on(self, target: Locator, *, stays: bool = False) -> None:
        """Go to a link or a button and press it; unless one stays, another page opens."""
        self.go_to(target)
        here = self.page.url
        self.page.keyboard.press("Enter")
        if not stays:
            self.page.wait_for_url(lambda url: url != here)

    def type_into(self, target: Locator, words: str) -> None:
        """Go to a field and write."""
        self.go_to(target)
        self.page.keyboard.type(words)

    def skip_to_content(self) -> None:
        """Take the page's first link past the head."""
        self.go_to(self.page.locator("a.skip"))
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()

    def choose(self, wanted: list[Locator], *, among: Locator) -> None:
        """Mark options: with the arrows where only one can be chosen, else each with the space."""
        if among.first.get_attribute("type") == "checkbox":
            for option in wanted:
                self.go_to(option)
                self.page.keyboard.press("Space")
                expect(option).to_be_checked()
            return
        (option,) = wanted
        self.go_to(among.first)
        self.page.keyboard.press("Space")
        for _ in range(among.count()):
            if option.is_checked():
                break
            self.page.keyboard.press("ArrowDown")
        expect(option).to_be_checked()

    def _has_focus(self, target: Locator) -> bool:
        return bool(target.evaluate("element => element === document.activeElement"))
