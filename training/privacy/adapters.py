"""What allauth asks of us, with the privacy notice between signing in and going on."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from training.accounts.adapters import AccountAdapter
from training.accounts.models import User
from training.privacy.queries import current_version, was_shown


class NoticingAccountAdapter(AccountAdapter):
    """Leads whoever has not been shown the notice in force past it, once at each sign-in."""

    def post_login(
        self, request: HttpRequest, user: User, *, signup: bool, **kwargs: Any
    ) -> HttpResponse:
        """Ask to read the notice first; nothing else is closed meanwhile."""
        response = super().post_login(request, user, signup=signup, **kwargs)
        version = current_version()
        if not isinstance(response, HttpResponseRedirect) or version is None:
            return response
        if was_shown(person=user, version=version):
            return response
        return HttpResponseRedirect(
            f"{reverse('privacy:read')}?{urlencode({'next': response.url})}"
        )
