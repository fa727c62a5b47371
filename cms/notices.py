"""Wagtail's own messages about reviews stay unsent.

They would be sent one by one inside the transaction of the review, where a slow mail server keeps
the reviewer waiting and the database locked. The dashboard shows each person what waits for them.
"""

from wagtail.admin import signal_handlers


def send_no_mail_from_reviews() -> None:
    """Let Wagtail's notifiers handle nothing; called once, when the application starts."""
    for notifier in (
        signal_handlers.task_submission_email_notifier,
        signal_handlers.workflow_submission_email_notifier,
        signal_handlers.workflow_approval_email_notifier,
        signal_handlers.workflow_rejection_email_notifier,
    ):
        notifier.valid_classes = ()
