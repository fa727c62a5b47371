"""Migrate one database and give each test process a copy of it: migrating takes half a minute.

`python -m tests.migrated PROCESSES` works on DATABASE_URL, SQLite or PostgreSQL; SQLite's file is
copied by `tests.settings`, which finds it at TEST_TEMPLATE.
"""

import os
import sys

import django
from django.core.management import call_command
from django.db import connection


def main(processes: int) -> None:
    """Migrate, then copy as often as there are processes."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "training.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    template = connection.settings_dict["NAME"]
    is_postgresql = connection.vendor == "postgresql"
    connection.close()
    if is_postgresql:
        # A database is copied only while nobody is connected to it.
        with connection._nodb_cursor() as cursor:
            for number in range(processes):
                cursor.execute(
                    f'CREATE DATABASE "test_{template}_gw{number}" TEMPLATE "{template}"'
                )


if __name__ == "__main__":
    main(int(sys.argv[1]))
