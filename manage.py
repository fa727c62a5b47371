#!/usr/bin/env python
"""Django's command line, for this project."""

import gc
import os
import sys

from django.core.management import execute_from_command_line

from training.env import told_in_a_sentence

if __name__ == "__main__":
    gc.disable()  # all that starting imports lives to the end; OperationsConfig switches it on
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "training.settings")
    with told_in_a_sentence():
        execute_from_command_line(sys.argv)
