from django.urls import path

from training.accounts.views import set_language

urlpatterns = [path("", set_language, name="set_language")]
