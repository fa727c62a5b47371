"""People, and the posts that they held over time."""

import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from training.accounts.roles import LEARNER, Role
from training.audit.actions import Actor
from training.audit.append_only import AppendOnlyModel
from training.kernel.lifecycle import Lifecycle


def languages() -> list[tuple[str, str]]:
    """Return the configured languages; a new one needs no migration."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def default_language() -> str:
    """Return the configured language of those who chose none."""
    return settings.LANGUAGE_CODE


class UserManager(BaseUserManager["User"]):
    """Makes users; an e-mail address is kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who can sign in; without a password, by a reset only."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person whom no permission check refuses."""
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the login, the UUID the public identifier."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")
        UNDISCLOSED = "undisclosed", _("I prefer not to say")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    display_name = models.CharField(_("name shown to others"), max_length=200)
    certificate_name = models.CharField(
        _("name on certificates"),
        max_length=200,
        blank=True,
        help_text=_("Full name exactly as it shall be printed."),
    )
    document_country = models.CharField(_("country of the document"), max_length=2, blank=True)
    document_type = models.CharField(_("type of document"), max_length=20, blank=True)
    document_number = models.CharField(_("document number"), max_length=30, blank=True)
    sex = models.CharField(_("sex"), max_length=12, choices=Sex.choices, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=languages, default=default_language
    )
    is_demonstration = models.BooleanField(_("demonstration account"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    awaits_approval = models.BooleanField(_("waits for approval"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        verbose_name=_("merged into"),
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["display_name"]
        permissions = [
            ("view_record", _("Can see a learner's whole record")),
            ("correct_details", _("Can correct a person's names, document and posts")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_person_a_document",
                fields=["document_country", "document_type", "document_number"],
                condition=~Q(document_number=""),
            ),
            models.CheckConstraint(
                name="a_document_has_type_and_number",
                condition=Q(document_type="", document_number="", document_country="")
                | (~Q(document_type="") & ~Q(document_number="") & ~Q(document_country="")),
            ),
            models.CheckConstraint(
                name="email_is_in_lower_case", condition=Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="a_merged_account_is_closed",
                condition=Q(merged_into=None) | Q(is_active=False),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    def get_full_name(self) -> str:
        """Return the name shown to others."""
        return self.display_name

    def get_short_name(self) -> str:
        """Return the name shown to others."""
        return self.display_name

    @property
    def is_staff(self) -> bool:
        """Say whether the person works here; Django's own admin is not installed."""
        return self.is_superuser

    @property
    def opens_admin(self) -> bool:
        """Say whether the admin is open to the person; of most learners a request knows it."""
        if not (getattr(self, "has_roles", True) or self.is_superuser):
            return False
        return self.has_perm("wagtailadmin.access_admin")

    @cached_property
    def role_names(self) -> frozenset[str]:
        """Return the names of the groups that the person belongs to."""
        return frozenset(self.groups.values_list("name", flat=True))

    def has_role(self, role: Role) -> bool:
        """Say whether the person holds a role here."""
        return role.value in self.role_names

    @property
    def current(self) -> "User":
        """Return the account that speaks for this one: itself, or the one it was merged into."""
        return self.merged_into or self

    @property
    def current_id(self) -> int:
        """Return the key of `current`, without a query."""
        return self.merged_into_id or self.pk

    @property
    def actor(self) -> Actor:
        """Return the person as the audit remembers them: identifier, name and roles."""
        role = ", ".join(sorted(self.role_names)) or LEARNER
        return Actor(uuid=self.uuid, name=self.display_name, role=role)


def accounts_of(person: Any) -> "models.QuerySet[User, int] | list[int]":
    """Return the keys of a person's accounts: the given one, and those merged into it.

    For `learner__in=…`, a subquery: a condition on two tables would let no index be used. Of whom a
    request knows that no other account was merged into theirs, the key alone.
    """
    key = getattr(person, "pk", person)
    if not getattr(person, "has_merged_accounts", True):
        return [key]
    return (
        User.objects.filter(Q(pk=key) | Q(merged_into=key)).order_by().values_list("pk", flat=True)
    )


class PostQuerySet(models.QuerySet["Post"]):
    """Posts held over time."""

    def held_on(self, day: date) -> "PostQuerySet":
        """Return the posts held on a day, the latest first; both ends are included."""
        return self.filter(
            Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day)
        ).order_by("-valid_from", "-pk")


class Post(models.Model):
    """What somebody was, where, and from when to when."""

    class Role(models.TextChoices):
        JUDGE = "judge", _("judge")
        PROSECUTOR = "prosecutor", _("prosecutor")
        ASSISTANT = "assistant", _("judicial or prosecution assistant")
        POLICE = "police", _("police officer")
        PUBLIC_DEFENDER = "public-defender", _("public defender")
        OTHER = "other", _("other")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    title = models.CharField(_("title of the post"), max_length=200, blank=True)
    level = models.CharField(_("level"), max_length=40, blank=True)
    institution = models.ForeignKey(
        "institutions.Institution",
        on_delete=models.PROTECT,
        verbose_name=_("institution"),
        limit_choices_to={"is_employer": True},
    )
    judicial_district = models.ForeignKey(
        "institutions.District",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("judicial district"),
        limit_choices_to={"kind": "judicial"},
    )
    fiscal_district = models.ForeignKey(
        "institutions.District",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fiscal district"),
        limit_choices_to={"kind": "fiscal"},
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="post_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return self.title or self.get_role_display()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, by where they stand."""

    def pending(self, moment: datetime) -> "InvitationQuerySet":
        """Return those that may still be accepted."""
        return self.filter(accepted_at=None, expires_at__gt=moment)


class Invitation(models.Model):
    """Leave to sign up, sent to one address. Only a digest of its token is kept."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        ACCEPTED = "accepted", _("accepted")
        EXPIRED = "expired", _("expired")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"))
    display_name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=languages, default=default_language
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations_sent"
    )
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("expires"))
    accepted_by = models.OneToOneField(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at"]
        constraints = [
            models.CheckConstraint(
                name="an_accepted_invitation_has_a_person_and_a_date",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def state_at(self, moment: datetime) -> State:
        """Say where the invitation stands at a moment."""
        if self.accepted_at:
            return self.State.ACCEPTED
        return self.State.PENDING if moment < self.expires_at else self.State.EXPIRED


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Messages on their way."""

    def due(self, moment: datetime) -> "OutgoingMailQuerySet":
        """Return the messages that somebody should try to send now."""
        return self.filter(
            sent_at=None, not_before__lte=moment, attempts__lt=OutgoingMail.MOST_ATTEMPTS
        )


class OutgoingMail(models.Model):
    """A message as it will be sent. Its words may hold a secret link: once sent, they go."""

    MOST_ATTEMPTS = 144  # with ten minutes between them: a day

    to = models.EmailField(_("to"))
    template = models.CharField(_("kind"), max_length=100)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    created_at = models.DateTimeField(_("written"))
    not_before = models.DateTimeField(_("next attempt"), db_index=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="a_sent_message_keeps_no_words",
                condition=Q(sent_at=None) | Q(subject="", text="", html=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} #{self.pk}"


class RecoveryState(models.TextChoices):
    """Where a request to remove a lost second factor stands."""

    ASKED = "asked", _("waiting for an administrator")
    APPROVED = "approved", _("waiting until it takes effect")
    DONE = "done", _("second factor removed")
    REFUSED = "refused", _("refused")
    STOPPED = "stopped", _("stopped by the person")


RECOVERY_LIFECYCLE = Lifecycle(
    {
        RecoveryState.ASKED: frozenset(
            {RecoveryState.APPROVED, RecoveryState.REFUSED, RecoveryState.STOPPED}
        ),
        RecoveryState.APPROVED: frozenset(
            {RecoveryState.DONE, RecoveryState.REFUSED, RecoveryState.STOPPED}
        ),
    }
)


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    """Requests to remove a lost second factor."""

    def open(self) -> "RecoveryQuerySet":
        """Return those that may still come to something."""
        return self.filter(state__in=(RecoveryState.ASKED, RecoveryState.APPROVED))

    def due(self, moment: datetime) -> "RecoveryQuerySet":
        """Return those whose waiting time is over."""
        return self.filter(state=RecoveryState.APPROVED, effective_at__lte=moment)


class Recovery(models.Model):
    """Somebody lost the second factor and asks a person to remove it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recoveries")
    contact = models.CharField(_("how to reach the person"), max_length=200)
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(
        _("state"), max_length=10, choices=RecoveryState.choices, default=RecoveryState.ASKED
    )
    effective_at = models.DateTimeField(_("takes effect"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("recovery of an account")
        verbose_name_plural = _("recoveries of accounts")
        ordering = ["-asked_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("recover_account", _("Can remove a lost second factor"))]
        constraints = [
            models.UniqueConstraint(
                name="one_open_recovery_a_person",
                fields=["person"],
                condition=Q(state__in=("asked", "approved")),
            ),
            models.CheckConstraint(
                name="an_approved_recovery_has_its_moment",
                condition=~Q(state__in=("approved", "done")) | Q(effective_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_closed_recovery_has_a_date",
                condition=Q(state__in=("asked", "approved"), closed_at=None)
                | (~Q(state__in=("asked", "approved")) & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}"

    @property
    def is_open(self) -> bool:
        """Say whether it may still come to something."""
        return self.state in (RecoveryState.ASKED, RecoveryState.APPROVED)


class RecoveryApproval(AppendOnlyModel):
    """An administrator made sure, by a second channel, that it is the person who asks."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="approvals")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("how it was made sure"), max_length=300)
    reason = models.CharField(_("reason"), max_length=500)
    approved_at = models.DateTimeField(_("approved"))

    class Meta:
        verbose_name = _("approval of a recovery")
        verbose_name_plural = _("approvals of recoveries")
        ordering = ["pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_approval_an_administrator", fields=["recovery", "approved_by"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.recovery_id}: {self.approved_by_id}"


class PrivilegeReview(AppendOnlyModel):
    """Somebody went through who may do what here, and signed it off (R-64)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed off"), db_index=True)
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("review of privileges")
        verbose_name_plural = _("reviews of privileges")
        ordering = ["-signed_at", "-pk"]
        default_permissions = ("view", "add")

    def __str__(self) -> str:
        return f"{self.signed_at:%Y-%m-%d}"


class PrivilegeReviewLine(AppendOnlyModel):
    """One role of one person as it stood at the review, and what was decided about it."""

    review = models.ForeignKey(PrivilegeReview, on_delete=models.PROTECT, related_name="lines")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(_("who"), max_length=200)
    role = models.CharField(_("role"), max_length=40)
    held_since = models.DateTimeField(_("since"), null=True, blank=True)
    granted_by = models.CharField(_("given by"), max_length=200, blank=True)
    last_sign_in = models.DateTimeField(_("last sign-in"), null=True, blank=True)
    has_second_factor = models.BooleanField(_("second factor"))
    is_kept = models.BooleanField(_("kept"))
    remark = models.CharField(_("remark"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("line of a review of privileges")
        verbose_name_plural = _("lines of reviews of privileges")
        ordering = ["person_name", "person", "role"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_line_a_person_and_role", fields=["review", "person", "role"]
            ),
            models.CheckConstraint(
                name="a_role_is_taken_with_a_remark", condition=Q(is_kept=True) | ~Q(remark="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_name}: {self.role}"


class SignupDomainQuerySet(models.QuerySet["SignupDomain"]):
    """Domains whose addresses may ask for an account."""

    def open(self) -> "SignupDomainQuerySet":
        """Return those that admit today."""
        return self.filter(ended_at=None)


class SignupDomain(models.Model):
    """Whoever has an address of this domain may ask for an account without an invitation."""

    domain = models.CharField(_("domain"), max_length=253)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, verbose_name=_("institution")
    )
    reason = models.CharField(_("reason"), max_length=500)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"))
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = SignupDomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain that may sign up")
        verbose_name_plural = _("domains that may sign up")
        ordering = ["domain", "-pk"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                name="one_open_domain", fields=["domain"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="a_domain_is_in_lower_case", condition=Q(domain=Lower("domain"))
            ),
            models.CheckConstraint(
                name="an_ended_domain_has_a_date_and_a_person",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class SignupState(models.TextChoices):
    """What became of an account that was asked for."""

    WAITING = "waiting", _("waiting for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")


SIGNUP_LIFECYCLE = Lifecycle(
    {
        SignupState.WAITING: frozenset({SignupState.ACCEPTED, SignupState.DECLINED}),
        SignupState.DECLINED: frozenset({SignupState.ACCEPTED}),
    }
)


class SignupRequestQuerySet(models.QuerySet["SignupRequest"]):
    """Accounts that were asked for."""

    def confirmed(self) -> "SignupRequestQuerySet":
        """Return those whose address is known to be the person's."""
        return self.filter(person__emailaddress__primary=True, person__emailaddress__verified=True)

    def waiting(self) -> "SignupRequestQuerySet":
        """Return those that somebody should answer."""
        return self.confirmed().filter(state=SignupState.WAITING)


class SignupRequest(models.Model):
    """Somebody opened an account by the address of an institution, and waits to be let in."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="signup_request")
    domain = models.ForeignKey(SignupDomain, on_delete=models.PROTECT, related_name="requests")
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(
        _("state"), max_length=10, choices=SignupState.choices, default=SignupState.WAITING
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("answered"), null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)

    objects = SignupRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("account that was asked for")
        verbose_name_plural = _("accounts that were asked for")
        ordering = ["asked_at", "pk"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                name="an_answered_signup_has_a_date_and_a_person",
                condition=Q(state="waiting", decided_at=None, decided_by=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_declined_signup_has_a_reason",
                condition=~Q(state="declined") | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}"


class MergeState(models.TextChoices):
    """Where the merging of two accounts stands."""

    PROPOSED = "proposed", _("waits for a second person")
    MERGED = "merged", _("merged")
    REFUSED = "refused", _("refused")
    UNDONE = "undone", _("undone")


MERGE_LIFECYCLE = Lifecycle(
    {
        MergeState.PROPOSED: frozenset({MergeState.MERGED, MergeState.REFUSED}),
        MergeState.MERGED: frozenset({MergeState.UNDONE}),
    }
)


class AccountMerge(models.Model):
    """Two accounts of one person: which stays, who says so and why, and who confirmed it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    survivor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="merges_as_survivor")
    absorbed = models.ForeignKey(User, on_delete=models.PROTECT, related_name="merges_as_absorbed")
    reason = models.TextField(_("reason"), max_length=2000)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    state = models.CharField(
        _("state"), max_length=10, choices=MergeState.choices, default=MergeState.PROPOSED
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    was_active = models.BooleanField(_("was active before"), default=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undo_reason = models.TextField(_("why it was undone"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("merging of two accounts")
        verbose_name_plural = _("mergings of accounts")
        ordering = ["-proposed_at", "-pk"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                name="an_account_is_merged_once",
                fields=["absorbed"],
                condition=Q(state__in=("proposed", "merged")),
            ),
            models.CheckConstraint(
                name="two_accounts_are_merged", condition=~Q(survivor=F("absorbed"))
            ),
            models.CheckConstraint(
                name="a_merge_is_decided_by_a_second_person",
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (
                    ~Q(state="proposed")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(
                name="an_undone_merge_says_why",
                condition=~Q(state="undone")
                | (Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undo_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed} → {self.survivor}"

    @property
    def is_open(self) -> bool:
        """Say whether a second person has to decide."""
        return self.state == MergeState.PROPOSED
