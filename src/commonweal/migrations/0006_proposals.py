"""A register that comes again: proposals, and the assets that a row speaks of."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0005_files")]

    operations = []
