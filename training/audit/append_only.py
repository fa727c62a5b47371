"""Rows that are written once: refused by the model, and by triggers on both engines."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $body$
BEGIN
  RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END
$body$ LANGUAGE plpgsql
"""


class AppendOnlyViolation(Exception):
    """Somebody tried to change or delete a row that is written once."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset of rows that can be added and read, never changed."""

    def update(self, **kwargs: Any) -> int:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never updated")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never deleted")


class AgeingQuerySet(AppendOnlyQuerySet):
    """Rows that are never changed, and go once they are old; the triggers refuse young ones."""

    def remove_oldest(self, *, before: datetime, most: int) -> int:
        """Remove at most so many of the rows from before a moment; return how many."""
        chosen = list(self.filter(at__lt=before).order_by("pk").values_list("pk", flat=True)[:most])
        number, _models = models.QuerySet.delete(self.filter(pk__in=chosen))
        return number


class AppendOnlyModel(models.Model):
    """A fact: inserted once, then read. Its migration adds `MakeAppendOnly`."""

    objects: Any = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyViolation(f"{type(self).__name__} rows are never updated")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation(f"{type(self).__name__} rows are never deleted")


def trigger_statements(*, vendor: str, table: str, kept_days: int | None = None) -> list[str]:
    """Return the SQL that makes a table refuse UPDATE, DELETE and, where it exists, TRUNCATE.

    With `kept_days` DELETE is refused only while a row's `at` is younger than that.
    """
    if vendor == "postgresql":
        forever = (
            f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        ageing = [
            f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f'CREATE TRIGGER "{table}_kept" BEFORE DELETE ON "{table}" FOR EACH ROW '
            f"WHEN (OLD.at > now() - interval '{kept_days} days') "
            "EXECUTE FUNCTION refuse_change()",
        ]
        return [
            _POSTGRES_FUNCTION,
            *([forever] if kept_days is None else ageing),
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    if vendor == "sqlite":
        young = f"WHEN OLD.at > datetime('now', '-{kept_days} days') " if kept_days else ""
        return [
            f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" {condition}'
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} on {table}'); END"
            for verb, condition in (("UPDATE", ""), ("DELETE", young))
        ]
    raise NotImplementedError(f"append-only triggers for {vendor}")


def drop_statements(*, vendor: str, table: str) -> list[str]:
    """Return the SQL that removes the triggers of `trigger_statements`."""
    if vendor == "postgresql":
        return [
            f'DROP TRIGGER IF EXISTS "{table}_{name}" ON "{table}"'
            for name in ("append_only", "kept", "no_truncate")
        ]
    return [f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"' for verb in ("update", "delete")]


class MakeAppendOnly(Operation):
    """Migration operation: the named model's table refuses UPDATE, DELETE and TRUNCATE.

    SQLite drops triggers when a later migration rebuilds the table: repeat the operation there.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, kept_days: int | None = None) -> None:
        self.name = name
        self.kept_days = kept_days

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: triggers are not part of Django's state."""

    def _run(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState, *, make: bool
    ) -> None:
        table = state.apps.get_model(app_label, self.name)._meta.db_table
        vendor = editor.connection.vendor
        statements = drop_statements(vendor=vendor, table=table)
        if make:
            statements += trigger_statements(vendor=vendor, table=table, kept_days=self.kept_days)
        for statement in statements:
            editor.execute(statement, params=None)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Add the triggers."""
        self._run(app_label, schema_editor, to_state, make=True)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Remove the triggers."""
        self._run(app_label, schema_editor, from_state, make=False)

    def describe(self) -> str:
        return f"Make {self.name} append-only"
