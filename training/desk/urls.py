from django.urls import path

from training.desk import views

app_name = "desk"
urlpatterns = [
    path("learners/", views.LearnersView.as_view(), name="learners"),
    path(
        "learners/results/",
        views.LearnersView.as_view(results_only=True),
        name="learners_results",
    ),
    path("learners/<uuid:uuid>/", views.PersonView.as_view(), name="person"),
    path("awaiting/", views.AwaitingView.as_view(), name="awaiting"),
    path(
        "awaiting/results/",
        views.AwaitingView.as_view(results_only=True),
        name="awaiting_results",
    ),
    path("awaiting/<uuid:uuid>/issue/", views.IssueView.as_view(), name="issue"),
    path("certificates/<uuid:uuid>/revoke/", views.RevokeView.as_view(), name="revoke"),
]
