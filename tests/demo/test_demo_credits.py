"""The demo town has a funded pot, and wallets with a year of history."""

from datetime import timedelta

from commonweal.cli.demo import load
from commonweal.cli.demo_credits import LIFTS, RESIDENTS
from commonweal.credits.tables import Pot, Wallet
from commonweal.kernel.ids import write_id
from commonweal.ledger.tables import Transfer
from commonweal.store.database import Database
from tests.credits.making import sound, wallet_of
from tests.people.signing import signed_in


async def test_the_town_has_a_funded_pot_and_a_year_in_each_wallet(database: Database) -> None:
    await load(database)
    dot = await signed_in(database, "dot@example.org")
    wallet = await wallet_of(dot)
    assert wallet["available"] == wallet["balance"] - 30 > 0, "a gift is on its way"
    said = {movement["what"] for movement in wallet["movements"]}
    assert "Earned: granted from a pot." in said
    assert "Lapsed, and went to the community pot." in said
    assert await Wallet.all().count() == len(RESIDENTS)
    pot = await Pot.get(name="Warm places")
    query = """query($id: ID!) { pot(id: $id) { balance granted reserved
        places { edges { node { minutes people } } } } }"""
    found = (await dot.asks(query, id=write_id("pot", pot.id)))["pot"]
    assert found["balance"] > 0
    assert found["balance"] + found["granted"] == 24_000
    assert found["reserved"] == LIFTS, "a grant waits for a second person"
    [edge] = found["places"]["edges"]
    assert edge["node"] == {"minutes": found["granted"], "people": len(RESIDENTS)}
    now = database.clock.now()
    assert not await Transfer.filter(created_at__gt=now).exists(), "nothing happened tomorrow"
    first = await Transfer.all().order_by("created_at").first()
    assert first
    assert now - first.created_at >= timedelta(days=360)
    await sound(database)
