"""The web application, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from training.env import told_in_a_sentence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "training.settings")

with told_in_a_sentence():
    application = get_wsgi_application()
