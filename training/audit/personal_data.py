"""What the audit keeps about a person, and how any room makes a section out of its rows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from training.audit.models import Access, Event
from training.kernel.personal_data import Section

# Names of others, their reasons and details are theirs too: they are given on request, by a person.
EVENT_FIELDS = ("at", "verb", "actor_role", "record_kind")


def section_of(
    queryset: "models.QuerySet[Any]", *fields: str, key: str = "", title: str = ""
) -> Section:
    """Return rows as a section: keys are the fields' names, words the models' own, in one query.

    A field may follow relations, `enrollment__edition__code`; a choice is given as its word.
    """
    model: type[models.Model] = queryset.model
    paths = {path: _field(model, path) for path in fields}
    words = {path: dict(field.flatchoices) for path, field in paths.items() if field.choices}
    rows = [
        {
            path: str(words[path].get(value, value)) if path in words else value
            for path, value in row.items()
        }
        for row in queryset.values(*fields)
    ]
    return Section(
        key=key or model._meta.model_name or "",
        title=str(title or capfirst(model._meta.verbose_name_plural)),
        columns={path: str(capfirst(field.verbose_name)) for path, field in paths.items()},
        rows=rows,
    )


def _field(model: type[models.Model], path: str) -> "models.Field[Any, Any]":
    *relations, name = path.split("__")
    for relation in relations:
        related = model._meta.get_field(relation).related_model
        if not isinstance(related, type):
            raise LookupError(f"{path} does not lead through {relation}")
        model = related
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise LookupError(f"{path} is no field")
    return field


def events_section(*, key: str, title: str, kind: str, keys: Sequence[UUID]) -> Section:
    """Return what was done to records of one kind."""
    events = Event.objects.filter(record_kind=kind, record_key__in=[str(k) for k in keys])
    return section_of(events, *EVENT_FIELDS, key=key, title=title)


class AuditContributor:
    """What was done to a person's account, and by the person."""

    room = "audit"
    place = 90

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return the events and accesses about a person and those of the person."""
        about = Q(record_kind="accounts.user", record_key=str(person))
        return [
            section_of(
                Event.objects.filter(about | Q(actor_uuid=person)),
                *EVENT_FIELDS,
                key="events",
                title=_("What was done to my account, and by me"),
            ),
            section_of(
                Access.objects.filter(Q(actor_uuid=person) | Q(subject_uuid=person)),
                *("at", "verb"),
                key="accesses",
                title=_("Sign-ins, and when somebody looked at my data"),
            ),
        ]
