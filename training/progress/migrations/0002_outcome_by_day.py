from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("progress", "0001_initial")]

    operations = [
        migrations.AddIndex("outcome", models.Index(fields=["occurred_at"], name="outcome_by_day")),
    ]
