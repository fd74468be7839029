"""Nothing yet."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0014_passkeys")]

    operations = []
