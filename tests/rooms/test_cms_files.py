"""Documents, recordings and captions: kept by the lesson, sent only to those who may read it."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.test import Client
from wagtail.blocks import StructBlockValidationError
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail_localize.models import Translation, TranslationSource
from wagtailmedia.models import Media

from cms.blocks import LESSON_BLOCKS
from cms.blocks.webvtt import NotWebVTT, require_webvtt
from cms.models import LessonPage
from tests.factories.cms import (
    CAPTIONS,
    add_blocks,
    document,
    document_block,
    edit,
    fresh,
    in_admin,
    kept_files,
    published,
    reading,
    recording,
    written,
)
from tests.factories.learning import LearnerFactory
from training.enrollments.models import Enrollment

FILM = bytes(range(256)) * 8
WORDS = "<p><b>Fiscal.</b> Puede detenerse cuando quiera.</p>"


def with_blocks(*blocks: tuple[str, Any]) -> tuple[Enrollment, LessonPage, list[str]]:
    """Return a learner of a lesson that ends in some blocks, and the lesson's files."""
    course = written(lessons=1)
    add_blocks(course.lessons[0], course.author, *blocks)
    course.approve()
    version = course.publish()
    return reading(version), course.lessons[0], kept_files(version)


def video_block(**changes: Any) -> tuple[str, dict[str, Any]]:
    return "video", {
        "title": "La entrevista",
        "recording": recording("entrevista.mp4", FILM),
        "captions": document("subtitulos.vtt", CAPTIONS),
        "transcript": WORDS,
    } | changes


def address(enrollment: Enrollment, page: LessonPage, file: str = "") -> str:
    here = f"/learn/{enrollment.uuid}/{page.translation_key}/"
    return f"{here}files/{file}" if file else here


def sent(response: Any) -> bytes:
    return b"".join(response.streaming_content)


# --- Documents --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("deed", ["nothing", "replace", "delete"])
def test_a_learner_downloads_the_document_that_was_published(deed: str, client: Client) -> None:
    original = document(content=b"%PDF-1.7 published")
    enrollment, page, files = with_blocks(document_block(document=original))
    if deed == "replace":
        original.file.delete(save=False)
        original.file.save("guia.pdf", ContentFile(b"%PDF-1.7 another"))
    elif deed == "delete":
        original.file.delete(save=False)
        original.delete()
    client.force_login(enrollment.learner)
    html = client.get(address(enrollment, page)).content.decode()
    assert address(enrollment, page, files[0]) in html
    assert "Guía para la entrevista" in html
    assert "PDF, 18" in html
    response = client.get(address(enrollment, page, files[0]))
    assert sent(response) == b"%PDF-1.7 published"
    assert response["Content-Disposition"] == 'attachment; filename="guia-para-la-entrevista.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "private" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_file_is_found_only_through_the_lesson_that_has_it(client: Client) -> None:
    enrollment, page, files = with_blocks(document_block())
    other, other_page, _none = with_blocks()
    client.force_login(other.learner)
    assert client.get(address(other, other_page, files[0])).status_code == 404
    assert client.get(address(enrollment, page, files[0])).status_code == 404
    assert client.get(f"/media/lesson-files/{files[0]}").status_code == 404
    client.force_login(enrollment.learner)
    assert client.get(address(enrollment, page, "0" * 64 + ".pdf")).status_code == 404
    default_storage.delete(f"lesson-files/{files[0]}")
    assert client.get(address(enrollment, page, files[0])).status_code == 404


@pytest.mark.django_db
def test_the_library_is_for_those_who_write_lessons(client: Client, settings: Any) -> None:
    course = written(lessons=0)
    kept = document()
    film = recording("entrevista.mp4", FILM)
    doors = [kept.url, f"/media/{kept.file.name}", f"/media/{film.file.name}"]
    for door in doors:
        assert client.get(door).status_code == 404, "nobody"
    client.force_login(LearnerFactory())
    for door in doors:
        assert client.get(door).status_code == 404, "a learner"
    in_admin(client, course.author, settings)
    for door in doors:
        response = client.get(door)
        assert response.status_code == 200, door
        assert sent(response)


# --- Recordings -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_film_waits_for_its_reader_with_captions_and_words(client: Client) -> None:
    enrollment, page, files = with_blocks(video_block())
    for model in (Media, get_document_model()):
        for obj in model.objects.all():
            obj.file.delete(save=False)
            obj.delete()
    client.force_login(enrollment.learner)
    response = client.get(address(enrollment, page))
    html = response.content.decode()
    assert "media-src 'self'" in response["Content-Security-Policy"]
    assert '<video controls preload="none"' in html
    assert "autoplay" not in html
    assert '<track kind="captions" default' in html
    assert 'srclang="es"' in html
    assert "Puede detenerse cuando quiera." in html
    film, captions = files
    assert sent(client.get(address(enrollment, page, film))) == FILM
    response = client.get(address(enrollment, page, captions))
    assert response["Content-Type"] == "text/vtt; charset=utf-8"
    assert sent(response) == CAPTIONS


@pytest.mark.django_db
def test_sound_comes_with_its_words(client: Client) -> None:
    sound = {"title": "La llamada", "recording": recording("l.mp3", FILM), "transcript": WORDS}
    enrollment, page, files = with_blocks(("audio", sound))
    client.force_login(enrollment.learner)
    html = client.get(address(enrollment, page)).content.decode()
    assert '<audio controls preload="none"' in html
    assert 'type="audio/mpeg"' in html
    assert "Puede detenerse cuando quiera." in html
    assert sent(client.get(address(enrollment, page, files[0]))) == FILM


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [("bytes=0-99", 0, 99), ("bytes=2000-", 2000, 2047), ("bytes=-8", 2040, 2047),
     ("bytes=2040-9999", 2040, 2047)],
)  # fmt: skip
def test_a_player_asks_for_parts(client: Client, asked: str, begin: int, end: int) -> None:
    enrollment, page, files = with_blocks(video_block())
    client.force_login(enrollment.learner)
    response = client.get(address(enrollment, page, files[0]), headers={"Range": asked})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {begin}-{end}/2048"
    assert response["Content-Length"] == str(end - begin + 1)
    assert sent(response) == FILM[begin : end + 1]


@pytest.mark.django_db
def test_a_part_that_is_not_there_is_refused_and_nonsense_gets_the_whole(client: Client) -> None:
    enrollment, page, files = with_blocks(video_block())
    client.force_login(enrollment.learner)
    here = address(enrollment, page, files[0])
    assert client.get(here, headers={"Range": "bytes=2048-"}).status_code == 416
    assert client.get(here, headers={"Range": "bytes=9-3"}).status_code == 416
    whole = client.get(here, headers={"Range": "lines=1-2"})
    assert whole.status_code == 200
    assert sent(whole) == FILM


# --- Captions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        CAPTIONS,
        b"\xef\xbb\xbfWEBVTT - t\xc3\xad\r\n\r\n1\r\n00:01.000 --> 01:00:04.500 line:0\r\nA\r\n",
        b"WEBVTT\n\nNOTE\n\n100:00:01.000 --> 100:00:02.000\nA\nB\n\n00:03.000 --> 00:04.000\nC",
    ],
)
def test_captions_that_browsers_read(content: bytes) -> None:
    assert require_webvtt(content) >= 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"1\n00:00:01,000 --> 00:00:02,000\nA subtitle of another kind", 1),
        (b"WEBVTTX\n\n00:01.000 --> 00:02.000\nA", 1),
        (b"WEBVTT\n\n00:01,000 --> 00:02,000\nA", 3),
        (b"WEBVTT\n\n00:02.000 --> 00:01.000\nA", 3),
        (b"WEBVTT\n\n00:61.000 --> 00:62.000\nA", 3),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\nA", 3),
        (b"WEBVTT\n\nNo caption at all", 0),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xf1", 0),
    ],
)
def test_captions_that_they_do_not_say_where(content: bytes, line: int) -> None:
    with pytest.raises(NotWebVTT) as refusal:
        require_webvtt(content)
    assert refusal.value.line == line


@pytest.mark.django_db
def test_a_video_without_valid_captions_is_refused_with_the_line() -> None:
    block = dict(LESSON_BLOCKS)["video"]
    _name, value = video_block()
    assert block.clean(block.normalize(value))
    _name, value = video_block(captions=document("s.vtt", b"WEBVTT\n\n00:01,0 --> 00:02,0\nA"))
    with pytest.raises(StructBlockValidationError) as refusal:
        block.clean(block.normalize(value))
    assert "3" in str(refusal.value.block_errors["captions"])
    with pytest.raises(StructBlockValidationError):
        block.clean(block.normalize(value | {"captions": None}))
    with pytest.raises(StructBlockValidationError):
        block.clean(block.normalize(video_block(transcript="")[1]))


# --- Faces ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_described_figure_keeps_its_picture_and_says_all_of_it(client: Client) -> None:
    image = get_image_model().objects.create(
        title="v", file=ContentFile(b'<svg viewBox="0 0 4 3"></svg>', name="v.svg")
    )
    figure = {"image": image, "alt": "Una línea", "caption": "", "description": "<p>Sube.</p>"}
    enrollment, page, _files = with_blocks(("described_image", figure))
    image.file.delete(save=False)
    image.delete()
    client.force_login(enrollment.learner)
    html = client.get(address(enrollment, page)).content.decode()
    assert "/media/lessons/" in html
    assert "<p>Sube.</p>" in html
    description = dict(LESSON_BLOCKS)["described_image"].child_blocks["description"]
    assert description.required


@pytest.mark.django_db
def test_the_new_blocks_show_what_they_hold(client: Client) -> None:
    course, version = published(lessons=1, has_every_block=True)
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    html = client.get(address(enrollment, course.lessons[0])).content.decode()
    assert '<blockquote cite="https://example.org/norma"><p>Pregunté qué' in html
    assert '<p class="moment">es 2007</p>' in html
    assert '<p class="speaker">es Fiscal</p><div>es Cuénteme.</div>' in html
    assert "<p>es Izquierda</p>" in html
    assert html.index("es Izquierda") < html.index("es Derecha")
    assert "<span>es Menor</span></summary>" in html


def test_a_quotation_leads_nowhere_but_to_a_page() -> None:
    block = dict(LESSON_BLOCKS)["quotation"]
    for link in ("javascript:alert(1)", "ftp://example.org/a", None):
        html = render_to_string(
            "cms/blocks/quotation.html",
            block.get_context(
                block.to_python({"text": "a", "who": "b", "source": "", "link": link})
            ),
        )
        assert "href" not in html


@pytest.mark.django_db
def test_a_translation_keeps_the_ids_of_blocks_that_move_and_change() -> None:
    course, _version = published(lessons=1, is_translated=True, has_every_block=True)
    lesson = course.lessons[0]
    draft = fresh(lesson).get_latest_revision_as_object()
    raw = [dict(block) for block in draft.body.get_prep_value()]
    raw.reverse()
    quotation = next(block for block in raw if block["type"] == "quotation")
    quotation["value"] = quotation["value"] | {"who": "Otra fiscal"}
    edit(lesson, course.author, body=draft.body.stream_block.to_python(raw))
    source, _is_new = TranslationSource.update_or_create_from_instance(
        fresh(lesson).get_latest_revision_as_object()
    )
    translation = Translation.objects.get(source=source)
    translation.save_target(user=course.author, publish=False)
    english = course.english(lesson).get_latest_revision_as_object()

    def ids(value: Any) -> list[str]:
        if isinstance(value, list):
            return [found for part in value for found in ids(part)]
        if isinstance(value, dict):
            own = [value["id"]] if "id" in value else []
            return own + ids([part for _name, part in sorted(value.items())])
        return []

    assert ids(english.body.get_prep_value()) == ids(raw)
    assert "EN La entrevista" in str(english.body.get_prep_value())
