"""Records outlive what they describe, and facts are written once."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

from training.audit.append_only import AppendOnlyModel

ROOMS = ("training.", "assessments", "cms")
# Not records: what an author or an administrator edits, whose parts go with the whole.
EDITED = {
    "assessments.Item",
    "assessments.Quiz",
    "assessments.QuizItem",
    "cms.GlossaryTerm",
    "cms.HomePage",
    "cms.CoursePage",
    "cms.ModulePage",
    "cms.LessonPage",
    "cms.QuizPage",
    "cms.StandardPage",
}


def own_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=False)
        if model._meta.app_config is not None and model._meta.app_config.name.startswith(ROOMS)
    ]


def foreign_keys() -> Iterator[tuple[str, models.ForeignKey]]:
    for model in own_models():
        for field in model._meta.get_fields():
            is_own = isinstance(field, models.ForeignKey) and field.model is model
            if is_own and model._meta.label not in EDITED:
                yield model._meta.label, field


@pytest.mark.parametrize(
    ("label", "field"), list(foreign_keys()), ids=lambda value: str(getattr(value, "name", value))
)
def test_a_record_protects_what_it_refers_to(label: str, field: models.ForeignKey) -> None:
    assert field.remote_field.on_delete is models.PROTECT, f"{label}.{field.name}"


def append_only_models() -> list[type[models.Model]]:
    return [model for model in own_models() if issubclass(model, AppendOnlyModel)]


def test_the_facts_of_the_house_are_append_only() -> None:
    assert {model._meta.label for model in append_only_models()} >= {
        "audit.Event",
        "catalogue.CourseVersion",
        "catalogue.Activity",
        "progress.Outcome",
        "assessments.ItemVersion",
        "assessments.QuizVersion",
        "cms.LessonVersion",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("model", append_only_models(), ids=lambda model: model._meta.label)
def test_every_append_only_table_has_its_triggers(model: type[models.Model]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [table],
            )
            expected = {f"{table}_append_only", f"{table}_no_truncate"}
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
            )
            expected = {f"{table}_no_update", f"{table}_no_delete"}
        assert expected <= {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_migrations_are_applied_from_the_files() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
