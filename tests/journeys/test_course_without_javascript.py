"""From enrolling to a verified certificate by forms alone, on the product as it runs."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import first_start
from tests.learner import Learner
from tests.product import Product, copied, demonstration, running, wait_for
from tests.visitor import Visitor

pytestmark = pytest.mark.timeout(600)
NEWCOMERS = ("quipu@demo.example", "qolla@demo.example")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The embedded default; where the tests run on servers, databases of its own on them."""
    chosen = {}
    if redis := os.environ.get("TEST_REDIS_URL"):
        started = Path(os.environ["STARTED_ON_SERVERS"])
        chosen["DATABASE_URL"] = first_start.copy(os.environ["STARTED_DATABASE_URL"], "journey")
        chosen |= {"BROKER_URL": f"{redis}/62", "CACHE_URL": f"{redis}/63"}
    else:
        started = demonstration(tmp_path_factory)
    folder = copied(started, tmp_path_factory.mktemp("product") / "var")
    with running(folder, **chosen) as product:
        product.newcomers(*NEWCOMERS)
        yield product


def test_a_judge_fails_tries_again_passes_and_is_verified(product: Product, tmp_path: Path) -> None:
    judge = Learner(product.address)
    judge.sign_in("judge@demo.example")
    judge.enroll().read_lessons()
    judge.start_quiz().answer_all(right=False).hand_in()
    assert "0" in judge.page.select_one(".result-mark").text  # type: ignore[union-attr]

    judge.submit(judge.form_to("/start/"))
    judge.answer_all().hand_in()
    judge.go_on().start_quiz().answer_all().hand_in()
    (file,) = judge.certificates()
    wait_for(lambda: judge.open(file).response.content.startswith(b"%PDF"), within=60)
    pdf = tmp_path / "certificate.pdf"
    pdf.write_bytes(judge.response.content)
    words = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True)
    assert "Rosa Elvira Huamán Castillo" in words.stdout
    number = judge.response.headers["Content-Disposition"].split('"')[1].removesuffix(".pdf")
    assert number in words.stdout

    judge.open("/my/certificates/")
    address = judge.link("/verify/")
    anybody = Visitor(product.address).open(address)
    assert number in anybody.text
    assert "Rosa Elvira Huamán Castillo" in anybody.text
    assert "90000001" not in anybody.text  # the document is masked

    assert number in product.manage("certificate", "--list").split()
    written = tmp_path / "written.pdf"
    product.manage("certificate", number, "--pdf", str(written))
    assert written.read_bytes() == pdf.read_bytes()


def test_the_second_click_changes_nothing(product: Product) -> None:
    learner = Learner(product.address)
    learner.sign_in("quipu@demo.example")
    learner.enroll().read_lessons()
    learner.start_quiz().answer_all()
    form = learner.form_to("/submit/")
    first = learner.submit(form).path
    assert learner.submit(form).path == first
    learner.open("/my/record/")
    assert learner.text.count("20.00") + learner.text.count("20") >= 1
    learner.go_on()
    assert learner.path.startswith("/quiz/")


def test_another_device_goes_on_where_the_first_one_stopped(product: Product) -> None:
    phone, desk = Learner(product.address), Learner(product.address, language="en")
    phone.sign_in("qolla@demo.example")
    phone.enroll().read_lessons()
    phone.start_quiz()
    given = phone.choice(right=True)
    phone.answer()
    desk.sign_in("qolla@demo.example")
    desk.go_on().start_quiz()
    attempt = desk.path.rsplit("/", 2)[0]
    desk.open(f"{attempt}/1/")
    kept = [
        str(field["value"])
        for field in desk.page.select("input[name=answer]")
        if field.has_attr("checked") or field.get("type") == "text"
    ]
    assert kept == ([given] if isinstance(given, str) else given)


def test_the_demonstration_loads_once(product: Product) -> None:
    before = product.manage("certificate", "--list")
    assert "before" in product.manage("load_demonstration")
    assert product.manage("certificate", "--list") == before
