from django.urls import path

from training.accommodations import views

app_name = "accommodations"
urlpatterns = [
    path("", views.home, name="home"),
    path("withdraw/", views.withdraw, name="withdraw"),
]
