"""The web application, for an ASGI server."""

import os

from django.core.asgi import get_asgi_application

from training.env import told_in_a_sentence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "training.settings")

with told_in_a_sentence():
    application = get_asgi_application()
