"""The words that search finds, and those it knows."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0006_proposals")]

    operations = []
