"""Files kept on this machine; with an object storage their addresses are elsewhere."""

from django.urls import path

from cms import views

urlpatterns = [path("<str:folder>/<str:name>", views.picture)]
