"""Migrate one database and give each test process a copy of it: migrating takes half a minute.

`python -m tests.migrated PROCESSES` works on DATABASE_URL, SQLite or PostgreSQL; SQLite's file is
copied by `tests.settings`, which finds it at TEST_TEMPLATE.
"""

import gc
import os
import sys
from urllib.parse import urlsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql


def main(processes: int) -> None:
    """Migrate, then copy as often as there are processes."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "training.settings"
    django.setup()
    gc.disable()  # migrating makes classes by the ten thousand
    call_command("migrate", verbosity=0)
    connection.close()
    if connection.vendor == "postgresql":
        address = os.environ["DATABASE_URL"]
        for number in range(processes):
            copy(address, f"test_{connection.settings_dict['NAME']}_gw{number}")


def copy(address: str, name: str) -> str:
    """Make a copy of the PostgreSQL database at an address on its server; return where it is.

    A database is copied only while nobody is connected to it.
    """
    at = urlsplit(address)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(at.path.removeprefix("/"))
    )
    with psycopg.connect(at._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(statement)
    return at._replace(path=f"/{name}").geturl()


if __name__ == "__main__":
    main(int(sys.argv[1]))
