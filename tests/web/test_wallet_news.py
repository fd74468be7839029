"""Whoever has a wallet is told of its news, and nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from commonweal.credits.actions_warnings import lapse_credits
from commonweal.store.transaction import Transaction, in_transaction
from tests.credits.making import a_town, a_volunteer
from tests.web.sockets import Endpoint, ready, served
from tests.web.test_subscriptions import listening

NEWS = "subscription { walletChanged { balance available } }"


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Endpoint]:
    async with served(database_url) as app:
        yield app


async def test_a_grant_is_heard_by_whose_wallet_it_comes_into(app: Endpoint) -> None:
    town = await a_town(app.service.database)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    bob, _ = await a_volunteer(town, "bob")
    await ann.does("openWallet", "", schemeId=town.scheme)
    hers, his = ({"authorization": f"Bearer {each.token}"} for each in (ann, bob))
    async with ready(app, hers) as mine, ready(app, his) as other, ready(app) as stranger:
        for client in (mine, other, stranger):
            await listening(client, NEWS)
        assert await town.grants(number, 90) == []
        message = await mine.hears()
        assert message["payload"]["data"]["walletChanged"] == {"balance": 90, "available": 90}
        await other.nothing()
        await stranger.nothing()


async def test_a_lapse_is_heard_although_nobody_did_anything(app: Endpoint) -> None:
    town = await a_town(app.service.database, creditLifetimeDays=30)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    assert await town.grants(number, 90) == []

    async def a_month_later(tx: Transaction) -> int:
        tx.now += timedelta(days=32)
        return await lapse_credits(tx)

    async with ready(app, {"authorization": f"Bearer {ann.token}"}) as mine:
        await listening(mine, NEWS)
        assert await in_transaction(app.service.database, a_month_later) == 1
        message = await mine.hears()
        assert message["payload"]["data"]["walletChanged"] == {"balance": 0, "available": 0}
