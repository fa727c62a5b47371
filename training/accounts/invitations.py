"""The invitation that a visitor holds, kept in the session while they sign up."""

from django.http import HttpRequest
from django.utils import timezone

from training.accounts.models import Invitation

_KEY = "invitation"


def hold(request: HttpRequest, invitation: Invitation) -> None:
    """Remember the invitation by which the visitor came."""
    request.session[_KEY] = str(invitation.uuid)


def invitation_in(request: HttpRequest) -> Invitation | None:
    """Return the visitor's invitation while it may still be accepted."""
    held = request.session.get(_KEY)
    if held is None:
        return None
    return Invitation.objects.pending(timezone.now()).filter(uuid=held).first()


def let_go(request: HttpRequest) -> None:
    """Forget the invitation."""
    request.session.pop(_KEY, None)
