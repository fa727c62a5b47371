"""Addresses of quizzes."""

from django.urls import path

from assessments import views

app_name = "assessments"
urlpatterns = [
    path("attempt/<uuid:uuid>/<int:place>/", views.attempt, name="attempt"),
    path("attempt/<uuid:uuid>/<int:place>/save/", views.save, name="save"),
    path("attempt/<uuid:uuid>/review/", views.review, name="review"),
    path("attempt/<uuid:uuid>/submit/", views.submit, name="submit"),
    path("attempt/<uuid:uuid>/result/", views.result, name="result"),
    path("<uuid:enrollment>/<str:key>/", views.quiz, name="quiz"),
    path("<uuid:enrollment>/<str:key>/start/", views.start, name="start"),
]
