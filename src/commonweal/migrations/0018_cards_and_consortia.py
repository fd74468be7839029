"""Nothing yet."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0017_saved_searches")]

    operations = []
