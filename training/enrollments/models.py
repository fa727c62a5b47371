"""Editions of a course, their cohorts, and who is enrolled in them."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training.catalogue.models import CourseVersion
from training.kernel.lifecycle import Lifecycle
from training.kernel.texts import in_language


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions, by what can be done with them."""

    def open_at(self, moment: datetime) -> "EditionQuerySet":
        """Return the editions in which a learner may enroll without being put on a list."""
        return self.filter(
            is_open=True, enrollment_opens_at__lte=moment, enrollment_closes_at__gt=moment
        )


class Edition(models.Model):
    """One run of a course version: its dates, mode, scale, hours and issuers (R-01, R-26)."""

    class Mode(models.TextChoices):
        TUTORED = "tutored", _("tutored")
        SELF_PACED = "self-paced", _("self-paced")

    class Issuing(models.TextChoices):
        AUTOMATIC = "automatic", _("as soon as it is earned")
        APPROVAL = "approval", _("after approval by a registrar")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=40, unique=True)
    course_version = models.ForeignKey(
        CourseVersion, on_delete=models.PROTECT, related_name="editions"
    )
    titles = models.JSONField(_("names by language"), default=dict)
    mode = models.CharField(_("mode"), max_length=20, choices=Mode.choices)
    is_open = models.BooleanField(_("open to every learner"), default=False)
    enrollment_opens_at = models.DateTimeField(_("enrollment opens"))
    enrollment_closes_at = models.DateTimeField(_("enrollment closes"))
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    scale_maximum = models.PositiveIntegerField(
        _("highest mark"), default=20, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    cut_score = models.DecimalField(
        _("mark needed to pass"), max_digits=5, decimal_places=2, default=14
    )
    hours_asynchronous = models.DecimalField(
        _("academic hours at one's own pace"), max_digits=6, decimal_places=2, default=0
    )
    hours_synchronous = models.DecimalField(
        _("academic hours together"), max_digits=6, decimal_places=2, default=0
    )
    hours_assessed = models.DecimalField(
        _("academic hours of assessed work"), max_digits=6, decimal_places=2, default=0
    )
    academic_hour_minutes = models.PositiveIntegerField(
        _("minutes of an academic hour"), default=45
    )
    issuers = models.ManyToManyField(
        "institutions.Institution", through="Issuer", related_name="editions"
    )
    signatories = models.JSONField(_("signatories"), default=list, blank=True)
    place = models.CharField(_("place of issue"), max_length=120, default="Lima")
    legal_basis = models.JSONField(_("legal basis by language"), default=dict, blank=True)
    series = models.CharField(
        _("series of the registry"),
        max_length=8,
        default="TIP",
        validators=[
            RegexValidator(r"^[A-Z]{1,8}\Z", _("Write one to eight capital letters, A-Z."))
        ],
    )
    issuing = models.CharField(
        _("certificates are issued"),
        max_length=12,
        choices=Issuing.choices,
        default=Issuing.AUTOMATIC,
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-starts_on", "code"]
        constraints = [
            models.CheckConstraint(
                name="edition_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="enrollment_closes_after_it_opens",
                condition=Q(enrollment_closes_at__gt=F("enrollment_opens_at")),
            ),
            models.CheckConstraint(
                name="cut_score_is_on_the_scale",
                condition=Q(cut_score__gte=0, cut_score__lte=F("scale_maximum")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def hours(self) -> Decimal:
        """Return the academic hours of all kinds together."""
        return self.hours_asynchronous + self.hours_synchronous + self.hours_assessed

    def title(self, language: str) -> str:
        """Return the edition's own name, else that of its course."""
        return in_language(self.titles, language) or self.course_version.title(language)


class Issuer(models.Model):
    """An institution that issues the certificates of an edition, or organises it too."""

    class Part(models.TextChoices):
        ISSUER = "issuer", _("issues the certificate")
        CO_ORGANISER = "co-organiser", _("co-organises the course")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT)
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT)
    part = models.CharField(_("part"), max_length=20, choices=Part.choices, default=Part.ISSUER)
    order = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_part_an_issuer", fields=["edition", "institution"])
        ]

    def __str__(self) -> str:
        return str(self.institution)


class Cohort(models.Model):
    """A group of an edition that goes through it together."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="cohorts")
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    capacity = models.PositiveIntegerField(_("places"), default=30)
    coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="coordinated_cohorts"
    )

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["edition", "code"]

    def __str__(self) -> str:
        return self.name


class EnrollmentState(models.TextChoices):
    """Where an enrollment stands."""

    ACTIVE = "active", _("in progress")
    COMPLETED = "completed", _("completed")
    WITHDRAWN = "withdrawn", _("withdrawn")


LIFECYCLE = Lifecycle(
    {
        EnrollmentState.ACTIVE: frozenset({EnrollmentState.COMPLETED, EnrollmentState.WITHDRAWN}),
        EnrollmentState.WITHDRAWN: frozenset({EnrollmentState.ACTIVE}),
    }
)


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """Enrollments, reached through their owner."""

    def of(self, learner: object) -> "EnrollmentQuerySet":
        """Return a person's own enrollments."""
        return self.filter(learner=learner)

    def with_course(self) -> "EnrollmentQuerySet":
        """Fetch edition, course version and course in the same query."""
        return self.select_related("edition", "course_version__course")


class Enrollment(models.Model):
    """A learner in an edition, pinned to the course version that they study."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrollments"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="enrollments")
    cohort = models.ForeignKey(
        Cohort, on_delete=models.PROTECT, related_name="enrollments", null=True, blank=True
    )
    course_version = models.ForeignKey(
        CourseVersion, on_delete=models.PROTECT, related_name="enrollments"
    )
    name_on_certificate = models.CharField(_("name on the certificate"), max_length=200)
    name_confirmed_at = models.DateTimeField(_("name confirmed"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=EnrollmentState.choices,
        default=EnrollmentState.ACTIVE,
    )
    enrolled_at = models.DateTimeField(_("enrolled"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-enrolled_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_enrollment_a_learner_and_edition", fields=["learner", "edition"]
            ),
            models.CheckConstraint(
                name="a_completed_enrollment_has_a_date",
                condition=Q(state=EnrollmentState.COMPLETED, completed_at__isnull=False)
                | (~Q(state=EnrollmentState.COMPLETED) & Q(completed_at=None)),
            ),
            models.CheckConstraint(
                name="a_name_is_confirmed", condition=~Q(name_on_certificate="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner} · {self.edition}"
