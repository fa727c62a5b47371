"""What a lesson costs on a telephone's line: bytes on the wire and requests, cold and warm."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import PHONE, READER, Open, sign_in

COLD_BYTES, COLD_REQUESTS, WARM_BYTES = 150_000, 10, 30_000


@dataclass
class Line:
    """Counts what comes over the line to a page; what the cache holds does not."""

    page: Page
    received: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.on("Network.responseReceived", self._name)
        session.on("Network.loadingFinished", self._count)
        session.send("Network.enable")

    def _name(self, event: dict[str, Any]) -> None:
        self.addresses[event["requestId"]] = event["response"]["url"]

    def _count(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:
            self.received[event["requestId"]] = int(event["encodedDataLength"])

    def of(self, address: str) -> dict[str, int]:
        """Open a page and return the bytes of each answer that came for it."""
        self.received.clear()
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        return {self.addresses[key]: size for key, size in self.received.items()}


def test_a_lesson_is_light_the_first_time_and_lighter_the_second(
    open_page: Open, lessons: list[str]
) -> None:
    page = open_page(viewport=PHONE)
    sign_in(page, READER)
    cookies = page.context.cookies()
    fresh = open_page(viewport=PHONE)  # nothing in its cache yet
    fresh.context.add_cookies(cookies)  # type: ignore[arg-type]
    line = Line(fresh)
    cold = line.of(lessons[0])
    assert len(cold) <= COLD_REQUESTS, sorted(cold.items())
    assert sum(cold.values()) <= COLD_BYTES, cold
    for lesson in lessons[1:]:
        warm = line.of(lesson)
        assert sum(warm.values()) <= WARM_BYTES, warm
