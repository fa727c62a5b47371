"""A learner without JavaScript, from enrolling to a certificate, answering right or wrong."""

from typing import Any

from bs4 import Tag

from tests.visitor import Visitor, answer_book, folded

COURSE = {"es": "/es/trata-de-personas-fundamentos/"}
LESSONS = 4


class Learner(Visitor):
    """Goes through the demonstration's course by its forms alone."""

    def enroll(self) -> "Learner":
        """Enroll in the open edition, as the name stands; arrive at the first lesson."""
        self.open(COURSE["es"])
        self.open(self.link("/my/enroll/"))
        self.submit()
        assert self.path.startswith("/learn/"), self.text
        return self

    def go_on(self) -> "Learner":
        """Open the activity that comes next."""
        self.open(COURSE["es"])
        self.open(self.link("/learn/", "/quiz/"))
        return self

    def link(self, *beginnings: str) -> str:
        """Return the first link in the page's main part that begins so."""
        return next(
            str(link["href"])
            for link in self.page.select("main a[href]")
            if str(link["href"]).startswith(beginnings)
        )

    def read_lessons(self) -> "Learner":
        """Finish lesson after lesson until something else comes."""
        while self.path.startswith("/learn/"):
            if any("/my/notice/" in str(form.get("action")) for form in self.forms()):
                self.submit(self.form_to_notice(), choice="now")
            self.submit(self.form_to("/done/"))
        return self

    def form_to_notice(self) -> Tag:
        """Return the form of a content notice."""
        return next(f for f in self.forms() if "/my/notice/" in str(f.get("action")))

    def form_to(self, end: str) -> Tag:
        """Return the form whose address ends so."""
        found = [form for form in self.forms() if str(form.get("action", "")).endswith(end)]
        assert found, f"no form to {end} in {self.path}: {self.text[:600]}"
        return found[0]

    def start_quiz(self) -> "Learner":
        """Start, or take up, the attempt at the quiz that is open."""
        running = self.page.select_one('main a[href^="/quiz/attempt/"]')
        if running and not any(str(f.get("action")).endswith("/start/") for f in self.forms()):
            self.open(str(running["href"]))
        else:
            self.submit(self.form_to("/start/"))
        assert self.path.startswith("/quiz/attempt/"), self.text
        return self

    def answer_all(self, *, right: bool = True) -> "Learner":
        """Answer every question of the attempt and arrive at the review."""
        while self.page.select_one("form.quiz-sheet"):
            self.answer(right=right)
        return self

    def answer(self, *, right: bool = True) -> "Learner":
        """Answer the question that is open and go to the next."""
        form = self.page.select_one("form.quiz-sheet")
        assert form is not None, self.text
        return self._send(form, {"answer": self.choice(right=right), "go": "next"})

    def choice(self, *, right: bool) -> Any:
        """Return what the form sends for a right or a wrong answer to the question."""
        stem = self.page.select_one(".question-stem")
        assert stem is not None
        known = answer_book()[folded(stem.get_text())]
        if isinstance(known, str):
            return known if right else "1"
        values = {
            folded(label.get_text()): str(label.select_one("input")["value"])  # type: ignore[index]
            for label in self.page.select("fieldset label:has(input[name=answer])")
        }
        wanted = [value for text, value in values.items() if (text in known) is right]
        return wanted if right else wanted[:1]

    def hand_in(self) -> float:
        """Submit the reviewed attempt; return how many seconds the answer took, a redirection."""
        self.submit(self.form_to("/submit/"))
        return self.response.history[0].elapsed.total_seconds()

    def pass_quiz(self) -> "Learner":
        """Take the quiz that is open, all right."""
        self.start_quiz().answer_all().hand_in()
        assert self.page.select_one(".result-mark"), self.text
        return self

    def certificates(self) -> list[str]:
        """Return the addresses of one's certificate files."""
        self.open("/my/certificates/")
        links = [str(link["href"]) for link in self.page.select("main a[href]")]
        return sorted({link for link in links if link.endswith("/pdf/")})

    def _send(self, form: Tag, values: dict[str, Any]) -> "Learner":
        self.submit(form, **values)
        return self
