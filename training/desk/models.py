"""Lists that somebody asked for as a file: the row is the outbox of the worker that makes it."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ListExportQuerySet(models.QuerySet["ListExport"]):
    """Exports, by whose they are and what is still to be done about them."""

    def of(self, person: object) -> "ListExportQuerySet":
        """Return a person's own exports."""
        return self.filter(person=person)

    def waiting(self) -> "ListExportQuerySet":
        """Return those that are neither made nor given up."""
        return self.filter(made_at=None, given_up_at=None)

    def unmade(self, moment: datetime) -> "ListExportQuerySet":
        """Return those whose file somebody should try to make now."""
        return self.waiting().filter(not_before__lte=moment)

    def downloadable(self, moment: datetime) -> "ListExportQuerySet":
        """Return those whose file may be fetched."""
        return self.filter(made_at__isnull=False, removed_at=None, expires_at__gt=moment)

    def expired(self, moment: datetime) -> "ListExportQuerySet":
        """Return those whose file has to go."""
        return self.filter(made_at__isnull=False, removed_at=None, expires_at__lte=moment)


class ListExport(models.Model):
    """A large list as a file, for whoever asked alone and only for a week.

    `list_name` is the name of the list's address, `question` its search, filters and order.
    """

    MOST_ATTEMPTS = 12  # with ten minutes between them: two hours

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="list_exports"
    )
    list_name = models.CharField(_("list"), max_length=100)
    title = models.CharField(_("name of the list"), max_length=200)
    question = models.TextField(_("search and filters"), blank=True)
    kind = models.CharField(_("kind of file"), max_length=4, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=10)
    asked_at = models.DateTimeField(_("asked"))
    not_before = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    rows_found = models.PositiveIntegerField(_("rows of the list"), null=True, blank=True)
    rows_written = models.PositiveIntegerField(_("rows written"), default=0)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    file_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)

    objects = ListExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("exported list")
        verbose_name_plural = _("exported lists")
        ordering = ["-asked_at", "-pk"]
        default_permissions = ()
        permissions = [
            ("see_marks", "Can see the marks of all learners"),
            ("see_cohort_progress", "Can see the progress of cohorts"),
            ("see_totals", "Can see the totals of the own institution"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_file_of_a_list_in_the_making",
                fields=["person", "list_name", "question", "kind"],
                condition=Q(made_at=None, given_up_at=None),
            ),
            models.CheckConstraint(
                name="a_made_list_has_an_end",
                condition=Q(made_at=None, expires_at=None, removed_at=None, file_name="")
                | Q(
                    made_at__isnull=False,
                    expires_at__isnull=False,
                    removed_at=None,
                    given_up_at=None,
                )
                & ~Q(file_name="")
                | Q(
                    made_at__isnull=False,
                    removed_at__isnull=False,
                    given_up_at=None,
                    file_name="",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.kind})"

    @property
    def is_waiting(self) -> bool:
        """Say whether a worker still has to make the file."""
        return self.made_at is None and self.given_up_at is None

    def is_downloadable(self, moment: datetime) -> bool:
        """Say whether the file is there to be fetched."""
        return bool(self.file_name and self.expires_at is not None and self.expires_at > moment)
