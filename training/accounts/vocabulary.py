"""Strings of allauth whose Spanish we say with usted: listed so that our catalogue carries them."""

from django.utils.translation import gettext_noop

ALLAUTH_STRINGS = (
    gettext_noop("A user is already registered with this email address."),
    gettext_noop("Backup key"),
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop(
        "Enabling passwordless operation allows you to sign in using just this key, but imposes "
        "additional requirements such as biometrics or PIN protection."
    ),
    gettext_noop("Invalid login."),
    gettext_noop("Key nr. {number}"),
    gettext_noop("Master key"),
    gettext_noop("Passwordless"),
    gettext_noop("Please select only one."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("This account is currently inactive."),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use your password"),
    gettext_noop(
        "You cannot activate two-factor authentication until you have verified your email address."
    ),
    gettext_noop(
        "You cannot add an email address to an account protected by two-factor authentication."
    ),
    gettext_noop("You cannot deactivate two-factor authentication."),
    gettext_noop(
        "You cannot generate recovery codes without having two-factor authentication enabled."
    ),
    gettext_noop("Your primary email address must be verified."),
)
