"""Rows that are snapshots: written once but for a few named columns, and never deleted.

The rule stands three times: in the queryset, in the model, and in triggers on both engines.
"""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from training.audit.append_only import AppendOnlyViolation

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_snapshot_change() RETURNS trigger AS $body$
BEGIN
  RAISE EXCEPTION 'append-only snapshot: % on %', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END
$body$ LANGUAGE plpgsql
"""


class SnapshotQuerySet(models.QuerySet[Any]):
    """Rows of which only the columns in `may_change` can be updated, and none deleted."""

    def update(self, **kwargs: Any) -> int:
        _require_changeable(self.model, kwargs)
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never deleted")


class SnapshotModel(models.Model):
    """A record as it was once; its migration adds `MakeSnapshot` with the same `may_change`."""

    may_change: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _require_changeable(type(self), kwargs.get("update_fields") or {"every column"})
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation(f"{type(self).__name__} rows are never deleted")


def _require_changeable(model: type[models.Model], names: Iterable[str]) -> None:
    frozen = sorted(set(names) - getattr(model, "may_change", frozenset()))
    if frozen:
        raise AppendOnlyViolation(f"{model.__name__}: {', '.join(frozen)} never changes")


def trigger_statements(*, vendor: str, table: str, frozen: Collection[str]) -> list[str]:
    """Return the SQL that makes a table refuse DELETE and any change of the frozen columns."""
    if vendor == "postgresql":
        old, new = (", ".join(f'{row}."{name}"' for name in frozen) for row in ("OLD", "NEW"))
        return [
            _POSTGRES_FUNCTION,
            f'CREATE TRIGGER "{table}_frozen" BEFORE UPDATE ON "{table}" FOR EACH ROW '
            f"WHEN (ROW({old}) IS DISTINCT FROM ROW({new})) "
            "EXECUTE FUNCTION refuse_snapshot_change()",
            f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_snapshot_change()",
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_snapshot_change()",
        ]
    if vendor == "sqlite":
        changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in frozen)
        return [
            f'CREATE TRIGGER "{table}_frozen" BEFORE UPDATE ON "{table}" WHEN {changed} '
            f"BEGIN SELECT RAISE(ABORT, 'append-only snapshot: UPDATE on {table}'); END",
            f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only snapshot: DELETE on {table}'); END",
        ]
    raise NotImplementedError(f"snapshot triggers for {vendor}")


def drop_statements(*, vendor: str, table: str) -> list[str]:
    """Return the SQL that removes the triggers of `trigger_statements`."""
    on_table = f' ON "{table}"' if vendor == "postgresql" else ""
    return [
        f'DROP TRIGGER IF EXISTS "{table}_{name}"{on_table}'
        for name in ("frozen", "no_delete", "no_truncate")
    ]


class MakeSnapshot(Operation):
    """Migration operation: the named model's table refuses all changes but those of `may_change`.

    Repeat it after every later change of the table: SQLite drops triggers when it rebuilds one,
    and a new column is frozen only from then on.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, may_change: Collection[str]) -> None:
        self.name = name
        self.may_change = may_change

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: triggers are not part of Django's state."""

    def _run(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState, *, make: bool
    ) -> None:
        options = state.apps.get_model(app_label, self.name)._meta
        vendor, table = editor.connection.vendor, options.db_table
        statements = drop_statements(vendor=vendor, table=table)
        if make:
            unknown = set(self.may_change) - {field.name for field in options.concrete_fields}
            if unknown:
                raise ValueError(f"{self.name} has no {', '.join(sorted(unknown))}")
            frozen = [
                field.column
                for field in options.concrete_fields
                if field.name not in self.may_change
            ]
            statements += trigger_statements(vendor=vendor, table=table, frozen=frozen)
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
        return f"Make {self.name} a snapshot"
