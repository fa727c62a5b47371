"""What a site needs before anybody can write: languages, front pages, rights and the review."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowContentType,
    WorkflowPage,
    WorkflowTask,
)

from assessments.models import Item, Quiz
from cms.models import GlossaryTerm, HomePage, SecondPersonReview
from cms.permissions import grant_permissions
from training.accounts.roles import Role

REVIEW = {
    "es": {"workflow": "Revisión", "task": "Lectura de una segunda persona"},
    "en": {"workflow": "Review", "task": "A second person reads it"},
}
HOME = {
    "es": {
        "title": "Formación judicial y fiscal frente a la trata de personas",
        "lede": "Cursos para investigar, juzgar y reparar la trata de personas, con certificados "
        "que cualquiera puede verificar.",
        "introduction": "<p>Cada curso parte de casos inventados, enseña la norma vigente en cada "
        "fecha y termina con una evaluación. Las lecciones pueden leerse en español y en inglés, "
        "en cualquier dispositivo.</p>",
    },
    "en": {
        "title": "Training for judges and prosecutors on trafficking in persons",
        "lede": "Courses on investigating, adjudicating and repairing trafficking in persons, with "
        "certificates that anybody can verify.",
        "introduction": "<p>Each course starts from invented cases, teaches the law in force on "
        "each date and ends with an assessment. Lessons can be read in Spanish and in English, on "
        "any device.</p>",
    },
}


@transaction.atomic
def ensure_site() -> HomePage:
    """Make languages, front pages, groups, rights and the review; safe to repeat."""
    locales = {
        code: Locale.objects.get_or_create(language_code=code)[0] for code, _ in settings.LANGUAGES
    }
    home = _ensure_front_pages(locales)
    grant_permissions()
    _ensure_review()
    return home


def _ensure_front_pages(locales: Mapping[str, Locale]) -> HomePage:
    source = locales[settings.LANGUAGE_CODE]
    home = HomePage.objects.filter(locale=source).first()
    if home is None:
        root = Page.get_first_root_node()
        site = Site.objects.filter(is_default_site=True).first()
        welcome = site.root_page if site and site.root_page_id != root.pk else None
        home = HomePage(slug="inicio", locale=source, **HOME[source.language_code])
        root.add_child(instance=home)
        _ensure_default_site(home)
        if welcome is not None and not isinstance(welcome.specific, HomePage):
            welcome.delete()
    for code, locale in locales.items():
        if not HomePage.objects.filter(locale=locale).exists():
            translated = home.copy_for_translation(locale)
            for name, text in HOME.get(code, {}).items():
                setattr(translated, name, text)
            translated.live = True
            translated.has_unpublished_changes = False
            translated.save()
    return home


def _ensure_default_site(home: HomePage) -> None:
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={
            "root_page": home,
            "hostname": "localhost",
            "site_name": settings.SITE_NAME,
        },
    )


def _ensure_review() -> None:
    """Let a second person read every page, question, quiz and term before it is published."""
    names = REVIEW[settings.LANGUAGE_CODE]
    task = SecondPersonReview.objects.order_by("pk").first()  # whatever it has been renamed to
    if task is None:
        task = SecondPersonReview.objects.create(name=names["task"])
    task.groups.add(Group.objects.get(name=Role.LEGAL_REVIEWER.value))
    workflow = Workflow.objects.filter(workflow_tasks__task=task.task_ptr).order_by("pk").first()
    if workflow is None:
        workflow = Workflow.objects.create(name=names["workflow"])
        WorkflowTask.objects.create(workflow=workflow, task=task.task_ptr)
    for home in HomePage.objects.all():
        WorkflowPage.objects.get_or_create(page=home.page_ptr, defaults={"workflow": workflow})
    for model in (Item, Quiz, GlossaryTerm):
        WorkflowContentType.objects.get_or_create(
            content_type=ContentType.objects.get_for_model(model), defaults={"workflow": workflow}
        )
