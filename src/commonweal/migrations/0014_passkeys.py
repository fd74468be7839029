"""Nothing yet."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0013_people")]

    operations = []
