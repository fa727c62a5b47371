"""The glossary: what the words of the law mean, told once for all lessons."""

from collections.abc import Iterable

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    TranslatableMixin,
    WorkflowMixin,
)
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField, TranslatableField

from cms.freezing import Meaning
from cms.models.authorship import approvals_of, content_digest
from cms.models.parts import NotApproved


class GlossaryTermQuerySet(models.QuerySet):
    """Terms, and what was approved of them."""

    def approved_in(self, language: str) -> "GlossaryTermQuerySet":
        """Return the terms that learners see in a language, with what they see of them."""
        return self.filter(
            live=True, live_revision__isnull=False, locale__language_code=language
        ).select_related("live_revision")


class GlossaryTerm(
    PreviewableMixin,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    TranslatableMixin,
    index.Indexed,
    models.Model,
):
    """A term with its short definition; published only by a finished review, in each language."""

    code = models.CharField(
        _("code"),
        max_length=60,
        validators=[RegexValidator(r"^[\w-]+$", _("Letters, digits and hyphens only."))],
        help_text=_(
            "What lessons refer to it with, e.g. consentimiento for [[termino:consentimiento]]. "
            "Lessons lose their reference when it changes."
        ),
    )
    term = models.CharField(_("term"), max_length=120)
    definition = models.TextField(
        _("short definition"),
        max_length=600,
        help_text=_("One or two sentences in plain words, of at most 600 characters."),
    )
    provision = models.CharField(
        _("provision it comes from"), max_length=200, help_text=_("E.g. Penal Code, art. 129-A.")
    )

    objects = GlossaryTermQuerySet.as_manager()

    translatable_fields = [
        TranslatableField("term"),
        TranslatableField("definition"),
        TranslatableField("provision"),
        SynchronizedField("code", overridable=False),
    ]
    search_fields = [
        index.SearchField("term", boost=2),
        index.AutocompleteField("term"),
        index.AutocompleteField("code"),
        index.SearchField("definition"),
        index.FilterField("live"),
        index.FilterField("locale"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("term of the glossary")
        verbose_name_plural = _("glossary")
        ordering = ["term"]
        constraints = [
            models.UniqueConstraint(
                name="one_term_a_code_and_language",
                fields=["code", "locale"],
                violation_error_message=_("Another term has this code already: choose another."),
            )
        ]

    def __str__(self) -> str:
        return self.term

    def publish(self, revision, *args, **kwargs):
        """Publish a revision; raise NotApproved unless its very text has been approved."""
        digest = content_digest(revision.content)
        if not approvals_of(self).filter(digest=digest).exists():
            raise NotApproved(str(self))
        return super().publish(revision, *args, **kwargs)

    @property
    def approved_meaning(self) -> Meaning:
        """Return what was approved; wagtail-localize saves drafts straight into the row."""
        told = self.live_revision.content
        return Meaning(
            code=self.code,
            term=told["term"],
            definition=told["definition"],
            provision=told["provision"],
        )

    @property
    def drafted_meaning(self) -> Meaning:
        """Return what the term says as it is in memory."""
        return Meaning(
            code=self.code,
            term=self.term,
            definition=self.definition,
            provision=self.provision,
        )

    def get_preview_template(self, request, mode_name):
        return "cms/term_preview.html"

    def get_preview_context(self, request, mode_name):
        return super().get_preview_context(request, mode_name) | {"meaning": self.drafted_meaning}


def approved_meanings(codes: Iterable[str], *, language: str) -> dict[str, Meaning]:
    """Return what a second person approved of some terms in a language, by code."""
    terms = GlossaryTerm.objects.approved_in(language).filter(code__in=set(codes))
    return {term.code: term.approved_meaning for term in terms}


def drafted_meanings(codes: Iterable[str], *, language: str) -> dict[str, Meaning]:
    """Return the latest drafts of some terms in a language, for an author's preview."""
    terms = GlossaryTerm.objects.filter(code__in=set(codes), locale__language_code=language)
    return {
        term.code: term.get_latest_revision_as_object().drafted_meaning
        for term in terms.select_related("latest_revision")
    }
