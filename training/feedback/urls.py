from django.urls import path

from training.feedback import views

app_name = "feedback"
urlpatterns = [path("reports/<uuid:enrollment>/<str:key>/", views.report, name="report")]
