"""Wagtail's own ways to sign in or change a password, all led to ours.

`WAGTAILADMIN_LOGIN_URL` only redirects: a POST to Wagtail's view let a person in by password alone.
"""

from django.urls import path, re_path
from wagtail.admin.auth import require_admin_access

from training.accounts.staff_account import StaffAccountView
from training.accounts.views import to_login, to_password_change, to_password_reset

urlpatterns = [
    path("login/", to_login),
    path("account/", require_admin_access(StaffAccountView.as_view())),
    path("account/change_password/", to_password_change),
    re_path(r"^password_reset/", to_password_reset),
]
