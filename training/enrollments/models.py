"""Editions of a course, their cohorts, and who is enrolled in them."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training.accounts.models import accounts_of
from training.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from training.catalogue.models import Activity, CourseVersion
from training.kernel.lifecycle import Lifecycle
from training.kernel.texts import in_language


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions, by what can be done with them."""

    def open_at(self, moment: datetime) -> "EditionQuerySet":
        """Return the editions in which a learner may enroll without asking anybody."""
        return self.taking_at(moment).filter(entry=Edition.Entry.OPEN)

    def taking_at(self, moment: datetime) -> "EditionQuerySet":
        """Return the editions in which a learner may enroll or apply now."""
        return self.filter(
            entry__in=(Edition.Entry.OPEN, Edition.Entry.APPLICATION),
            enrollment_opens_at__lte=moment,
            enrollment_closes_at__gt=moment,
        )


class Edition(models.Model):
    """One run of a course version: its dates, mode, scale, hours and issuers (R-01, R-26)."""

    class Mode(models.TextChoices):
        TUTORED = "tutored", _("tutored")
        SELF_PACED = "self-paced", _("self-paced")

    class Issuing(models.TextChoices):
        AUTOMATIC = "automatic", _("as soon as it is earned")
        APPROVAL = "approval", _("after approval by a registrar")

    class Entry(models.TextChoices):
        OPEN = "open", _("open to every learner")
        APPLICATION = "application", _("by application")
        NOMINATION = "nomination", _("by nomination only")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=40, unique=True)
    course_version = models.ForeignKey(
        CourseVersion, on_delete=models.PROTECT, related_name="editions"
    )
    titles = models.JSONField(_("names by language"), default=dict)
    mode = models.CharField(_("mode"), max_length=20, choices=Mode.choices)
    entry = models.CharField(
        _("how one gets in"), max_length=12, choices=Entry.choices, default=Entry.NOMINATION
    )
    asks_for_superior = models.BooleanField(
        _("applications name the superior who supports them"), default=False
    )
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


FEWEST_PLACES = 8
MOST_PLACES = 150


class Cohort(models.Model):
    """A group of an edition that goes through it together (R-03)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="cohorts")
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    capacity = models.PositiveIntegerField(
        _("places"),
        default=30,
        validators=[MinValueValidator(FEWEST_PLACES), MaxValueValidator(MOST_PLACES)],
    )
    coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="coordinated_cohorts"
    )

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["edition", "code"]

    def __str__(self) -> str:
        return self.name


class Quota(models.Model):
    """Places of a cohort that are kept for people of an institution or a judicial district."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="quotas")
    institution = models.ForeignKey(
        "institutions.Institution",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("institution"),
    )
    district = models.ForeignKey(
        "institutions.District",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("judicial district"),
        limit_choices_to={"kind": "judicial"},
    )
    places = models.PositiveIntegerField(
        _("places kept"), validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_quota_is_of_an_institution_or_a_district",
                condition=Q(institution=None, district__isnull=False)
                | Q(institution__isnull=False, district=None),
            ),
            models.UniqueConstraint(
                name="one_quota_a_cohort_and_institution", fields=["cohort", "institution"]
            ),
            models.UniqueConstraint(
                name="one_quota_a_cohort_and_district", fields=["cohort", "district"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution or self.district}: {self.places}"


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
        """Return a person's own enrollments, also those of accounts merged into theirs."""
        return self.filter(learner__in=accounts_of(learner))

    def of_any(self, learners: Sequence[int]) -> "EnrollmentQuerySet":
        """Return the enrollments of people, also those of accounts merged into theirs."""
        return self.filter(Q(learner__in=learners) | Q(learner__merged_into__in=learners))

    def holding_a_place(self) -> "EnrollmentQuerySet":
        """Return those that take up a place of their cohort."""
        return self.exclude(state=EnrollmentState.WITHDRAWN)

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
    nomination = models.ForeignKey(
        "Nomination", on_delete=models.PROTECT, related_name="enrollments", null=True, blank=True
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
    extended_until = models.DateField(_("own last day"), null=True, blank=True)

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

    @property
    def last_day(self) -> date:
        """Return until when this learner may work: the edition's end, or their own if later."""
        return max(self.edition.ends_on, self.extended_until or self.edition.ends_on)


class WaitState(models.TextChoices):
    """What became of waiting."""

    WAITING = "waiting", _("waiting")
    ENROLLED = "enrolled", _("enrolled")
    LEFT = "left", _("left the list")


class WaitQuerySet(models.QuerySet["Wait"]):
    """Waiting lists, in their order."""

    def of(self, learner: object) -> "WaitQuerySet":
        """Return a person's own, also those of accounts merged into theirs."""
        return self.filter(learner__in=accounts_of(learner))

    def waiting(self) -> "WaitQuerySet":
        """Return those who still wait, the first first."""
        return self.filter(state=WaitState.WAITING).order_by("pk")


class Wait(models.Model):
    """Somebody on the waiting list of a cohort, or of any cohort of an edition.

    Rows are written under the edition's lock, so their order is that of arrival.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waits"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="waits")
    cohort = models.ForeignKey(
        Cohort, on_delete=models.PROTECT, related_name="waits", null=True, blank=True
    )
    nomination = models.ForeignKey(
        "Nomination", on_delete=models.PROTECT, related_name="waits", null=True, blank=True
    )
    name_on_certificate = models.CharField(_("name on the certificate"), max_length=200)
    state = models.CharField(
        _("state"), max_length=12, choices=WaitState.choices, default=WaitState.WAITING
    )
    since = models.DateTimeField(_("waiting since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = WaitQuerySet.as_manager()

    class Meta:
        verbose_name = _("place on a waiting list")
        verbose_name_plural = _("places on waiting lists")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_waits_once_in_an_edition",
                fields=["learner", "edition"],
                condition=Q(state=WaitState.WAITING),
            ),
            models.CheckConstraint(
                name="whoever_waits_no_more_has_a_date",
                condition=Q(state=WaitState.WAITING, ended_at=None)
                | (~Q(state=WaitState.WAITING) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner} · {self.edition}"


class ApplicationState(models.TextChoices):
    """How an application was answered."""

    SUBMITTED = "submitted", _("awaiting an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications, by whose they are and what they wait for."""

    def of(self, learner: object) -> "ApplicationQuerySet":
        """Return a person's own, also those of accounts merged into theirs."""
        return self.filter(learner__in=accounts_of(learner))

    def undecided(self) -> "ApplicationQuerySet":
        """Return those that await an answer, the longest wait first."""
        return self.filter(state=ApplicationState.SUBMITTED).order_by("applied_at", "pk")


class Application(models.Model):
    """Somebody asks to take part in an edition, and is answered (R-04)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="applications")
    name_on_certificate = models.CharField(_("name on the certificate"), max_length=200)
    motive = models.TextField(_("motive"), max_length=3000)
    superior = models.CharField(_("superior who supports it"), max_length=200, blank=True)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ApplicationState.choices,
        default=ApplicationState.SUBMITTED,
    )
    applied_at = models.DateTimeField(_("applied"))
    decided_at = models.DateTimeField(_("answered"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    answer = models.TextField(_("answer"), max_length=2000, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-applied_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_application_a_learner_and_edition",
                fields=["learner", "edition"],
                condition=Q(state=ApplicationState.SUBMITTED),
            ),
            models.CheckConstraint(
                name="an_answered_application_has_a_date_and_a_person",
                condition=Q(state=ApplicationState.SUBMITTED, decided_at=None, decided_by=None)
                | (
                    ~Q(state=ApplicationState.SUBMITTED)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="a_declined_application_has_a_reason",
                condition=~Q(state=ApplicationState.DECLINED) | ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner} · {self.edition}"


class Nomination(models.Model):
    """A list of people whom somebody nominates for a cohort by an official document (R-04)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="nominations")
    nominated_by = models.CharField(_("who nominates"), max_length=200)
    document_kind = models.CharField(_("kind of document"), max_length=80)
    document_number = models.CharField(_("number of the document"), max_length=80)
    document_date = models.DateField(_("date of the document"))
    file_name = models.CharField(_("file"), max_length=200)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    queued_at = models.DateTimeField(_("handed to a worker"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("nomination list")
        verbose_name_plural = _("nomination lists")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="only_a_confirmed_list_is_worked_off",
                condition=Q(confirmed_at__isnull=False) | Q(queued_at=None, finished_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_kind} {self.document_number}"


class NominationPlan(models.TextChoices):
    """What the check of a line said would happen."""

    ENROLL = "enroll", _("is enrolled")
    WAIT = "wait", _("goes on the waiting list")
    INVITE = "invite", _("is invited; gets a place or waits once the account is open")
    ALREADY = "already", _("is in already; nothing happens")
    ERROR = "error", _("has a mistake; nothing happens")


class NominationProblem(models.TextChoices):
    """What is wrong with a line."""

    NO_EMAIL = "no-email", _("the e-mail address is missing")
    BAD_EMAIL = "bad-email", _("this is no e-mail address")
    TWICE = "twice", _("the address stands in the list twice")
    LONG_NAME = "long-name", _("the name is longer than 200 characters")
    INACTIVE = "inactive", _("the account is not active")
    OTHER_COHORT = "other-cohort", _("is in another cohort of this edition")


class NominationLine(models.Model):
    """One row of a nomination list: what was typed, what was said, and what was done."""

    class Result(models.TextChoices):
        NONE = "", _("not yet")
        DONE = "done", _("done")
        CHANGED = "changed", _("not done: something changed since the check")

    nomination = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField(_("row"))
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    plan = models.CharField(_("what happens"), max_length=10, choices=NominationPlan.choices)
    problem = models.CharField(
        _("mistake"), max_length=20, choices=NominationProblem.choices, blank=True
    )
    cell = models.CharField(_("cell"), max_length=12, blank=True)
    typed = models.CharField(_("what the cell says"), max_length=100, blank=True)
    result = models.CharField(
        _("result"), max_length=10, choices=Result.choices, default=Result.NONE, blank=True
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("nominated person")
        verbose_name_plural = _("nominated people")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="one_line_a_row_and_list", fields=["nomination", "number"]
            ),
            models.CheckConstraint(
                name="a_faulty_line_names_its_mistake",
                condition=(Q(plan=NominationPlan.ERROR) & ~Q(problem=""))
                | (~Q(plan=NominationPlan.ERROR) & Q(problem="")),
            ),
            models.CheckConstraint(
                name="a_line_with_a_result_has_a_date",
                condition=Q(result="", done_at=None) | (~Q(result="") & Q(done_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.email}"


class Change(models.TextChoices):
    """What somebody may ask to be changed about an enrollment (R-10)."""

    EXTENSION = "extension", _("more time")
    MAKE_UP = "make-up", _("one more attempt at a quiz")
    TRANSFER = "transfer", _("a change to another edition")
    WITHDRAWAL = "withdrawal", _("leaving the course")


class ChangeState(models.TextChoices):
    """How a request was answered."""

    SUBMITTED = "submitted", _("awaiting an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")


class ChangeRequestQuerySet(models.QuerySet["ChangeRequest"]):
    """Requests, by whose they are and what they wait for."""

    def of(self, learner: object) -> "ChangeRequestQuerySet":
        """Return a person's own."""
        return self.filter(enrollment__learner=learner)

    def undecided(self) -> "ChangeRequestQuerySet":
        """Return those that await an answer, the longest wait first."""
        return self.filter(state=ChangeState.SUBMITTED).order_by("asked_at", "pk")


class ChangeRequest(models.Model):
    """A learner asks that something about their enrollment be changed, and is answered (R-10)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="change_requests"
    )
    change = models.CharField(_("what is asked for"), max_length=12, choices=Change.choices)
    motive = models.TextField(_("motive"), max_length=3000)
    until = models.DateField(_("until when"), null=True, blank=True)
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    state = models.CharField(
        _("state"), max_length=12, choices=ChangeState.choices, default=ChangeState.SUBMITTED
    )
    asked_at = models.DateTimeField(_("asked"))
    decided_at = models.DateTimeField(_("answered"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    answer = models.TextField(_("answer"), max_length=2000, blank=True)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about a course")
        verbose_name_plural = _("requests about courses")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_request_an_enrollment_and_change",
                fields=["enrollment", "change"],
                condition=Q(state=ChangeState.SUBMITTED),
            ),
            models.CheckConstraint(name="a_request_says_why", condition=~Q(motive="")),
            models.CheckConstraint(
                name="a_request_says_what_it_needs",
                condition=Q(change=Change.WITHDRAWAL, until=None, edition=None, activity=None)
                | Q(change=Change.TRANSFER, until=None, activity=None)
                | Q(change=Change.EXTENSION, until__isnull=False, edition=None, activity=None)
                | Q(change=Change.MAKE_UP, until=None, edition=None, activity__isnull=False),
            ),
            models.CheckConstraint(
                name="an_answered_request_has_a_date_and_a_person",
                condition=Q(state=ChangeState.SUBMITTED, decided_at=None, decided_by=None)
                | (
                    ~Q(state=ChangeState.SUBMITTED)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="a_declined_request_has_a_reason",
                condition=~Q(state=ChangeState.DECLINED) | ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.get_change_display()}"


class MakeUpQuerySet(AppendOnlyQuerySet):
    """Further attempts that were granted."""

    def current(self, *, enrollment: Enrollment, activity: Activity, on: date) -> "MakeUpQuerySet":
        """Return those that may be used on a day, the first granted first."""
        return self.filter(enrollment=enrollment, activity=activity, until__gte=on)


MakeUpManager = models.Manager.from_queryset(MakeUpQuerySet)


class MakeUp(AppendOnlyModel):
    """One more attempt at one quiz, granted to one learner until a day (R-10)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="make_ups")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="make_ups")
    until = models.DateField(_("until when"))
    granted_at = models.DateTimeField(_("granted"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), max_length=2000)

    objects: ClassVar[MakeUpManager] = MakeUpManager()

    class Meta:
        verbose_name = _("further attempt")
        verbose_name_plural = _("further attempts")
        ordering = ["granted_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(name="a_further_attempt_has_a_reason", condition=~Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.activity} · {self.until}"


class Occasion(models.TextChoices):
    """What a learner is reminded of."""

    CLOSES_IN_14 = "closes-14", _("the edition closes in two weeks")
    CLOSES_IN_7 = "closes-7", _("the edition closes in a week")
    CLOSES_IN_2 = "closes-2", _("the edition closes in two days")
    NOT_BEGUN = "not-begun", _("nothing was begun")


class Reminder(AppendOnlyModel):
    """The memory that somebody was reminded: once for an occasion and the day it speaks of."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="reminders")
    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion.choices)
    day = models.DateField(_("day it speaks of"))
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["written_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_reminder_an_occasion", fields=["enrollment", "occasion", "day"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.get_occasion_display()}"


class Agenda(models.Model):
    """Where a person's own calendar is served, and whether they want to be reminded by e-mail."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="agenda"
    )
    token = models.CharField(
        _("secret part of the address"), max_length=64, unique=True, null=True, blank=True
    )
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    wants_reminders = models.BooleanField(_("wants reminders by e-mail"), default=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="a_calendar_address_has_a_date",
                condition=Q(token=None, made_at=None)
                | Q(token__isnull=False, made_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.person)
