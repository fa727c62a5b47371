from django.urls import path

from cms import views

app_name = "cms"
urlpatterns = [
    path("glossary/", views.glossary, name="glossary"),
    path("<uuid:enrollment>/", views.resume, name="resume"),
    path("<uuid:enrollment>/<str:key>/", views.lesson, name="lesson"),
    path("<uuid:enrollment>/<str:key>/done/", views.lesson_done, name="lesson_done"),
    path("<uuid:enrollment>/<str:key>/files/<str:name>", views.lesson_file, name="lesson_file"),
]
