"""Addresses: composition only."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from training.accounts.views import to_login
from training.portal import styleguide
from training.portal.views import accessibility, root
from training.privacy.views import notice as privacy_notice

handler400 = "training.portal.views.bad_request"
handler403 = "training.portal.views.permission_denied"
handler404 = "training.portal.views.not_found"
handler500 = "training.portal.views.server_error"

urlpatterns = [
    path("", root, name="root"),
    path("healthz/", include("training.operations.urls")),
    path("language/", include("training.accounts.language_urls")),
    path("privacy/", privacy_notice, name="privacy_notice"),
    path("accounts/privacy/", include("training.privacy.urls")),
    path("accounts/arrangements/", include("training.accommodations.urls")),
    path("accounts/", include("training.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", include("training.accounts.admin_doors")),
    path("admin/", include("cms.admin_doors")),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("my/", include("training.portal.urls")),
    path("accessibility/", accessibility, name="accessibility"),
    path("my/", include("training.study.urls")),
    path("my/", include("training.feedback.urls")),
    path("verify/", include("training.certificates.urls")),
    path("courses/", include("cms.catalogue_urls")),
    path("learn/", include("cms.urls")),
    path("quiz/", include("assessments.urls")),
    path("media/", include("cms.media_urls")),
]
if not settings.IS_PRODUCTION:
    urlpatterns += [
        path("styleguide/", styleguide.styleguide, name="styleguide"),
        path("styleguide/<slug:name>/", styleguide.head, name="styleguide_head"),
    ]
urlpatterns += i18n_patterns(
    path("_util/login/", to_login),  # Wagtail's own lets a person in by password alone
    path("", include(wagtail_urls)),
)
