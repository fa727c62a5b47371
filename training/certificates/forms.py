"""The one field of the verification page."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from training.certificates.rules import typed_number
from training.kernel.identifiers import BadIdentifier, normalise_code, normalise_registry_number


class VerificationForm(forms.Form):
    """A verification code or a registry number, as somebody typed it."""

    typed = forms.CharField(
        label=_("Verification code or registry number"),
        max_length=80,
        help_text=_("For example 7KQ4-M2ZP-9XHD-3WTB or TIP-2026-000042-62."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean(self) -> dict[str, str]:
        """Set `code` or `number` as printed, or explain why it can be neither."""
        cleaned: dict[str, str] = super().clean() or {}
        typed = cleaned.get("typed")
        if not typed:
            return cleaned
        number = typed_number(typed)
        try:
            if number is None:
                return cleaned | {"code": normalise_code(typed)}
            return cleaned | {"number": normalise_registry_number(number)}
        except BadIdentifier:
            self.add_error("typed", _NOT_A_CODE if number is None else _NOT_A_NUMBER)
        return cleaned


_NOT_A_CODE = ValidationError(
    _(
        "This is neither a code nor a registry number. A code has 16 letters and digits in four "
        "groups; a registry number has a series, a year, six digits and two check digits."
    )
)
_NOT_A_NUMBER = ValidationError(
    _(
        "The last two digits do not fit this number: they are computed from all the others, so "
        "one was misread. Compare it with the paper once more."
    )
)
