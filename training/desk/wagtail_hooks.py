from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import DismissibleMenuItem, MenuItem
from wagtail.admin.ui.components import Component

from training.desk.applications import ANSWER
from training.desk.changes import ANSWER as ANSWER_CHANGE
from training.desk.merges import MERGES
from training.desk.panels import DecisionsPanel, WeekPanel
from training.desk.progress import SEE_COHORT_PROGRESS, SEE_ENROLLMENTS
from training.desk.views import ISSUE, SEE_RECORDS


class RightfulMenuItem(MenuItem):
    """A menu item for whoever holds a right."""

    def __init__(self, *args: object, right: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.right = right

    def is_shown(self, request: HttpRequest) -> bool:
        """Say whether the person may go there."""
        return request.user.has_perm(self.right)


@hooks.register("register_admin_urls")
def register_desk() -> list[URLResolver]:
    """Put the desk into the admin."""
    return [path("desk/", include("training.desk.urls"))]


@hooks.register("register_admin_menu_item")
def register_learners() -> MenuItem:
    """Lead to the learners."""
    return RightfulMenuItem(
        _("Learners"),
        reverse("desk:learners"),
        name="learners",
        icon_name="user",
        order=210,
        right=SEE_RECORDS,
    )


@hooks.register("register_admin_menu_item")
def register_awaiting() -> MenuItem:
    """Lead to what waits for a decision."""
    return RightfulMenuItem(
        _("Awaiting a decision"),
        reverse("desk:awaiting"),
        name="awaiting",
        icon_name="tasks",
        order=205,
        right=ISSUE,
    )


@hooks.register("register_admin_menu_item")
def register_applications() -> MenuItem:
    """Lead to the applications."""
    return RightfulMenuItem(
        _("Applications"),
        reverse("desk:applications"),
        name="applications",
        icon_name="mail",
        order=207,
        right=ANSWER,
    )


@hooks.register("register_admin_menu_item")
def register_cohorts() -> MenuItem:
    """Lead to the progress of the cohorts that one guides."""
    return RightfulMenuItem(
        _("My cohorts"),
        reverse("desk:cohorts"),
        name="cohort-progress",
        icon_name="group",
        order=208,
        right=SEE_COHORT_PROGRESS,
    )


@hooks.register("register_reports_menu_item")
def register_enrollments() -> MenuItem:
    """Lead to all enrollments."""
    return RightfulMenuItem(
        _("Enrollments"),
        reverse("desk:enrollments"),
        name="enrollments",
        icon_name="list-ul",
        order=100,
        right=SEE_ENROLLMENTS,
    )


@hooks.register("register_reports_menu_item")
def register_progress() -> MenuItem:
    """Lead to how far everybody has come."""
    return RightfulMenuItem(
        _("Progress"),
        reverse("desk:progress"),
        name="progress",
        icon_name="history",
        order=110,
        right=SEE_ENROLLMENTS,
    )


@hooks.register("register_reports_menu_item")
def register_exports() -> MenuItem:
    """Lead to the files that one asked for."""
    return MenuItem(
        _("My exports"),
        reverse("desk:exports"),
        name="exports",
        icon_name="download",
        order=900,
    )


@hooks.register("register_admin_menu_item")
def register_changes() -> MenuItem:
    """Lead to the requests about courses."""
    return RightfulMenuItem(
        _("Requests"),
        reverse("desk:changes"),
        name="changes",
        icon_name="history",
        order=209,
        right=ANSWER_CHANGE,
    )


@hooks.register("register_admin_menu_item")
def register_merges() -> MenuItem:
    """Lead to the accounts that were merged."""
    return RightfulMenuItem(
        _("Merged accounts"),
        reverse("desk:merges"),
        name="merges",
        icon_name="group",
        order=252,
        right=MERGES,
    )


@hooks.register("construct_help_menu")
def leave_out_news_of_wagtail(request: HttpRequest, items: list[MenuItem]) -> None:
    """Keep what helps at work; the news of Wagtail are for whoever maintains the site."""
    items[:] = [item for item in items if not isinstance(item, DismissibleMenuItem)]


@hooks.register("construct_homepage_panels")
def open_with_decisions(request: HttpRequest, panels: list[Component]) -> None:
    """Open the dashboard with what waits, and the week's figures after it."""
    panels += [DecisionsPanel(), WeekPanel()]
