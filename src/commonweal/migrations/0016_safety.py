"""Nothing yet."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0015_households")]

    operations = []
