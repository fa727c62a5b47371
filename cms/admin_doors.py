"""Addresses of the Wagtail admin that are ours instead; included before Wagtail's own."""

from django.urls import path
from django.views.decorators.cache import never_cache
from wagtail.admin.auth import require_admin_access

from cms import doors


def _door(route, view):
    return path(route, never_cache(require_admin_access(view)))


urlpatterns = [
    _door("pages/<int:page_to_move_id>/set_position/", doors.set_page_position),
    _door("pages/<int:page_to_move_id>/move/", doors.MovePage.as_view()),
    _door("localize/submit/page/<int:page_id>/", doors.SubmitPage.as_view()),
    _door(
        "localize/submit/snippet/<slug:app_label>/<slug:model_name>/<str:pk>/",
        doors.SubmitSnippet.as_view(),
    ),
    _door("localize/update/<int:translation_source_id>/", doors.UpdateTranslations.as_view()),
    _door("localize/page/<int:page_id>/convert_to_alias/", doors.refused),
    _door("localize/translate/<int:translation_id>/disable/", doors.refused),
    _door("localize/reports/translations/", doors.TranslationsReport.as_view()),
    _door(
        "localize/reports/translations/results/",
        doors.TranslationsReport.as_view(results_only=True),
    ),
    _door(
        "localize/api/snippets/<slug:app_label>/<slug:model_name>/",
        doors.SnippetsApi.as_view({"get": "list"}),
    ),
    _door(
        "localize/api/snippets/<slug:app_label>/<slug:model_name>/<str:pk>/",
        doors.SnippetsApi.as_view({"get": "retrieve"}),
    ),
]
