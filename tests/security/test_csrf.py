"""A page of somebody else's cannot act for its reader (A7)."""

import httpx2
import pytest

MUTATION = b'{"query":"mutation{publish}"}'
ELSEWHERE = {"origin": "https://evil.example", "cookie": "session=stolen"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_or_an_image_changes_nothing(client: httpx2.AsyncClient, method: str) -> None:
    for query in ("mutation{publish}", "query A{title} mutation B{publish}"):
        parameters = {"query": query, "operationName": "B" if "B" in query else ""}
        response = await client.request(method, "/graphql", params=parameters, headers=ELSEWHERE)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "text/plain;charset=utf-8,application/json",
        None,
    ],
)
async def test_what_a_page_may_send_without_asking_is_refused(
    client: httpx2.AsyncClient, content_type: str | None
) -> None:
    headers = ELSEWHERE | ({"content-type": content_type} if content_type else {})
    for body in (MUTATION, b"query=mutation%7Bpublish%7D"):
        response = await client.post("/graphql", content=body, headers=headers)
        assert response.status_code == 415
        assert "data" not in response.json()


async def test_a_page_may_ask_but_never_with_the_cookies_of_its_reader(
    client: httpx2.AsyncClient,
) -> None:
    asking = {"access-control-request-method": "POST", "origin": "https://evil.example"}
    answers = [
        await client.options("/graphql", headers=asking),
        await client.post(
            "/graphql", content=MUTATION, headers=ELSEWHERE | {"content-type": "application/json"}
        ),
    ]
    for answer in answers:
        # Browsers withhold both the cookies and the answer when this is a star.
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_form_in_the_url_of_a_post_is_not_read(client: httpx2.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    url = "/graphql?query=mutation%7Bpublish%7D"
    response = await client.post(url, content=b"{}", headers=headers)
    assert response.status_code == 400
