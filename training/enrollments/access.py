"""The pages of this room that the access log watches."""

from django.utils.translation import gettext_lazy as _

from training.kernel.access import watch


def watch_pages() -> None:
    """Have the openings of this room's pages about people kept."""
    watch("cohort:members", title=_("Members of a cohort"))
    watch("cohort:nomination", title=_("Nominations"))
