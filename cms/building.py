"""Make pages from plain data, through the paths that people use in the admin.

Data is what `cms/demonstration/course/*.yaml` holds: each text a mapping from language to text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.text import slugify
from wagtail.images import get_image_model
from wagtail.models import (
    Locale,
    Page,
)
from wagtail_localize.models import StringSegment, StringTranslation, Translation
from wagtail_localize.operations import translate_object
from wagtail_localize.segments import StringSegmentValue
from wagtail_localize.segments.extract import extract_segments

from assessments.models import Quiz
from cms.models import (
    CoursePage,
    GlossaryTerm,
    HomePage,
    LessonPage,
    ModulePage,
    QuizPage,
    StandardPage,
)
from cms.reviewing import approve as approve
from cms.reviewing import specific
from cms.reviewing import submit_for_review as submit_for_review
from training.accounts.models import User


class NotParallel(Exception):
    """The texts of two languages do not have the same parts."""


def _source() -> Locale:
    return Locale.objects.get(language_code=settings.LANGUAGE_CODE)


def _identifier(*path: object) -> str:
    """Return the same block id for the same place in every language."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, path))))


def _stream(name: str, values: Iterable[Any], *path: object) -> str:
    return json.dumps(
        [
            {"type": name, "value": value, "id": _identifier(*path, place)}
            for place, value in enumerate(values)
        ]
    )


def _listed(values: Iterable[Any], *path: object) -> list[dict[str, Any]]:
    return [
        {"type": "item", "value": value, "id": _identifier(*path, place)}
        for place, value in enumerate(values)
    ]


def _add(parent: Page, page: Any, user: User) -> Any:
    page.live = False
    page.owner = user
    parent.add_child(instance=page)
    page.save_revision(user=user, log_action=True)
    return page


def course_fields(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the fields of a course page in one language."""
    key = data["code"]
    return {
        "title": data["title"][language],
        "slug": data["slug"] if language == settings.LANGUAGE_CODE else _slug(data, language),
        "code": data["code"],
        "country_code": data.get("country", "PE"),
        "summary": data["summary"][language].strip(),
        "audience": data.get("audience", {}).get(language, "").strip(),
        "prerequisites": data.get("prerequisites", {}).get(language, "").strip(),
        "topics": data.get("topics", []),
        "hours": data["hours"],
        "academic_hour_minutes": data.get("academic_hour_minutes", 45),
        "outcomes": _stream(
            "outcome", (line[language] for line in data.get("outcomes", [])), key, "outcomes"
        ),
        "syllabus": _stream(
            "line", (line[language] for line in data.get("syllabus", [])), key, "syllabus"
        ),
        "makers": _stream(
            "maker",
            ({"name": m["name"], "part": m["part"][language]} for m in data.get("makers", [])),
            key,
            "makers",
        ),
    }


def module_fields(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the fields of a module page in one language."""
    return {
        "title": data["title"][language],
        "slug": _slug(data, language),
        "summary": data.get("summary", {}).get(language, "").strip(),
    }


def quiz_page_fields(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the fields of a quiz's page in one language."""
    return {
        "title": data["title"][language],
        "slug": _slug(data, language),
        "introduction": data.get("introduction", {}).get(language, "").strip(),
        "is_required": data.get("required", True),
        "opens_after": data.get("opens_after", "at-once"),
        "weight": data.get("weight", 1),
    }


def lesson_fields(
    data: Mapping[str, Any], language: str, images: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the fields of a lesson page in one language; `images` are the library's, by file."""
    key = data["key"]
    return {
        "title": data["title"][language],
        "slug": _slug(data, language),
        "objective": data["objective"][language].strip(),
        "minutes": data["minutes"],
        "opens_after": data.get("opens_after", "at-once"),
        "competence": data.get("competence", ""),
        "bloom": data.get("bloom", ""),
        "content_notice": data.get("content_notice", {}).get(language, "").strip(),
        "check_by": _date(data.get("check_by")),
        "citations": _stream(
            "citation",
            (
                {
                    "key": citation["id"],
                    "label": citation["label"][language],
                    "provision": citation["provision"],
                    "summary": citation["text"][language].strip(),
                    "source": citation["source"],
                    "seen": str(citation["seen"]),
                }
                for citation in data.get("citations", [])
            ),
            key,
            "citations",
        ),
        "body": json.dumps(
            [
                {
                    "type": block["type"],
                    "value": _block(block, language, images or {}, key, place),
                    "id": _identifier(key, place),
                }
                for place, block in enumerate(data["body"])
            ]
        ),
    }


def _block(
    block: Mapping[str, Any], language: str, images: Mapping[str, Any], *path: object
) -> dict[str, Any]:
    told = block[language]
    match block["type"]:
        case "text":
            return {"text": told.strip()}
        case "heading":
            return {"text": told, "level": str(block.get("level", 2))}
        case "key_idea":
            return {"title": told["title"], "text": told["text"].strip()}
        case "comparison_table":
            return {
                "caption": told["caption"],
                "columns": _listed(told["columns"], *path, "columns"),
                "rows": _listed(
                    (
                        {"cells": _listed(row, *path, "cells", place)}
                        for place, row in enumerate(told["rows"])
                    ),
                    *path,
                    "rows",
                ),
            }
        case "case_facts":
            return {
                **{name: told[name] for name in ("title", "number", "court")},
                "question": told.get("question", ""),
                "entries": _listed(told["entries"], *path, "entries"),
            }
        case "steps":
            return {"title": told["title"], "steps": _listed(told["steps"], *path, "steps")}
        case "quotation":
            return {
                **{name: told[name] for name in ("text", "who")},
                "source": told.get("source", ""),
                "link": block.get("link", ""),
            }
        case "timeline":
            return {"title": told["title"], "entries": _listed(told["entries"], *path, "entries")}
        case "dialogue":
            return {
                "title": told["title"],
                "setting": told.get("setting", ""),
                "lines": _listed(told["lines"], *path, "lines"),
            }
        case "columns":
            return {name: told[name].strip() for name in ("left", "right")}
        case "accordion":
            return {"parts": _listed(told["parts"], *path, "parts")}
        case "self_check":
            return {name: told[name] for name in ("question", "answer", "reason", "provision")}
        case "image" | "described_image" as kind:
            said = {"alt": told["alt"], "caption": told.get("caption", "")}
            if kind == "described_image":
                said["description"] = told["description"].strip()
            return {"image": images[block["file"]].pk, **said}
    raise LookupError(f"no block is called {block['type']!r}")


def term_fields(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the fields of a term of the glossary in one language."""
    texts = {name: data[name][language].strip() for name in ("term", "definition", "provision")}
    return {"code": data["code"], **texts}


def _slug(data: Mapping[str, Any], language: str) -> str:
    return slugify(data["title"][language])[:80]


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def ensure_image(path: Path, *, title: str, user: User) -> Any:
    """Return the library's image made from a file, making it the first time."""
    model = get_image_model()
    known = model.objects.filter(title=title).first()
    if known is not None:
        return known
    content = ContentFile(path.read_bytes(), name=path.name)
    return model.objects.create(title=title, file=content, uploaded_by_user=user)


def create_course_page(parent: HomePage, data: Mapping[str, Any], user: User) -> CoursePage:
    """Write a course as a draft in the source language."""
    return _add(parent, CoursePage(**course_fields(data, settings.LANGUAGE_CODE)), user)


def create_module(parent: CoursePage, data: Mapping[str, Any], user: User) -> ModulePage:
    """Write a module as a draft in the source language."""
    return _add(parent, ModulePage(**module_fields(data, settings.LANGUAGE_CODE)), user)


def create_lesson(
    parent: ModulePage,
    data: Mapping[str, Any],
    user: User,
    images: Mapping[str, Any] | None = None,
) -> LessonPage:
    """Write a lesson as a draft in the source language."""
    fields = lesson_fields(data, settings.LANGUAGE_CODE, images)
    return _add(parent, LessonPage(**fields), user)


def create_quiz_page(
    parent: ModulePage, data: Mapping[str, Any], quiz: Quiz, user: User
) -> QuizPage:
    """Give a quiz its place in a course, as a draft in the source language."""
    fields = quiz_page_fields(data, settings.LANGUAGE_CODE)
    return _add(parent, QuizPage(quiz=quiz, **fields), user)


def create_term(data: Mapping[str, Any], user: User) -> GlossaryTerm:
    """Write a term of the glossary as a draft in the source language."""
    term = GlossaryTerm(live=False, locale=_source(), **term_fields(data, settings.LANGUAGE_CODE))
    term.save()
    term.save_revision(user=user, log_action=True)
    return term


def create_standard_page(parent: HomePage, data: Mapping[str, Any], user: User) -> StandardPage:
    """Write a page of text as a draft in the source language."""
    language = settings.LANGUAGE_CODE
    fields = {name: data[name][language] for name in ("title", "lede", "body")}
    return _add(parent, StandardPage(slug=_slug(data, language), **fields), user)


# --- Translations -----------------------------------------------------------------------------


def translate(obj: Any, told: Any, *, language: str, user: User) -> Any:
    """Translate an object string by string, as a translator would; return the draft in `language`.

    `told` is an object of the same kind, never saved, with the same block ids and the other
    language's texts. Raise NotParallel where the two do not have the same strings.
    """
    locale = Locale.objects.get(language_code=language)
    translate_object(obj, [locale], user=user)
    translation = Translation.objects.get(
        source__object_id=obj.translation_key, target_locale=locale
    )
    wanted = _strings_by_path(told)
    for segment in (
        StringSegment.objects.filter(source=translation.source)
        .select_related("string", "context")
        .order_by("order")
    ):
        strings = wanted.get(segment.context.path)
        if not strings:
            raise NotParallel(f"{obj}: {segment.context.path}: {segment.string.data[:60]}")
        StringTranslation.objects.update_or_create(
            translation_of=segment.string,
            locale=locale,
            context=segment.context,
            defaults={
                "data": strings.pop(0),
                "translation_type": StringTranslation.TRANSLATION_TYPE_MANUAL,
                "last_translated_by": user,
            },
        )
    left = sorted(path for path, strings in wanted.items() if strings)
    if left:
        raise NotParallel(f"{obj}: {', '.join(left)}")
    translation.save_target(user=user, publish=False)
    return specific(translation.get_target_instance())


def _strings_by_path(obj: Any) -> dict[str, list[str]]:
    strings: dict[str, list[str]] = {}
    for segment in extract_segments(obj):
        if isinstance(segment, StringSegmentValue):
            strings.setdefault(segment.path, []).append(segment.string.data)
    return strings


def review_and_approve(objects: Sequence[Any], *, author: User, reviewer: User) -> None:
    """Send texts for review and have them approved by a second person."""
    for obj in objects:
        submit_for_review(obj, author)
        approve(type(obj).objects.get(pk=obj.pk), reviewer)
