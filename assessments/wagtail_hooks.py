"""Banks, questions and quizzes in the Wagtail admin."""

from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.admin.ui.tables import (
    Column,
    LocaleColumn,
    TitleColumn,
    UpdatedAtColumn,
)
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.chooser import SnippetChooserViewSet
from wagtail.snippets.views.snippets import (
    PreviewOnEditView,
    SnippetViewSet,
    SnippetViewSetGroup,
)

from assessments.forms import ItemForm, QuizForm
from assessments.lists import SEE_ATTEMPTS, AttemptsView
from assessments.models import Bank, Item, Quiz
from training.desk.wagtail_hooks import RightfulMenuItem

STATES = [
    ("approved", _("approved")),
    ("changed", _("approved, with a newer draft")),
    ("draft", _("draft")),
]


def in_state(queryset: Any, name: str, state: str) -> Any:
    """Return the drafts, the approved ones, or those approved ones that have a newer draft."""
    if state == "draft":
        return queryset.filter(live=False)
    return queryset.filter(live=True, has_unpublished_changes=state == "changed")


def state_of(draftable: Any) -> Any:
    """Return in words how far a question or a quiz is, without asking the database."""
    if not draftable.live:
        return dict(STATES)["draft"]
    return dict(STATES)["changed" if draftable.has_unpublished_changes else "approved"]


class StateColumn(Column):
    """How far a question or a quiz is. Wagtail's own column asks the database for each row."""

    def __init__(self) -> None:
        super().__init__("state", label=_("State"), accessor=state_of)


def competences(*args: Any) -> list[tuple[str, str]]:
    """Return the competences that items name."""
    names = Item.objects.exclude(competence="").order_by("competence")
    return [(name, name) for name in names.values_list("competence", flat=True).distinct()]


class ItemFilterSet(WagtailFilterSet):
    """Find questions by what they are about and how far they are."""

    competence = django_filters.ChoiceFilter(label=_("Competence"), choices=competences)
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method=in_state)

    class Meta:
        model = Item
        fields = ["bank", "kind", "difficulty"]


class QuizFilterSet(WagtailFilterSet):
    """Find quizzes by how far they are."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method=in_state)

    class Meta:
        model = Quiz
        fields: list[str] = []


QUESTION = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldPanel("bank"),
                FieldPanel("code"),
                FieldPanel("kind"),
                FieldPanel("stem"),
            ],
            heading=_("Question"),
        ),
        MultiFieldPanel(
            [FieldPanel("options")],
            heading=_("Options"),
            help_text=_(
                "For single choice (one is right), multiple choice (each right one earns a share, "
                "each wrong one takes a share away) and true or false."
            ),
        ),
        MultiFieldPanel(
            [
                FieldPanel("number"),
                FieldPanel("tolerance"),
                FieldPanel("unit"),
                FieldPanel("number_feedback"),
                FieldPanel("wrong_numbers"),
            ],
            heading=_("Number"),
            help_text=_("Only for questions that ask for a number."),
        ),
        FieldPanel("feedback"),
    ],
    heading=_("Question"),
)
CLASSIFICATION = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldPanel("competence"),
                FieldPanel("bloom"),
                FieldPanel("difficulty"),
                FieldPanel("points"),
            ],
            heading=_("What it measures"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("citations"),
                FieldPanel("legal_points"),
                FieldPanel("reviewed_by"),
                FieldPanel("check_by"),
            ],
            heading=_("Law"),
        ),
    ],
    heading=_("Classification and law"),
)


class ReadersChooser(SnippetChooserViewSet):
    """A chooser for whoever may read what it offers; the stock one opens to all staff."""

    def get_urlpatterns(self) -> list[URLPattern]:
        """Ask at each address for the right to look."""
        meta = self.model._meta
        right = f"{meta.app_label}.view_{meta.model_name}"
        guard = permission_required(right, raise_exception=True)
        return [
            path(str(found.pattern), guard(found.callback), name=found.name)
            for found in super().get_urlpatterns()
        ]


class ReviewedPreview(PreviewOnEditView):
    """The preview beside the editor, for whoever the editor opens to; the stock one asks more."""

    def user_has_permission_for_instance(self, permission: str, instance: Any) -> bool:
        """Let in whoever reviews the question now."""
        task = instance.current_workflow_task
        if task is not None and task.user_can_access_editor(instance, self.request.user):
            return True
        return bool(super().user_has_permission_for_instance(permission, instance))

    def user_has_permission(self, permission: str) -> bool:
        """Ask about this question rather than about all."""
        return self.user_has_permission_for_instance(permission, self.object)


class ItemViewSet(SnippetViewSet):
    """Questions."""

    model = Item
    chooser_viewset_class = ReadersChooser
    icon = "help"
    menu_label = _("Questions")
    list_display = [
        TitleColumn(
            "__str__", label=_("Question"), url_name="wagtailsnippets_assessments_item:edit"
        ),
        Column("get_kind_display", label=_("Kind")),
        Column("bank", label=_("Bank")),
        Column("competence", label=_("Competence")),
        Column("get_difficulty_display", label=_("Difficulty")),
        LocaleColumn(),
        StateColumn(),
        UpdatedAtColumn(),
    ]
    list_per_page = 50
    preview_on_edit_view_class = ReviewedPreview
    filterset_class = ItemFilterSet
    copy_view_enabled = False
    edit_handler = TabbedInterface([QUESTION, CLASSIFICATION], base_form_class=ItemForm)

    def get_queryset(self, request: Any) -> Any:
        """Return the questions with what the list shows of them."""
        return Item.objects.select_related("bank")


class QuizViewSet(SnippetViewSet):
    """Quizzes."""

    model = Quiz
    chooser_viewset_class = ReadersChooser
    icon = "list-ol"
    menu_label = _("Quizzes")
    list_display = [
        "name",
        "cut_score",
        "attempts_allowed",
        StateColumn(),
        UpdatedAtColumn(),
    ]
    filterset_class = QuizFilterSet
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("items"),
            MultiFieldPanel(
                [
                    FieldPanel("cut_score"),
                    FieldPanel("attempts_allowed"),
                    FieldPanel("minutes"),
                ],
                heading=_("Terms"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("shuffle_items"),
                    FieldPanel("shuffle_options"),
                    FieldPanel("feedback"),
                ],
                heading=_("What learners see"),
            ),
        ],
        base_form_class=QuizForm,
    )


class BankViewSet(SnippetViewSet):
    """Question banks."""

    model = Bank
    chooser_viewset_class = ReadersChooser
    icon = "folder-open-inverse"
    menu_label = _("Question banks")
    list_display = ["name", "description"]
    panels = [FieldPanel("name"), FieldPanel("description")]


class AssessmentsGroup(SnippetViewSetGroup):
    """What trainers ask."""

    items = (ItemViewSet, QuizViewSet, BankViewSet)
    menu_label = _("Questions and quizzes")
    menu_icon = "help"
    menu_order = 210


register_snippet(AssessmentsGroup)


@hooks.register("register_admin_urls")
def attempts_addresses() -> list[URLPattern]:
    """Add the list of attempts."""
    return [
        path("attempts/", AttemptsView.as_view(), name="attempts"),
        path("attempts/results/", AttemptsView.as_view(results_only=True), name="attempts_results"),
    ]


@hooks.register("register_reports_menu_item")
def register_attempts() -> MenuItem:
    """Lead to the attempts."""
    return RightfulMenuItem(
        _("Attempts at quizzes"),
        reverse("attempts"),
        name="attempts",
        icon_name="list-ol",
        order=120,
        right=SEE_ATTEMPTS,
    )
