"""What lies in a ward is found by an index: its total is of all that was ever done there."""

from tortoise import migrations

from commonweal.store.operations import SpatialIndex


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0035_expenses")]

    operations = [SpatialIndex("opportunity", "shown_location", geography=False)]
