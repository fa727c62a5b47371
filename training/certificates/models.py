"""Certificates: snapshots that are never looked up again, and the registry that numbers them."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training.accounts.models import accounts_of
from training.certificates.snapshots import SnapshotModel, SnapshotQuerySet
from training.enrollments.models import Cohort, Enrollment
from training.kernel.lifecycle import Lifecycle
from training.kernel.texts import in_language

RETRY_AFTER = timedelta(minutes=1)
PATIENT_RETRY_AFTER = timedelta(hours=1)
IMPATIENT_ATTEMPTS = 5


class RegistrySeries(SnapshotModel):
    """The last number given in a series and year; its row is locked while a number is taken."""

    may_change: ClassVar[frozenset[str]] = frozenset({"last_sequence"})

    series = models.CharField(_("series"), max_length=8)
    year = models.PositiveIntegerField(_("year"))
    last_sequence = models.PositiveIntegerField(_("last number given"), default=0)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("registry series")
        verbose_name_plural = _("registry series")
        ordering = ["series", "year"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_registry_a_series_and_year", fields=["series", "year"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}"


class CertificateState(models.TextChoices):
    """Where a certificate stands; each state has a public answer."""

    VALID = "valid", _("valid")
    REVOKED = "revoked", _("revoked")


LIFECYCLE = Lifecycle({CertificateState.VALID: frozenset({CertificateState.REVOKED})})


class CertificateQuerySet(SnapshotQuerySet):
    """Certificates, in the registrar's words."""

    def unrevoked(self) -> "CertificateQuerySet":
        """Return the certificates that stand."""
        return self.filter(state=CertificateState.VALID)

    def issued_in(self, year: int) -> "CertificateQuerySet":
        """Return the certificates of a year of the registry."""
        return self.filter(year=year)

    def for_cohort(self, cohort: Cohort) -> "CertificateQuerySet":
        """Return the certificates earned in a cohort."""
        return self.filter(enrollment__cohort=cohort)

    def of(self, learner: object) -> "CertificateQuerySet":
        """Return a person's own certificates, also those of accounts merged into theirs."""
        return self.filter(enrollment__learner__in=accounts_of(learner))

    def in_registry_order(self) -> "CertificateQuerySet":
        """Order as in the register's book: by series, year and sequence."""
        return self.order_by("series", "year", "sequence")

    def without_pdf(self) -> "CertificateQuerySet":
        """Return the certificates whose file has not been made."""
        return self.filter(pdf_name="")

    def due_for_rendering(self, now: datetime) -> "CertificateQuerySet":
        """Return those without a file that were queued long enough ago, the longest wait first.

        After a few failures in a row one is tried again only every hour.
        """
        due = Q(render_queued_at=None) | Q(
            render_attempts__lt=IMPATIENT_ATTEMPTS, render_queued_at__lte=now - RETRY_AFTER
        )
        return (
            self.without_pdf()
            .filter(due | Q(render_queued_at__lte=now - PATIENT_RETRY_AFTER))
            .order_by(F("render_queued_at").asc(nulls_first=True), "pk")
        )


class Certificate(SnapshotModel):
    """What was certified, to whom and by whom, copied at the moment of issue (R-41)."""

    class Kind(models.TextChoices):
        APPROVAL = "approval", _("certificate of approval")

    may_change: ClassVar[frozenset[str]] = frozenset(
        {
            "state",
            "revoked_at",
            "revocation_reason",
            "superseded_by",
            "pdf_name",
            "pdf_sha256",
            "rendered_at",
            "render_attempts",
            "render_queued_at",
        }
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="certificates"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)

    series = models.CharField(_("series"), max_length=8)
    year = models.PositiveIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("sequence"))
    number = models.CharField(_("registry number"), max_length=32, unique=True)
    code = models.CharField(_("verification code"), max_length=19, unique=True)
    verification_address = models.URLField(_("address of verification"))

    recipient_name = models.CharField(_("name"), max_length=200)
    document_country = models.CharField(_("country of the document"), max_length=2, blank=True)
    document_type = models.CharField(_("type of document"), max_length=20, blank=True)
    document_number = models.CharField(_("document number"), max_length=30, blank=True)
    document_names = models.JSONField(_("type of document by language"), default=dict)
    post_role = models.CharField(_("role"), max_length=20, blank=True)
    post_titles = models.JSONField(_("post by language"), default=dict)
    institution_names = models.JSONField(_("institution by language"), default=dict)
    district_kind = models.CharField(_("kind of district"), max_length=10, blank=True)
    district_name = models.CharField(_("district"), max_length=120, blank=True)

    languages = models.JSONField(_("languages of the paper, the first one first"))
    course_code = models.CharField(_("course code"), max_length=20)
    course_version = models.PositiveIntegerField(_("course version"))
    course_titles = models.JSONField(_("course by language"))
    edition_code = models.CharField(_("edition"), max_length=40)
    edition_titles = models.JSONField(_("edition's name by language"), default=dict)
    mode = models.CharField(_("mode"), max_length=20)
    mode_names = models.JSONField(_("mode by language"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    hours_asynchronous = models.DecimalField(
        _("academic hours at one's own pace"), max_digits=6, decimal_places=2
    )
    hours_synchronous = models.DecimalField(
        _("academic hours together"), max_digits=6, decimal_places=2
    )
    hours_assessed = models.DecimalField(
        _("academic hours of assessed work"), max_digits=6, decimal_places=2
    )
    academic_hour_minutes = models.PositiveIntegerField(_("minutes of an academic hour"))
    mark = models.DecimalField(_("mark"), max_digits=5, decimal_places=2, null=True)
    scale_maximum = models.PositiveIntegerField(_("highest mark"))
    mark_words = models.JSONField(_("mark in words by language"), default=dict)
    attendance = models.DecimalField(
        _("attendance in per cent"), max_digits=5, decimal_places=2, null=True
    )
    syllabus = models.JSONField(_("syllabus by language"), default=dict)

    place = models.CharField(_("place of issue"), max_length=120)
    issued_at = models.DateTimeField(_("issued"))
    issued_on = models.DateField(_("date of issue at the place of issue"))
    issuers = models.JSONField(_("issuing and co-organising institutions"), default=list)
    signatories = models.JSONField(_("signatories"), default=list)
    legal_basis = models.JSONField(_("legal basis by language"), default=dict)
    wording = models.JSONField(_("wording by language"))
    design_version = models.CharField(_("version of the design"), max_length=20)
    evidence_digest = models.CharField(_("digest of the evidence"), max_length=64)
    is_demonstration = models.BooleanField(_("demonstration"), default=False)

    state = models.CharField(
        _("state"),
        max_length=12,
        choices=CertificateState.choices,
        default=CertificateState.VALID,
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revocation_reason = models.TextField(_("public reason of the revocation"), blank=True)
    superseded_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )

    pdf_name = models.CharField(_("file"), max_length=200, blank=True)
    pdf_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True)
    rendered_at = models.DateTimeField(_("file made"), null=True, blank=True)
    render_attempts = models.PositiveIntegerField(_("attempts to make the file"), default=0)
    render_queued_at = models.DateTimeField(_("file asked for"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("issue_certificate", _("Can issue a certificate by hand")),
            ("revoke_certificate", _("Can revoke a certificate")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_certificate_a_registry_entry", fields=["series", "year", "sequence"]
            ),
            models.UniqueConstraint(
                name="one_standing_certificate_a_kind",
                fields=["enrollment", "kind"],
                condition=Q(state=CertificateState.VALID),
            ),
            models.CheckConstraint(
                name="revocation_has_a_date_and_a_reason",
                condition=(
                    ~Q(state=CertificateState.REVOKED) & Q(revoked_at=None, revocation_reason="")
                )
                | (
                    Q(state=CertificateState.REVOKED, revoked_at__isnull=False)
                    & ~Q(revocation_reason="")
                ),
            ),
            models.CheckConstraint(
                name="a_file_has_a_digest_and_a_date",
                condition=Q(pdf_name="", pdf_sha256="", rendered_at=None)
                | (~Q(pdf_name="") & ~Q(pdf_sha256="") & Q(rendered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_certificate_names_its_recipient", condition=~Q(recipient_name="")
            ),
            models.CheckConstraint(
                name="the_mark_is_on_the_scale",
                condition=Q(mark=None) | Q(mark__gte=0, mark__lte=F("scale_maximum")),
            ),
            models.CheckConstraint(
                name="a_course_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]
        indexes = [
            models.Index(
                name="certificate_without_pdf",
                fields=["render_queued_at"],
                condition=Q(pdf_name=""),
            ),
            models.Index(name="certificates_newest_first", fields=["-issued_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def hours(self) -> Decimal:
        """Return the academic hours of all kinds together."""
        return self.hours_asynchronous + self.hours_synchronous + self.hours_assessed

    @property
    def is_revoked(self) -> bool:
        """Say whether the certificate has been revoked."""
        return self.state == CertificateState.REVOKED

    def course_title(self, language: str) -> str:
        """Return the course's title in a language, else in the paper's first."""
        return in_language(self._first_language_first(self.course_titles), language)

    def kind_title(self, language: str) -> str:
        """Return what the paper calls itself in a language, else in its first."""
        titles = {code: words.get("title", "") for code, words in self.wording.items()}
        return in_language(self._first_language_first(titles), language)

    def _first_language_first(self, texts: dict[str, Any]) -> dict[str, Any]:
        # jsonb does not keep the order of keys
        return {code: texts[code] for code in self.languages if code in texts}
