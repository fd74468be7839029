"""A token as a cookie: how it is set, what ends it, and what no other site can do with it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from starlette.applications import Starlette

from commonweal.people.queries import viewer_of
from commonweal.people.rules import SESSION_DAYS
from commonweal.people.tables import AccessToken, Person
from commonweal.store.database import Database
from commonweal.web.app import application
from commonweal.web.sessions import COOKIE
from commonweal.web.settings import Settings
from tests.people.signing import code_for, signed_in
from tests.web.sockets import connected, ready

ANN, EVE = "ann@example.org", "eve@example.org"
ME = {"query": "{ me { email } }"}
CHANGE = {"query": 'mutation { reviseMe(input: {name: "Mallory"}) { me { name } } }'}
ELSEWHERE = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


@dataclass(frozen=True)
class Browser:
    """The application, and somebody who keeps no cookies by themselves."""

    app: Starlette
    http: httpx2.AsyncClient

    @property
    def database(self) -> Database:
        database: Database = self.app.state.readiness.database()
        return database

    async def token(self, email: str = ANN) -> str:
        return (await signed_in(self.database, email)).token

    async def session(self, method: str = "POST", **headers: str) -> httpx2.Response:
        return await self.http.request(method, "/session", headers=headers)

    async def named(self) -> str | None:
        """What Ann is called by now."""
        return (await Person.get(email=ANN)).name

    async def email(self, **headers: str) -> str | None:
        """Whom they are taken for."""
        answer = await self.http.post("/graphql", json=ME, headers=headers)
        assert answer.status_code == 200, answer.text
        me = answer.json()["data"]["me"]
        return str(me["email"]) if me else None


@pytest.fixture
async def browser(database_url: str) -> AsyncIterator[Browser]:
    app = application(Settings(database_url=database_url, log_level="error"), worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield Browser(app, http)


def cookie(token: str) -> str:
    return f"{COOKIE}={token}"


async def test_the_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts(
    browser: Browser,
) -> None:
    token = await browser.token()
    answer = await browser.session(authorization=f"Bearer {token}")
    assert (answer.status_code, answer.content) == (204, b"")
    [given] = answer.headers.get_list("set-cookie")
    pair, *flags = given.split("; ")
    assert pair == f"__Host-session={token}"
    assert sorted(flags) == [
        "HttpOnly", f"Max-Age={SESSION_DAYS.value * 86_400}", "Path=/", "SameSite=Lax", "Secure",
    ]  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"
    assert await browser.email(cookie=pair) == ANN


async def test_only_the_header_makes_a_cookie_whatever_else_is_sent(browser: Browser) -> None:
    """Else another site could sign a reader in as somebody else, or go on with an old cookie."""
    token = await browser.token()
    tries = [
        await browser.session(),
        await browser.session(cookie=cookie(token)),
        await browser.http.post("/session", data={"token": token, "authorization": token}),
        await browser.http.post("/session", json={"authorization": f"Bearer {token}"}),
        await browser.http.post(f"/session?authorization=Bearer%20{token}"),
    ]
    for answer in tries:
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["code"] == "SIGN_IN_NEEDED"
        assert "set-cookie" not in answer.headers
    for given in ("Bearer cw_none", f"Basic {token}", token, "Bearer"):
        answer = await browser.session(authorization=given)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


async def test_the_header_is_who_asks_also_where_a_cookie_says_another(browser: Browser) -> None:
    ann, eve = await browser.token(), await browser.token(EVE)
    both = {"authorization": f"Bearer {eve}", "cookie": cookie(ann)}
    assert await browser.email(**both) == EVE
    answer = await browser.session(**both)
    assert answer.headers["set-cookie"].startswith(cookie(eve) + ";")
    over = {"authorization": "Bearer cw_none", "cookie": cookie(ann)}
    assert (await browser.http.post("/graphql", json=ME, headers=over)).status_code == 401


@pytest.mark.parametrize("by", ["cookie", "authorization"])
async def test_deleting_ends_the_token_in_the_browser_and_here(browser: Browser, by: str) -> None:
    token, other = await browser.token(), await browser.token()
    how = {"cookie": cookie(token), "authorization": f"Bearer {token}"}
    answer = await browser.session("DELETE", **{by: how[by]})
    assert answer.status_code == 204
    [given] = answer.headers.get_list("set-cookie")
    assert given.startswith(f"{COOKIE}=; Max-Age=0; ")
    assert await viewer_of(browser.database, token) is None
    assert await browser.email(cookie=cookie(token)) is None
    assert await browser.email(cookie=cookie(other)) == ANN


async def test_deleting_without_a_session_forgets_the_cookie_and_ends_nobodys(
    browser: Browser,
) -> None:
    await browser.token()
    for headers in ({}, {"cookie": cookie("cw_none")}):
        answer = await browser.session("DELETE", **headers)
        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]
    assert await AccessToken.all().count() == 1


async def test_a_cookie_that_is_over_makes_a_stranger_of_its_bearer(browser: Browser) -> None:
    """Of a header it is refused; but a browser sends its cookie until it is told otherwise."""
    token = await browser.token()
    await AccessToken.all().delete()
    assert await browser.email(cookie=cookie(token)) is None
    public = {"query": "{ search { totalCount } }"}
    answer = await browser.http.post("/graphql", json=public, headers={"cookie": cookie(token)})
    assert answer.json() == {"data": {"search": {"totalCount": 0}}}
    assert (await browser.session(authorization=f"Bearer {token}")).status_code == 401


async def test_other_methods_and_paths_are_refused_and_set_nothing(browser: Browser) -> None:
    token = await browser.token()
    for method in ("GET", "HEAD", "PUT", "PATCH", "OPTIONS"):
        answer = await browser.session(method, authorization=f"Bearer {token}")
        assert answer.status_code == 405, method
        assert answer.headers["allow"] == "POST, DELETE"
        assert "set-cookie" not in answer.headers
    assert await browser.email(authorization=f"Bearer {token}") == ANN


async def test_signing_in_gives_a_token_of_its_own_whatever_was_brought_along(
    browser: Browser,
) -> None:
    """Fixation: what somebody planted beforehand stays theirs, and is never who signed in."""
    planted = await browser.token(EVE)
    code = await code_for(browser.database, ANN)
    mutation = f'mutation {{ signIn(input: {{email: "{ANN}", code: "{code}"}}) {{ token }} }}'
    answer = await browser.http.post(
        "/graphql", json={"query": mutation}, headers={"cookie": cookie(planted)}
    )
    token = answer.json()["data"]["signIn"]["token"]
    assert token != planted
    assert "set-cookie" not in answer.headers
    assert await browser.email(cookie=cookie(planted)) == EVE
    assert await browser.email(cookie=cookie(token)) == ANN
    assert token != await browser.token()


# ---- other sites ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", None],
)
async def test_a_form_of_another_site_changes_nothing_even_with_the_cookie(
    browser: Browser, content_type: str | None
) -> None:
    """SameSite=Lax keeps the cookie from it already; this holds where a browser does not."""
    bearing = ELSEWHERE | {"cookie": cookie(await browser.token())}
    bearing |= {"content-type": content_type} if content_type else {}
    body = b'{"query": "mutation { reviseMe(input: {name: \\"Mallory\\"}) { me { name } } }"}'
    answer = await browser.http.post("/graphql", content=body, headers=bearing)
    assert answer.status_code == 415
    upload = await browser.http.post("/files", content=body, headers=bearing)
    assert upload.status_code == 405
    assert await browser.named() is None


async def test_a_link_of_another_site_changes_nothing_although_the_cookie_comes_along(
    browser: Browser,
) -> None:
    """SameSite=Lax sends it with a link that is followed: so no GET may change anything."""
    bearing = ELSEWHERE | {"cookie": cookie(await browser.token())}
    answer = await browser.http.get("/graphql", params=CHANGE, headers=bearing)
    assert answer.status_code == 405
    assert (await browser.session("GET", **bearing)).status_code == 405
    assert await browser.named() is None
    assert await browser.email(cookie=bearing["cookie"]) == ANN


async def test_a_script_of_another_site_is_never_let_to_read_with_the_cookie(
    browser: Browser,
) -> None:
    token = await browser.token()
    asking = ELSEWHERE | {
        "access-control-request-method": "POST", "access-control-request-headers": "content-type",
    }  # fmt: skip
    bearing = ELSEWHERE | {"cookie": cookie(token)}
    answers = [
        await browser.http.options("/graphql", headers=asking),
        await browser.http.post("/graphql", json=ME, headers=bearing),
        await browser.http.options("/session", headers=asking | {"cookie": cookie(token)}),
        await browser.session("DELETE", **ELSEWHERE),
        await browser.http.get("/me.json", headers=bearing),
    ]
    for answer in answers:
        # a browser withholds an answer to what was sent with cookies where this is a star
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    preflight = answers[2]
    assert preflight.status_code == 405
    assert "access-control-allow-methods" not in preflight.headers


async def test_the_socket_looks_at_no_cookie(browser: Browser) -> None:
    """Any page may open one, and a browser sends cookies along."""
    bearing = [(b"host", b"localhost"), (b"cookie", cookie(await browser.token()).encode())]
    async with ready(browser.app, headers=bearing) as client:
        client.subscribe("1", ME["query"])
        assert (await client.hears())["payload"] == {"data": {"me": None}}


async def test_who_signed_out_is_nobody_on_an_open_socket_at_once(browser: Browser) -> None:
    token = await browser.token()
    async with ready(browser.app, {"authorization": f"Bearer {token}"}) as client:
        client.subscribe("1", ME["query"])
        assert (await client.hears())["payload"] == {"data": {"me": {"email": ANN}}}
        assert (await client.hears())["type"] == "complete"
        await browser.session("DELETE", cookie=cookie(token))
        client.subscribe("2", ME["query"])
        assert await client.closed() == (4403, "Forbidden")
    async with connected(browser.app) as client:
        await client.heard()
        client.say(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert await client.closed() == (4403, "Forbidden")


# ---- cookies that nobody sets --------------------------------------------------------------------


async def test_of_two_cookies_one_counts_and_never_another_name(browser: Browser) -> None:
    ann, eve = await browser.token(), await browser.token(EVE)
    for name in ("session", "__Secure-session", "__host-session", "__Host-session2", "x"):
        assert await browser.email(cookie=f"{name}={ann}") is None, name
    mixed = f"theme=dark; {cookie(ann)}; session={eve}"
    assert await browser.email(cookie=mixed) == ANN
    assert await browser.email(cookie=f"{cookie(ann)}; {cookie(eve)}") == ANN


@pytest.mark.parametrize(
    "garbage",
    [
        "", ";", "=", "__Host-session", "__Host-session=", "__Host-session==", "a=b;;;c",
        '__Host-session="', "__Host-session=\\x00", "__Host-session=ÿ", "x" * 8_000,
        "__Host-session=cw_" + "A" * 8_000, "a b=c; __Host-session=cw_x; \x7f", "$Version=1; {}",
    ],
)  # fmt: skip
async def test_a_cookie_that_is_none_makes_nobody_and_no_failure(
    browser: Browser, garbage: str
) -> None:
    headers = [(b"cookie", garbage.encode("latin-1")), (b"content-type", b"application/json")]
    for path in ("/graphql", "/session"):
        answer = await browser.http.post(
            path, content=b'{"query": "{ me { email } }"}', headers=headers
        )
        if path == "/session":
            assert answer.status_code == 401
        else:
            assert (answer.status_code, answer.text) == (200, '{"data":{"me":null}}')


async def test_a_cookie_beside_what_cannot_be_read_still_counts(browser: Browser) -> None:
    """Whatever else a site sets, its readers stay signed in."""
    token = await browser.token()
    for beside in ("a[b]=c", 'q="open', "a,b=c", "{}", 'preferences={"a": 1}'):
        assert await browser.email(cookie=f"{beside}; {cookie(token)}") == ANN, beside
