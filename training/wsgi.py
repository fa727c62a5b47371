"""The web application, for gunicorn."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from training.env import told_in_a_sentence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "training.settings")

gc.disable()  # all that starting imports lives to the end; OperationsConfig switches it on
with told_in_a_sentence():
    application = get_wsgi_application()
import_module("training.urls")  # once, before the server makes its processes
gc.freeze()
