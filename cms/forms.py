"""What authors fill in besides what Wagtail makes of the models."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from cms.models import Topic


class TopicForm(WagtailAdminModelForm):
    """A topic with its name in each language."""

    class Meta:
        model = Topic
        fields = ["code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, language in settings.LANGUAGES:
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name (%(language)s)") % {"language": language},
                max_length=80,
                initial=self.instance.names.get(code, ""),
            )

    def save(self, commit: bool = True) -> Topic:
        """Keep the names beside the code."""
        self.instance.names = {
            code: self.cleaned_data[f"name_{code}"] for code, _language in settings.LANGUAGES
        }
        return super().save(commit)
