from django.urls import path

from training.portal import calendar_views, requests, views

app_name = "portal"
urlpatterns = [
    path("", views.courses, name="courses"),
    path("courses/<uuid:uuid>/", views.course, name="course"),
    path("courses/<uuid:uuid>/name/", views.name, name="name"),
    path("courses/<uuid:uuid>/request/", requests.request_change, name="ask"),
    path("enroll/<uuid:uuid>/", views.enroll, name="enroll"),
    path("waiting/<uuid:uuid>/leave/", views.stop_waiting_for_place, name="stop_waiting_for_place"),
    path("calendar/", calendar_views.calendar, name="calendar"),
    path("calendar/address/", calendar_views.renew, name="calendar_address"),
    path("calendar/reminders/", calendar_views.reminders, name="reminders"),
    path("calendar/<slug:token>.ics", calendar_views.feed, name="calendar_feed"),
    path("record/", views.record, name="record"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<uuid:uuid>/pdf/", views.certificate_pdf, name="certificate_pdf"),
]
