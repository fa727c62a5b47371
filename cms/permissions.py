"""What the roles may do with courses, quizzes, glossary and library. Nobody publishes by hand."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from cms.models import HomePage
from training.accounts.actions import ensure_roles
from training.accounts.roles import Role

GENERAL = {
    Role.TRAINER: [
        "cms.publish_course_version",
        "wagtail_localize.submit_translation",
        *(
            f"assessments.{verb}_{model}"
            for model in ("item", "quiz", "bank")
            for verb in ("add", "change", "delete", "view")
        ),
        *(
            f"cms.{verb}_{model}"
            for model in ("glossaryterm", "topic")
            for verb in ("add", "change", "delete", "view")
        ),
    ],
    Role.LEGAL_REVIEWER: [
        "assessments.view_item",
        "assessments.view_quiz",
        "cms.view_glossaryterm",
    ],
    Role.COORDINATOR: ["assessments.view_attempt"],
    Role.REGISTRAR: ["assessments.view_attempt"],
}
ON_PAGES = {Role.TRAINER: ["add_page", "change_page"]}
ON_COLLECTIONS = {
    Role.TRAINER: [
        "wagtailimages.add_image",
        "wagtailimages.change_image",
        "wagtailimages.choose_image",
        "wagtaildocs.add_document",
        "wagtaildocs.change_document",
        "wagtaildocs.choose_document",
        "wagtailmedia.add_media",
        "wagtailmedia.change_media",
    ]
}


def _permission(name: str) -> Permission:
    label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=label, codename=codename)


@transaction.atomic
def grant_permissions() -> None:
    """Give each role what it needs on the pages and collections that exist; safe to repeat."""
    ensure_roles()
    groups = {role: Group.objects.get(name=role.value) for role in Role}
    for role, names in GENERAL.items():
        groups[role].permissions.add(*map(_permission, names))
    page_type = Page._meta.label_lower.split(".")[0]
    for role, codenames in ON_PAGES.items():
        for page in HomePage.objects.all():
            for codename in codenames:
                GroupPagePermission.objects.get_or_create(
                    group=groups[role],
                    page=page.page_ptr,
                    permission=_permission(f"{page_type}.{codename}"),
                )
    root = Collection.get_first_root_node()
    for role, names in ON_COLLECTIONS.items():
        for name in names:
            GroupCollectionPermission.objects.get_or_create(
                group=groups[role], collection=root, permission=_permission(name)
            )
