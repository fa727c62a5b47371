"""Which language a page is in, and who may pass into the Wagtail admin."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from training.accounts.second_factor import (
    FACTORS,
    OWES,
    address_to_pass,
    enrolled_factors,
    has_passed,
    is_exempt,
    owes_a_factor,
)


class LanguageMiddleware(LocaleMiddleware):
    """Choose the page's language: its address, the cookie, the person, the browser, the default."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language for the time of the request."""
        super().process_request(request)
        if not self._has_chosen(request):
            user = get_user(request)
            if user.is_authenticated:
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Tell caches what the language depends on.

        Django sends every 404 to the same address with a language before it. We do so only where
        no address matched: what a view did not find is not found.
        """
        if response.status_code == HTTPStatus.NOT_FOUND and request.resolver_match is not None:
            response.headers.setdefault("Content-Language", translation.get_language())
            return response
        response = super().process_response(request, response)
        if not translation.get_language_from_path(request.path_info):
            patch_vary_headers(response, ("Cookie",))
        return response

    @staticmethod
    def _has_chosen(request: HttpRequest) -> bool:
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        return bool(
            translation.get_language_from_path(request.path_info)
            or cookie in dict(settings.LANGUAGES)
        )


class SecondFactorMiddleware:
    """Refuse the admin unless the person may enter and this session showed a second factor.

    Whoever has a second factor manages it only from a session that showed it: otherwise a stolen
    password would be enough to add a factor of one's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.admin = reverse("wagtailadmin_home")
        self.factors = reverse("mfa_index")
        # What stays open to somebody who first has to set up a new second factor.
        self.always_open = (
            self.factors,
            *map(reverse, ("account_logout", "account_reauthenticate", "set_language")),
            *map(reverse, ("privacy_notice", "operations:health")),
            settings.STATIC_URL,
        )
        self.entrances = frozenset(
            reverse(name)
            for name in (
                "mfa_authenticate",
                "mfa_login_webauthn",
                "mfa_reauthenticate",
                "mfa_reauthenticate_webauthn",
            )
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if self._has_to_set_up(request):
            messages.warning(request, _("Set up a new second factor before you go on."))
            return _send(request, self.factors)
        if path.startswith(self.admin):
            refusal = self._refuse_admin(request)
        elif path.startswith(self.factors) and path not in self.entrances:
            refusal = self._refuse_factors(request)
        else:
            refusal = None
        return refusal or self.get_response(request)

    def _has_to_set_up(self, request: HttpRequest) -> bool:
        """Say whether a lost factor was removed and nothing else comes before a new one."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.session.get(OWES):
            return False
        if request.path_info.startswith(self.always_open) or not request.user.is_authenticated:
            return False
        if owes_a_factor(request.user):
            return True
        del request.session[OWES]
        return False

    def _refuse_admin(self, request: HttpRequest) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated:
            login = f"{reverse('account_login')}?{urlencode({'next': self._back(request)})}"
            return _send(request, login)
        if not user.is_active or not user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied
        if is_exempt(user):
            return None
        enrolled = enrolled_factors(user)
        if not FACTORS & set(enrolled.values()):
            if not _wants_data(request):
                messages.warning(request, _("Set up a second factor to enter the administration."))
            return _send(request, self.factors)
        if has_passed(request, enrolled):
            return None
        return _send(request, address_to_pass(enrolled, then=self._back(request)))

    def _refuse_factors(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        enrolled = enrolled_factors(request.user)
        if not enrolled or has_passed(request, enrolled):
            return None
        then = request.get_full_path() if request.method == "GET" else self.factors
        return _send(request, address_to_pass(enrolled, then=then))

    def _back(self, request: HttpRequest) -> str:
        return request.get_full_path() if request.method == "GET" else self.admin


class WaitingMiddleware:
    """Show whoever waits to be let in the page that explains it, and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.waiting = reverse("account_waiting")
        # What stays open: to leave, to read what is done with one's data, in one's language.
        names = ("account_logout", "set_language", "privacy_notice", "privacy:read")
        self.always_open = (
            self.waiting,
            *map(reverse, (*names, "operations:health")),
            settings.STATIC_URL,
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and not request.path_info.startswith(self.always_open)
            and request.user.is_authenticated
            and request.user.awaits_approval
        ):
            return HttpResponseRedirect(self.waiting)
        return self.get_response(request)


def _wants_data(request: HttpRequest) -> bool:
    headers = request.headers
    return (
        headers.get("X-Requested-With") == "XMLHttpRequest"
        or "HX-Request" in headers
        or headers.get("Accept", "").startswith("application/json")
        or request.content_type == "application/json"
    )


def _send(request: HttpRequest, address: str) -> HttpResponse:
    if _wants_data(request):
        return JsonResponse({"detail": _("Sign in with your second factor.")}, status=403)
    return HttpResponseRedirect(address)
