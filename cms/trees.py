"""The trees of other languages follow the one in the source language.

Signals, for they reach every way in which Wagtail moves or deletes a page. Moves and deletions by
hand in a translated tree are refused before (`cms.wagtail_hooks`, `ReviewedPagePermissions`).
"""

from typing import Any

from django.db.models.signals import post_delete
from wagtail.models import Locale, Page
from wagtail.signals import post_page_move

from cms.models.parts import ReviewedPage, is_in_source_tree


def follow_move(sender: Any, instance: Page, **kwargs: Any) -> None:
    """Move the translations of a moved page under the same parent, in the same order."""
    if is_in_source_tree(instance) and issubclass(instance.specific_class, ReviewedPage):
        parent = instance.get_parent()
        for translated_parent in parent.get_translations():
            _bring_children(parent, translated_parent)


def _bring_children(parent: Page, translated_parent: Page) -> None:
    """Give a translated page the children of its source that are translated, in order."""
    order = [child.translation_key for child in parent.get_children()]
    locale = translated_parent.locale_id
    found = {
        child.translation_key: child
        for child in Page.objects.filter(translation_key__in=order, locale=locale)
    }
    wanted = [found[key].pk for key in order if key in found]
    present = [child.pk for child in translated_parent.get_children()]
    if [pk for pk in present if pk in wanted] == wanted:
        return
    for pk in wanted:
        destination = Page.objects.get(pk=translated_parent.pk)
        Page.objects.get(pk=pk).move(destination, pos="last-child")


def follow_deletion(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Delete the translations of a page that was deleted in the source language."""
    if instance.locale_id == Locale.get_default().pk:
        translations = Page.objects.filter(translation_key=instance.translation_key)
        for page in translations.exclude(locale=instance.locale_id):
            page.delete()


def follow_the_source() -> None:
    """Make translated trees follow; called once, when the application starts."""
    post_page_move.connect(follow_move, dispatch_uid="cms.follow_move")
    for model in ReviewedPage.__subclasses__():
        _follow_deletions_of(model)


def _follow_deletions_of(model: type[ReviewedPage]) -> None:
    for child in model.__subclasses__():
        _follow_deletions_of(child)
    if not model._meta.abstract:
        post_delete.connect(follow_deletion, sender=model, dispatch_uid=f"cms.{model.__name__}")
