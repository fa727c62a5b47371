from django.urls import path

from training.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.home, name="home"),
    path("notice/", views.read, name="read"),
    path("consents/", views.decide, name="decide"),
    path("copy/", views.ask_export, name="ask_export"),
    path("copy/<uuid:uuid>/", views.export, name="export"),
    path("requests/new/", views.ask, name="ask"),
]
