"""Asking for a large list as a file."""

from datetime import datetime
from functools import partial
from typing import Final

from django.db import IntegrityError, transaction

from training.accounts.models import User
from training.desk.exports import opened, tell
from training.desk.models import ListExport
from training.desk.tasks import make_list_export

MOST_WAITING: Final = 5


class AlreadyAsked(Exception):
    """The same file is being made already."""


class TooManyWaiting(Exception):
    """The person waits for as many files as anybody may."""


@transaction.atomic
def ask(
    *, person: User, list_name: str, question: str, kind: str, language: str, at: datetime
) -> ListExport:
    """Ask for a list as a file; a worker makes it after the commit.

    Raise UnknownList or NotUnderstood when there is no such list for the person.
    """
    listed = opened(list_name=list_name, question=question, kind=kind, person=person)
    if ListExport.objects.of(person).waiting().count() >= MOST_WAITING:
        raise TooManyWaiting
    try:
        with transaction.atomic():
            export = ListExport.objects.create(
                person=person,
                list_name=list_name,
                title=str(listed.get_page_title()),
                question=listed.question,
                kind=kind,
                language=language,
                asked_at=at,
                not_before=at,
            )
    except IntegrityError:
        raise AlreadyAsked from None
    tell(export, verb="list export asked", actor=person.actor, at=at)
    transaction.on_commit(partial(make_list_export.delay, export_id=export.pk), robust=True)
    return export
