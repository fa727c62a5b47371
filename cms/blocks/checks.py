"""Questions that a reader puts to himself; nothing is marked or kept."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, TextBlock

from cms.blocks.base import LessonBlock
from cms.blocks.text import REFERENCES


class SelfCheck(LessonBlock):
    """A question whose answer opens with its reason and its provision."""

    question = TextBlock(label=_("Question"), rows=3)
    answer = TextBlock(label=_("Answer"), rows=1)
    reason = TextBlock(label=_("Reason"), rows=3, help_text=REFERENCES)
    provision = CharBlock(label=_("Provision"), max_length=250)

    def frozen(self, value, notes):
        return {
            "question": notes.plain(value["question"]),
            "answer": notes.plain(value["answer"]),
            "reason": notes.plain(value["reason"]),
            "provision": value["provision"],
        }

    class Meta:
        icon = "help"
        label = _("Self-check")
        description = _(
            "A question to oneself; the answer opens with the reason and the provision."
        )
        template = "cms/blocks/self_check.html"
        preview_value = {
            "question": "La víctima trabajó un solo día. ¿Hay solo tentativa?",
            "answer": "No. El delito está consumado.",
            "reason": "La explotación es la finalidad, no un resultado que deba producirse.",
            "provision": "Acuerdo Plenario 4-2023, fundamento 8",
        }
