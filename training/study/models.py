"""What learners keep beside an activity: notes, bookmarks, and lessons to come back to."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from training.accounts.models import accounts_of


class OwnQuerySet(models.QuerySet[Any]):
    """What somebody keeps, reached through them."""

    def of(self, learner: object) -> "OwnQuerySet":
        """Return what a person keeps, also in accounts merged into theirs."""
        return self.filter(learner__in=accounts_of(learner))

    def beside(self, *, course: object, key: str) -> "OwnQuerySet":
        """Return what is kept beside one activity, whatever the version."""
        return self.filter(course=course, key=key)


class Kept(models.Model):
    """Something kept at a place of an activity: "" is the activity as a whole.

    `place_words` is how the place was called when it was kept; versions come and go.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    course = models.ForeignKey("catalogue.Course", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(_("activity"), max_length=64)
    place = models.CharField(_("place"), max_length=64, blank=True)
    place_words = models.CharField(_("name of the place"), max_length=200, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        abstract = True


class Note(Kept):
    """A private note. Emptied it stays, without words, so that its revisions go on counting."""

    words = models.TextField(_("note"), blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=0)
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_note_a_place", fields=["learner", "course", "key", "place"]
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Bookmark(Kept):
    """A place that a learner wants to find again."""

    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_bookmark_a_place", fields=["learner", "course", "key", "place"]
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class NoticeChoice(models.Model):
    """What a learner chose last when an activity opened with its content notice (R-23)."""

    class Choice(models.TextChoices):
        NOW = "now", _("read now")
        LATER = "later", _("later")

    enrollment = models.ForeignKey(
        "enrollments.Enrollment", on_delete=models.PROTECT, related_name="notice_choices"
    )
    key = models.CharField(_("activity"), max_length=64)
    version = models.PositiveIntegerField(_("version"))
    choice = models.CharField(_("choice"), max_length=5, choices=Choice.choices)
    chosen_at = models.DateTimeField(_("chosen"))

    class Meta:
        verbose_name = _("answer to a content notice")
        verbose_name_plural = _("answers to content notices")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="one_choice_a_notice", fields=["enrollment", "key"])
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.choice}"
