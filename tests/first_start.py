"""The first start, made once on each engine for all tests: it takes half a minute each time.

`python -m tests.first_start PROCESSES` works on the environment of a product that has not started
yet. It migrates, gives each test process a copy of the still empty database, then loads the
demonstration as `make run` does. SQLite's copy is a file at TEST_TEMPLATE, which `tests.settings`
takes; the product's folder and database are found again by `tests.product`.
"""

import gc
import os
import shutil
import sys
from urllib.parse import urlsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql


def main(processes: int) -> None:
    """Migrate, keep that for the tests, load the demonstration."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "training.settings"
    django.setup()
    gc.disable()  # migrating makes classes by the ten thousand
    call_command("migrate", verbosity=0)
    connection.close()
    if connection.vendor == "postgresql":
        address = os.environ["DATABASE_URL"]
        for number in range(processes):
            copy(address, f"test_{connection.settings_dict['NAME']}_gw{number}")
        call_command("load_demonstration")  # the static files are those of the other engine
    else:
        shutil.copy(connection.settings_dict["NAME"], os.environ["TEST_TEMPLATE"])
        call_command("prepare", demonstration=True)
    connection.close()  # PostgreSQL's is copied again


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
