"""The sentences that stand beside the buttons of consents."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.privacy.models import Purpose

SENTENCES: Mapping[Purpose, Promise] = {
    Purpose.NAME_ON_VERIFICATION: _(
        "Whoever looks up the number of one of my certificates sees my full name; "
        "otherwise only my initials."
    ),
    Purpose.RECORDINGS: _(
        "The organisers may take photographs and recordings of sessions in which I appear, "
        "and use them to report on the course."
    ),
    Purpose.FORUM_POSTS: _(
        "The organisers may use what I write in discussions, without my name, "
        "to improve the course."
    ),
    Purpose.FOLLOW_UP: _(
        "The organisers may write to me three and six months after a course, "
        "to ask what I could apply."
    ),
}
