from django.urls import path

from training.desk import applications, changes, cohorts, downloads, lists, merges, views

app_name = "desk"
urlpatterns = [
    path("learners/", views.LearnersView.as_view(), name="learners"),
    path(
        "learners/results/",
        views.LearnersView.as_view(results_only=True),
        name="learners_results",
    ),
    path("learners/<uuid:uuid>/", views.PersonView.as_view(), name="person"),
    path("enrollments/", lists.EnrollmentsView.as_view(), name="enrollments"),
    path(
        "enrollments/results/",
        lists.EnrollmentsView.as_view(results_only=True),
        name="enrollments_results",
    ),
    path("progress/", lists.ProgressView.as_view(), name="progress"),
    path(
        "progress/results/",
        lists.ProgressView.as_view(results_only=True),
        name="progress_results",
    ),
    path("cohorts/", cohorts.CohortsView.as_view(), name="cohorts"),
    path(
        "cohorts/results/",
        cohorts.CohortsView.as_view(results_only=True),
        name="cohorts_results",
    ),
    path("cohorts/<uuid:uuid>/", cohorts.CohortView.as_view(), name="cohort"),
    path("exports/", downloads.ExportsView.as_view(), name="exports"),
    path("exports/<uuid:uuid>/", downloads.ExportFileView.as_view(), name="export"),
    path("awaiting/", views.AwaitingView.as_view(), name="awaiting"),
    path(
        "awaiting/results/",
        views.AwaitingView.as_view(results_only=True),
        name="awaiting_results",
    ),
    path("awaiting/<uuid:uuid>/issue/", views.IssueView.as_view(), name="issue"),
    path("applications/", applications.ApplicationsView.as_view(), name="applications"),
    path(
        "applications/results/",
        applications.ApplicationsView.as_view(results_only=True),
        name="applications_results",
    ),
    path("applications/<uuid:uuid>/", applications.ApplicationView.as_view(), name="application"),
    path("requests/", changes.ChangesView.as_view(), name="changes"),
    path(
        "requests/results/",
        changes.ChangesView.as_view(results_only=True),
        name="changes_results",
    ),
    path("requests/<uuid:uuid>/", changes.ChangeView.as_view(), name="change"),
    path("enrollments/<uuid:uuid>/change/", changes.MakeChangeView.as_view(), name="make_change"),
    path("merges/", merges.MergesView.as_view(), name="merges"),
    path("merges/results/", merges.MergesView.as_view(results_only=True), name="merges_results"),
    path("merges/new/", merges.ChooseView.as_view(), name="merge_choose"),
    path("merges/new/<uuid:first>/<uuid:second>/", merges.ProposeView.as_view(), name="merge_new"),
    path("merges/<uuid:uuid>/", merges.MergeView.as_view(), name="merge"),
    path("certificates/<uuid:uuid>/revoke/", views.RevokeView.as_view(), name="revoke"),
]
