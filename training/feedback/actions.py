"""Report a problem, take it on, answer it. Each leaves an audit event in its transaction."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import override

from training.accounts.mail import absolute, post_mail
from training.accounts.models import User
from training.audit.actions import record_event
from training.catalogue.models import Activity
from training.feedback.models import LIFECYCLE, Report, ReportState
from training.feedback.rules import WITHIN, may_report
from training.kernel.activities import LONGEST_WORDS, Part


class TooManyReports(Exception):
    """The person has reported as much within a day as one may."""


@transaction.atomic
def report_problem(
    *,
    reporter: User,
    activity: Activity,
    part: Part,
    kind: Report.Kind,
    words: str,
    at: datetime,
) -> Report:
    """Keep what somebody reports; the same again, while nobody took it on, is the first one.

    The reporter is locked, so that two windows count one after the other. Raise TooManyReports.
    """
    User.objects.select_for_update().get(pk=reporter.pk)
    said = {
        "provider": activity.provider,
        "key": part.key,
        "version": part.version,
        "kind": kind,
        "words": words,
    }
    own = Report.objects.of(reporter)
    if known := own.open().filter(**said).first():
        return known
    if not may_report(own.filter(reported_at__gt=at - WITHIN).count()):
        raise TooManyReports(str(reporter.uuid))
    report: Report = Report.objects.create(
        reporter=reporter,
        activity=activity,
        about=(part.words or activity.title(part.language))[:LONGEST_WORDS],
        language=part.language,
        reported_at=at,
        **said,
    )
    record_event(
        actor=reporter.actor,
        verb="problem.reported",
        record=report,
        at=at,
        detail={
            "kind": kind.value,
            "provider": report.provider,
            "key": report.key,
            "version": report.version,
        },
    )
    return report


@transaction.atomic
def take_on(*, report: Report, by: User, at: datetime) -> None:
    """Say that somebody looks after a report; raise IllegalTransition when somebody does."""
    _move(report, ReportState.IN_PROGRESS, taken_by=by)
    record_event(actor=by.actor, verb="problem.taken-on", record=report, at=at)


@transaction.atomic
def answer_report(*, report: Report, is_solved: bool, answer: str, by: User, at: datetime) -> None:
    """Close a report once with an answer, which the reporter gets in their own language.

    Raise IllegalTransition when it was answered meanwhile, or nobody took it on.
    """
    state = ReportState.SOLVED if is_solved else ReportState.DECLINED
    _move(report, state, answer=answer, answered_at=at, answered_by=by)
    record_event(actor=by.actor, verb=f"problem.{state.value}", record=report, at=at, reason=answer)
    reporter = report.reporter
    language = reporter.language or settings.LANGUAGE_CODE
    with override(language):
        kind = str(report.get_kind_display())
    post_mail(
        to=reporter.email,
        template="emails/report_answered",
        context={
            "display_name": reporter.display_name,
            "report": report,
            "kind": kind,
            "is_solved": is_solved,
            "title": report.activity.title(language),
            "courses_url": absolute(reverse("portal:courses")),
        },
        language=language,
        at=at,
    )


def _move(report: Report, state: ReportState, **changes: object) -> None:
    """Follow an arrow, exactly once; raise IllegalTransition when it is not there any more."""
    moved = Report.objects.filter(pk=report.pk, state__in=LIFECYCLE.sources(state)).update(
        state=state, **changes
    )
    report.refresh_from_db()
    if not moved:
        LIFECYCLE.require(report.state, state)
