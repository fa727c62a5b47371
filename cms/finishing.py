"""The function that Wagtail calls when a workflow is finished."""

from typing import Any

from django.utils.module_loading import import_string


def finish(workflow_state: Any, user: Any = None) -> None:
    """Finish a review; see `cms.reviewing.finish_review`.

    By name, for Wagtail imports this module while its own models are still loading.
    """
    import_string("cms.reviewing.finish_review")(workflow_state, user=user)
