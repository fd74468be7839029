"""The indexes that nearest first walks along."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0009_openings")]

    operations = []
