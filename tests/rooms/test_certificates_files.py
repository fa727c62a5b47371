"""The files of certificates: queued after the commit, made once, found again."""

import hashlib
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from tests.factories import certificates as situations
from tests.factories.learning import EnrollmentFactory, do
from training.celery import app
from training.certificates import documents, rendering
from training.certificates.documents import attach_pdf, open_pdf
from training.certificates.models import IMPATIENT_ATTEMPTS, Certificate
from training.certificates.press import Press, Spoiled
from training.certificates.tasks import SWEEP_BATCH, render_certificate, sweep_unrendered
from training.operations.broker import transport_options

pytestmark = pytest.mark.django_db

RENDER = "training.certificates.tasks.render_certificate"


def files_of(certificate: Certificate) -> list[str]:
    """Return the names of the files of a certificate's year."""
    folder = str(certificate.year)
    storage = storages["certificates"]
    return [f"{folder}/{name}" for name in storage.listdir(folder)[1]]


@pytest.fixture(autouse=True)
def _empty_storage() -> Iterator[None]:
    _remove_files()
    yield
    _remove_files()


def _remove_files() -> None:
    storage = storages["certificates"]
    if storage.exists("2026"):
        for name in storage.listdir("2026")[1]:
            storage.delete(f"2026/{name}")


def test_the_file_is_made_after_the_commit(
    run_queue: Callable[[], list[str]], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        certificate = situations.certificate()
        assert certificate.render_queued_at is None
    assert run_queue() == [RENDER]
    certificate.refresh_from_db()
    assert files_of(certificate) == [certificate.pdf_name]
    with open_pdf(certificate) as pdf:
        content = pdf.read()
    assert hashlib.sha256(content).hexdigest() == certificate.pdf_sha256
    assert content.startswith(b"%PDF-1.7")
    assert certificate.rendered_at is not None
    assert certificate.render_attempts == 1


def test_running_the_task_twice_makes_one_file() -> None:
    certificate = situations.certificate()
    render_certificate(certificate_id=certificate.pk)
    certificate.refresh_from_db()
    first = certificate.pdf_name
    render_certificate(certificate_id=certificate.pk)
    certificate.refresh_from_db()
    assert files_of(certificate) == [first] == [certificate.pdf_name]


def test_of_two_renders_at_once_one_is_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = situations.certificate()
    paper = rendering.render_pdf(certificate)

    def while_another_finishes(slower: Certificate) -> bytes:
        monkeypatch.setattr(rendering, "render_pdf", lambda _certificate: paper)
        attach_pdf(certificate_id=slower.pk)
        return paper

    monkeypatch.setattr(rendering, "render_pdf", while_another_finishes)
    attach_pdf(certificate_id=certificate.pk)
    certificate.refresh_from_db()
    assert files_of(certificate) == [certificate.pdf_name]
    assert certificate.render_attempts == 2


def test_a_worker_killed_in_the_middle_leaves_the_row_to_the_sweep(
    monkeypatch: pytest.MonkeyPatch, run_queue: Callable[[], list[str]]
) -> None:
    certificate = situations.certificate()
    asked = timezone.now() - timedelta(minutes=2)
    Certificate.objects.update(render_queued_at=asked)
    with monkeypatch.context() as patch:
        patch.setattr(rendering, "render_pdf", _killed)
        with pytest.raises(SystemExit):
            render_certificate(certificate_id=certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.pdf_name, certificate.render_attempts) == ("", 1)
    sweep_unrendered()
    assert run_queue() == [RENDER]
    certificate.refresh_from_db()
    assert certificate.pdf_name
    sweep_unrendered()
    assert run_queue() == []


def _killed(certificate: Certificate) -> bytes:
    raise SystemExit


def test_the_sweep_leaves_time_to_what_was_just_asked_for() -> None:
    certificate = situations.certificate()
    now = timezone.now()

    def is_due(**fields: object) -> bool:
        Certificate.objects.filter(pk=certificate.pk).update(**fields)
        return Certificate.objects.due_for_rendering(now).exists()

    assert is_due(render_queued_at=None)
    assert not is_due(render_queued_at=now - timedelta(seconds=59))
    assert is_due(render_queued_at=now - timedelta(seconds=61))
    assert not is_due(render_attempts=IMPATIENT_ATTEMPTS)
    assert is_due(render_queued_at=now - timedelta(minutes=61))


def test_the_sweep_takes_the_longest_wait_first_and_not_all_at_once() -> None:
    early, late = situations.certificate(), situations.certificate()
    now = timezone.now()
    for certificate, minutes in ((late, 5), (early, 9)):
        Certificate.objects.filter(pk=certificate.pk).update(
            render_queued_at=now - timedelta(minutes=minutes)
        )
    assert list(Certificate.objects.due_for_rendering(now)) == [early, late]
    assert SWEEP_BATCH < 100


def test_beat_runs_the_sweep() -> None:
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert sweep_unrendered.name in tasks


def test_a_missing_file_is_made_on_demand() -> None:
    certificate = situations.certificate()
    with open_pdf(certificate) as pdf:
        first = pdf.read()
    digest, name = certificate.pdf_sha256, certificate.pdf_name
    storages["certificates"].delete(name)
    with open_pdf(certificate) as pdf:
        assert pdf.read() == first
    assert certificate.pdf_sha256 == digest
    assert certificate.pdf_name != name


def test_the_paper_is_the_same_after_everything_else_changed() -> None:
    certificate = situations.certificate()
    before = rendering.render_pdf(certificate)
    learner = certificate.enrollment.learner
    learner.certificate_name = "Somebody else"
    learner.save()
    certificate.enrollment.edition.issuer_set.all().delete()
    again = Certificate.objects.get(pk=certificate.pk)
    assert rendering.render_pdf(again) == before


def test_it_renders_from_the_row_alone(django_assert_num_queries: Callable[..., object]) -> None:
    certificate = Certificate.objects.get(pk=situations.certificate().pk)
    with django_assert_num_queries(0):
        rendering.render_pdf(certificate)


def test_a_paper_with_something_left_out_is_no_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeasyPrint goes on without a picture that it cannot draw."""
    certificate = situations.certificate()
    design = tmp_path / certificate.design_version
    shutil.copytree(rendering._PAPER / certificate.design_version, design)
    (design / "border.svg").write_text("<svg", "utf-8")
    monkeypatch.setattr(rendering, "_press", lambda _design: Press(design))
    with pytest.raises(Spoiled, match=r"border\.svg"):
        attach_pdf(certificate_id=certificate.pk)
    certificate.refresh_from_db()
    assert certificate.pdf_name == ""


def test_a_failed_render_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = situations.certificate()

    def fail(_certificate: Certificate) -> bytes:
        raise ValueError("no paper")

    monkeypatch.setattr(rendering, "render_pdf", fail)
    with pytest.raises(ValueError, match="no paper"):
        documents.attach_pdf(certificate_id=certificate.pk)
    certificate.refresh_from_db()
    assert certificate.render_attempts == 1
    assert not storages["certificates"].exists("2026") or files_of(certificate) == []


# --- Brokers that do not answer ---------------------------------------------------------------


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Listen, let connections in, and never say a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def dead_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def queue_at() -> Iterator[Callable[[str], None]]:
    """Move the queue to another address for the time of a test."""
    names = ("broker_url", "broker_transport_options")
    before = {name: app.conf[name] for name in names}

    def move(url: str) -> None:
        options = transport_options(url=url, folder=Path("/nonexistent"))
        _reconnect(dict(zip(names, (url, options), strict=True)))

    yield move
    _reconnect(before)


def _reconnect(settings: Mapping[str, object]) -> None:
    app.conf.update(settings)
    app.set_current()
    app._pool = None
    app.amqp._producer_pool = None


@pytest.mark.parametrize("kind", ["silent", "dead"])
def test_no_broker_holds_up_a_learner(
    kind: str,
    request: pytest.FixtureRequest,
    django_capture_on_commit_callbacks: Callable[..., object],
    queue_at: Callable[[str], None],
) -> None:
    queue_at(f"redis://127.0.0.1:{request.getfixturevalue(f'{kind}_port')}/0")
    enrollment = EnrollmentFactory(edition=situations.edition())
    for lesson in ("lesson-1", "lesson-2"):
        do(enrollment, lesson)
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        do(enrollment, "quiz-1")
    assert time.monotonic() - began < 2
    certificate = Certificate.objects.get()
    assert certificate.pdf_name == ""
    later = timezone.now() + timedelta(minutes=2)
    assert certificate in Certificate.objects.due_for_rendering(later)
