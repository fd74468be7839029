"""What those who listen are told."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0007_words")]

    operations = []
