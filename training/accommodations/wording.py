"""The sentence that a learner agrees to."""

from django.utils.translation import gettext_lazy as _

CONSENT = _(
    "I agree that what I state here is kept and read by the people who decide about it, only so "
    "that I can study on equal terms. I can withdraw this at any time, and what I stated is erased."
)
