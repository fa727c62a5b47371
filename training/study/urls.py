from django.urls import path

from training.study import views

app_name = "study"
urlpatterns = [
    path("notes/", views.notes, name="notes"),
    path("notes/download/", views.download, name="download"),
    path("notes/<uuid:enrollment>/<str:key>/", views.note, name="note"),
    path("notes/<uuid:enrollment>/<str:key>/save/", views.save, name="save"),
    path("notice/<uuid:enrollment>/<str:key>/", views.notice, name="notice"),
]
