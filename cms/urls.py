from django.urls import path

from cms import views

app_name = "cms"
urlpatterns = [
    path("<uuid:enrollment>/", views.resume, name="resume"),
    path("<uuid:enrollment>/<str:key>/", views.lesson, name="lesson"),
    path("<uuid:enrollment>/<str:key>/done/", views.lesson_done, name="lesson_done"),
]
