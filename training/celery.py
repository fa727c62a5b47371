"""The queue: one Celery application for every room that has tasks."""

import os

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from training.env import told_in_a_sentence
from training.operations.broker import FILES_SCHEME

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "training.settings")
TRANSPORT_ALIASES[FILES_SCHEME] = "training.operations.transport:Transport"

app = Celery("training")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_configure.connect
def read_settings(**kwargs: object) -> None:
    """Let a worker that may not start say why in a sentence."""
    with told_in_a_sentence():
        hasattr(settings, "DEBUG")  # looking at one reads them all
