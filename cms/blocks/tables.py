"""Tables, built of lists so that every cell reaches the translators."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock, StructBlockValidationError, TextBlock

from cms.blocks.base import LessonBlock


class Row(StructBlock):
    """One row of a table; its first cell names it."""

    cells = ListBlock(TextBlock(label=_("Cell"), rows=1), label=_("Cells"), min_num=2, max_num=6)

    class Meta:
        icon = "list-ul"
        label = _("Row")
        form_layout = ["cells"]


class ComparisonTable(LessonBlock):
    """Several things set side by side."""

    caption = CharBlock(label=_("Caption"), max_length=200)
    columns = ListBlock(
        CharBlock(label=_("Column"), max_length=120), label=_("Columns"), min_num=2, max_num=6
    )
    rows = ListBlock(Row(), label=_("Rows"), min_num=1)

    def clean(self, value):
        value = super().clean(value)
        columns = len(value["columns"])
        if any(len(row["cells"]) != columns for row in value["rows"]):
            raise StructBlockValidationError(
                block_errors={
                    "rows": ValidationError(_("Each row needs as many cells as there are columns."))
                }
            )
        return value

    def frozen(self, value, notes):
        return {
            "caption": value["caption"],
            "columns": [notes.plain(column) for column in value["columns"]],
            "rows": [[notes.plain(cell) for cell in row["cells"]] for row in value["rows"]],
        }

    class Meta:
        icon = "table"
        label = _("Comparison table")
        description = _("Compares cases, norms or elements; the first column stays in view.")
        template = "cms/blocks/comparison_table.html"
        preview_value = {
            "caption": "El caso, descompuesto",
            "columns": ["Elemento", "Hecho que lo muestra"],
            "rows": [
                {"cells": ["Captar", "Aviso, mensajes y pasaje pagado"]},
                {"cells": ["Medio: engaño", "Salario falso, deuda oculta"]},
            ],
        }
