"""The queue: one Celery application for every room that has tasks."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from training.env import told_in_a_sentence
from training.operations.broker import FILES_SCHEME

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "training.settings")
TRANSPORT_ALIASES[FILES_SCHEME] = "training.operations.transport:Transport"

app = Celery("training")
with told_in_a_sentence():
    app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
