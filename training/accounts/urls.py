from django.urls import path

from training.accounts import views

urlpatterns = [
    path("invitation/<str:token>/", views.open_invitation, name="account_invitation"),
    path("login/", views.SignInView.as_view(), name="account_login"),
    path("waiting/", views.waiting, name="account_waiting"),
    path("recovery/", views.ask_recovery, name="account_recovery"),
    path("recovery/stop/<str:token>/", views.stop_recovery, name="account_stop_recovery"),
    path("profile/", views.profile, name="account_profile"),
    path("profile/posts/", views.add_post, name="account_add_post"),
    path("profile/posts/<uuid:uuid>/end/", views.end_post, name="account_end_post"),
]
