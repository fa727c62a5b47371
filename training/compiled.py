"""Queries whose SQL is written once a process, and asked again and again with other values.

Django writes a query's SQL anew for each page, from its models; for one that joins five tables,
that takes several times as long as PostgreSQL needs to answer it. What every page asks, and what a
lesson asks, is written once instead.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigAutoField, Expression, Field, QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

R = TypeVar("R")


class Slot(Expression):
    """Stands in a compiled query for a value, a key unless said, that each call gives by name."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field or BigAutoField())
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        """Leave the place open."""
        return "%s", [_Open(self.name, self.output_field)]


@dataclass(frozen=True)
class _Open:
    name: str
    field: "Field[Any, Any]"

    def filled(self, values: dict[str, Any], connection: Any) -> Any:
        return self.field.get_db_prep_value(
            self.field.get_prep_value(values[self.name]), connection
        )


class CompiledQuery(Generic[R]):
    """A query of the default database; `build` returns it with a `Slot` for what differs.

    It returns lists, never a queryset: what is added to it afterwards would not be in its SQL.
    """

    def __init__(self, build: Callable[[], "QuerySet[Any, R]"]) -> None:
        self._build = build
        self._written: tuple[QuerySet[Any, R], SQLCompiler, str, tuple[Any, ...]] | None = None

    def all(self, **values: Any) -> list[R]:
        """Ask with these values, one for each slot, and return the rows."""
        pattern, compiler, sql, places = self._written or self._write()
        connection = connections[DEFAULT_DB_ALIAS]
        filled = tuple(
            place.filled(values, connection) if isinstance(place, _Open) else place
            for place in places
        )
        asked = copy(compiler)
        asked.connection = connection
        asked.as_sql = lambda *_a, **_k: (sql, filled)  # type: ignore[method-assign]
        query = copy(pattern.query)
        query.get_compiler = lambda *_a, **_k: asked  # type: ignore[method-assign]
        rows = pattern.__class__(pattern.model, query=query, using=DEFAULT_DB_ALIAS)
        rows._iterable_class = pattern._iterable_class
        rows._fields = pattern._fields  # type: ignore[attr-defined]
        return list(rows)

    def get(self, **values: Any) -> R | None:
        """Ask for one row; None when there is none, the first when there are more."""
        return next(iter(self.all(**values)), None)

    def one(self, **values: Any) -> R:
        """Ask for the row that is there; raise the model's DoesNotExist when it is not."""
        found = self.get(**values)
        if found is None:
            pattern, *_rest = self._written or self._write()
            raise pattern.model.DoesNotExist
        return found

    def _write(self) -> "tuple[QuerySet[Any, R], SQLCompiler, str, tuple[Any, ...]]":
        pattern = self._build()
        if pattern._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise NotImplementedError("a compiled query is one query")
        query: Query = pattern.query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, places = compiler.as_sql()
        self._written = pattern, compiler, sql, tuple(places)
        return self._written
