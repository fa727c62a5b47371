"""Notices and who was shown them, consents, exports of data, and requests with their clocks."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training.accounts.models import User, accounts_of
from training.audit.append_only import AppendOnlyModel
from training.institutions.models import Country
from training.kernel.lifecycle import Lifecycle


class NoticeVersion(AppendOnlyModel):
    """The privacy notice as it stood from a moment on: the pack's words, the sponsors' details."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="notice_versions")
    number = models.PositiveIntegerField(_("version"))
    pack_version = models.CharField(_("version of the pack"), max_length=40)
    texts = models.JSONField(_("texts by language"))
    details = models.JSONField(_("what the sponsors say"), default=dict)
    published_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        ordering = ["country", "-number"]
        default_permissions = ("view", "add")
        constraints = [
            models.UniqueConstraint(name="one_notice_a_number", fields=["country", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.country.code} {self.number}"


class NoticeShown(AppendOnlyModel):
    """The proof that somebody was shown a version of the notice."""

    class Occasion(models.TextChoices):
        SIGN_UP = "sign-up", _("when the account was opened")
        SIGN_IN = "sign-in", _("at a sign-in")

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices_shown")
    version = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="shown")
    language = models.CharField(_("language"), max_length=10)
    occasion = models.CharField(_("occasion"), max_length=10, choices=Occasion.choices)
    shown_at = models.DateTimeField(_("shown"))

    class Meta:
        verbose_name = _("privacy notice shown")
        verbose_name_plural = _("privacy notices shown")
        ordering = ["-shown_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_proof_a_person_and_notice", fields=["person", "version"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.version_id}"


class Purpose(models.TextChoices):
    """What a person may allow besides the course itself; each by itself (R-57)."""

    NAME_ON_VERIFICATION = "name-on-verification", _("My name when a certificate is verified")
    RECORDINGS = "recordings", _("Photographs and recordings")
    FORUM_POSTS = "forum-posts", _("What I write in discussions")
    FOLLOW_UP = "follow-up", _("Contact after the course")


class Consent(AppendOnlyModel):
    """One decision about one purpose, in the words that stood beside the button."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=30, choices=Purpose.choices)
    is_given = models.BooleanField(_("given"))
    wording = models.TextField(_("words that were shown"))
    language = models.CharField(_("language"), max_length=10)
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-decided_at", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["person", "purpose"], name="consent_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.purpose}"


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """Exports, by what is still to be done about them."""

    def of(self, person: object) -> "DataExportQuerySet":
        """Return a person's own exports, also those of accounts merged into theirs."""
        return self.filter(person__in=accounts_of(person))

    def unmade(self, moment: datetime) -> "DataExportQuerySet":
        """Return those whose file somebody should try to make now."""
        return self.filter(
            made_at=None, not_before__lte=moment, attempts__lt=DataExport.MOST_ATTEMPTS
        )

    def downloadable(self, moment: datetime) -> "DataExportQuerySet":
        """Return those whose file may be fetched."""
        return self.filter(made_at__isnull=False, removed_at=None, expires_at__gt=moment)

    def expired(self, moment: datetime) -> "DataExportQuerySet":
        """Return those whose file has to go."""
        return self.filter(made_at__isnull=False, removed_at=None, expires_at__lte=moment)


class DataExport(models.Model):
    """A file with all that is kept about a person, theirs alone and only for a week."""

    MOST_ATTEMPTS = 144  # with ten minutes between them: a day

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="data_exports")
    language = models.CharField(_("language"), max_length=10)
    asked_at = models.DateTimeField(_("asked"))
    not_before = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    file_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of one's data")
        verbose_name_plural = _("copies of one's data")
        ordering = ["-asked_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_export_in_the_making", fields=["person"], condition=Q(made_at=None)
            ),
            models.CheckConstraint(
                name="a_made_export_has_an_end",
                condition=Q(made_at=None, expires_at=None, removed_at=None, file_name="")
                | Q(made_at__isnull=False, expires_at__isnull=False, removed_at=None)
                & ~Q(file_name="")
                | Q(made_at__isnull=False, removed_at__isnull=False, file_name=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class DataRequestState(models.TextChoices):
    """Where a request stands."""

    OPEN = "open", _("waiting for an answer")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


LIFECYCLE = Lifecycle(
    {DataRequestState.OPEN: frozenset({DataRequestState.GRANTED, DataRequestState.REFUSED})}
)


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    """Requests, reached through who asks."""

    def of(self, person: object) -> "DataRequestQuerySet":
        """Return a person's own requests, also those of accounts merged into theirs."""
        return self.filter(person__in=accounts_of(person))

    def open(self) -> "DataRequestQuerySet":
        """Return those that wait for an answer."""
        return self.filter(state=DataRequestState.OPEN)


class DataRequest(models.Model):
    """A right that somebody exercises; the law counts the working days until its answer."""

    class Kind(models.TextChoices):
        INFORMATION = "information", _("information: how my data are used")
        ACCESS = "access", _("access: which data you keep about me")
        RECTIFICATION = "rectification", _("rectification: correct or complete my data")
        CANCELLATION = "cancellation", _("cancellation: erase my data")
        OPPOSITION = "opposition", _("opposition: stop using my data for something")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="data_requests")
    kind = models.CharField(_("what is asked"), max_length=20, choices=Kind.choices)
    text = models.TextField(_("request"))
    asked_at = models.DateTimeField(_("asked"))
    due_on = models.DateField(_("last day to answer"), db_index=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=DataRequestState.choices,
        default=DataRequestState.OPEN,
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        ordering = ["due_on", "pk"]
        default_permissions = ("view",)
        permissions = [("answer_datarequest", _("Can answer requests about personal data"))]
        constraints = [
            models.CheckConstraint(
                name="an_answered_request_has_an_answer",
                condition=Q(
                    state=DataRequestState.OPEN, answer="", answered_at=None, answered_by=None
                )
                | (
                    ~Q(state=DataRequestState.OPEN)
                    & ~Q(answer="")
                    & Q(answered_at__isnull=False, answered_by__isnull=False)
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.person}"

    @property
    def is_open(self) -> bool:
        """Say whether it waits for an answer."""
        return self.state == DataRequestState.OPEN
