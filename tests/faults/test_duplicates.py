"""L5 over HTTP: two processes serve one database, and one key comes to both, many times at once."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.load import accounts_in, connected, on_real_time, running

AT_ONCE = 64


@pytest.mark.parametrize("path", ["/once", "/teller"])
async def test_l5_of_sixty_four_with_one_key_at_two_services_one_is_applied(
    database_url: str, tmp_path: Path, path: str
) -> None:
    await on_real_time(database_url)
    shop, ann, *_ = await accounts_in(database_url)
    given = {"key": "k1", "debit": ann, "credit": shop, "amount": 10}
    files = tmp_path / "files"
    async with running(database_url, files) as one, running(database_url, files) as other:

        async def pay(port: int) -> tuple[int, int, bool]:
            async with connected(port) as ask:
                status, answer = await ask(path, given)
            return status, answer["id"], answer["replayed"]

        asked = (pay(each.port) for _ in range(AT_ONCE // 2) for each in (one, other))
        done = await asyncio.gather(*asked)
    assert {status for status, _, _ in done} == {200}
    assert len({number for _, number, _ in done}) == 1
    assert sorted(replayed for _, _, replayed in done) == [False] + [True] * (AT_ONCE - 1)
