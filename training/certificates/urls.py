from django.urls import path

from training.certificates import views

app_name = "certificates"
urlpatterns = [
    path("", views.verify, name="verify"),
    path("<str:code>/", views.verification, name="verification"),
]
