"""`auth.httpx_auth()`: CARTO's token on the requests of `httpx`, with and without `await`."""

import asyncio
import io
import pickle

import httpx
import pytest
import trio
from carto_auth import CartoAuth
from stranger import Stranger


def test_a_client_outlives_its_token(carto, client, sql):
    assert [row["name"] for row in ask(client, sql).json()["rows"]] == ["Madrid", "New York", "Tokyo"]
    carto.expire_tokens()
    answer = ask(client, sql)
    assert answer.status_code == 200
    assert [earlier.status_code for earlier in answer.history] == [401]
    assert len(carto.requests("token")) == 2
    assert "authorization" not in client.headers


def test_fifty_tasks_with_a_dead_token_cause_one_renewal(carto, auth, sql):
    async def run():
        async with httpx.AsyncClient(auth=auth.httpx_auth()) as client:
            assert (await ask(client, sql)).status_code == 200
            carto.expire_tokens()
            answers = await asyncio.gather(*(ask(client, sql) for _ in range(50)))
            return [answer.status_code for answer in answers]

    assert asyncio.run(run()) == [200] * 50
    assert len(carto.requests("token")) == 2


def test_the_loop_goes_on_while_carto_thinks(carto, auth, sql):
    auth.invalidate()
    carto.plan("token", {"delay_ms": 2_000, "then": "none"})

    async def run():
        async with httpx.AsyncClient(auth=auth.httpx_auth()) as client:
            asking, ticks = asyncio.create_task(ask(client, sql)), 0
            while not asking.done():
                await asyncio.sleep(0.01)
                ticks += 1
            return (await asking).status_code, ticks

    status, ticks = asyncio.run(run())
    assert status == 200
    # Blocked, it would be a handful.
    assert ticks > 10


def test_to_make_it_waits_for_nothing(carto):
    carto.browser()
    auth = CartoAuth.from_oauth()
    before = len(carto.requests())
    signer = auth.httpx_auth()
    assert len(carto.requests()) == before

    async def run():
        async with httpx.AsyncClient(auth=signer) as client:
            return (await client.get(f"{carto.api_base_url}/v3/connections")).status_code

    assert asyncio.run(run()) == 200


def test_another_loop_than_asyncios_will_do(carto, auth, sql):
    async def run():
        async with httpx.AsyncClient(auth=auth.httpx_auth()) as client:
            return (await ask(client, sql)).status_code

    assert trio.run(run) == 200


def test_a_401_that_stays_is_told_after_one_more_try(carto, client, sql):
    carto.plan("query", status=401, body={"error": "Token expired"}, always=True)
    assert ask(client, sql).status_code == 401
    assert len(carto.requests("query")) == len(carto.requests("token")) == 2


def test_a_token_that_nothing_can_replace_is_tried_once(carto, sql):
    auth = CartoAuth.from_token(carto.api_base_url, "sandbox-made-up").httpx_auth()
    with httpx.Client(auth=auth) as client:
        assert ask(client, sql).status_code == 401
    assert len(carto.requests("query")) == 1


def test_no_other_server_sees_the_token(client):
    with Stranger() as stranger:
        client.get(stranger.url)
        client.get(stranger.url, headers={"Authorization": "Bearer the-callers-own"})
    assert stranger.authorizations == [None, "Bearer the-callers-own"]


@pytest.mark.parametrize("status", [200, 401])
def test_a_redirect_to_another_server_loses_the_token(carto, client, sql, status):
    with Stranger(status) as stranger:
        carto.plan("query", status=302, headers={"location": stranger.url})
        assert ask(client, sql, follow_redirects=True).status_code == status
    assert stranger.authorizations == [None]
    assert len(carto.requests("token")) == 1


def test_a_redirect_within_carto_is_renewed_where_it_leads(carto, client, sql):
    """The first request has been answered: asked again, it could write twice."""
    ask(client, sql)
    carto.expire_tokens()
    carto.plan("api_tokens", status=303, headers={"location": f"{sql}?q=SELECT%201"})
    address = f"{carto.api_base_url}/v3/tokens"
    assert client.post(address, json={}, follow_redirects=True).status_code == 200
    assert len(carto.requests("api_tokens")) == 1
    assert [request.method for request in carto.requests("query")] == ["GET"] * 3


def test_a_body_in_memory_is_sent_again(carto, client, sql):
    client.get(f"{carto.api_base_url}/v3/connections")
    carto.expire_tokens()
    assert client.post(sql, json={"q": "SELECT 1"}).status_code == 200
    assert [request.body for request in carto.requests("query")] == ['{"q":"SELECT 1"}'] * 2


@pytest.mark.parametrize("kind", [io.BytesIO, lambda body: iter([body])], ids=["file", "iterator"])
def test_a_body_that_is_gone_is_not_sent_again_and_the_next_request_has_a_new_token(carto, client, sql, kind):
    ask(client, sql)
    carto.expire_tokens()
    headers = {"Content-Type": "application/json"}
    assert client.post(sql, content=kind(b'{"q": "SELECT 1"}'), headers=headers).status_code == 401
    answer = client.post(sql, content=kind(b'{"q": "SELECT 1"}'), headers=headers)
    assert (answer.status_code, answer.history) == (200, [])


def test_no_half_of_a_form_with_a_file_is_sent(carto, client, sql):
    ask(client, sql)
    carto.expire_tokens()
    answer = client.post(sql, files={"q": io.BytesIO(b"SELECT 1")})
    assert (answer.status_code, answer.history) == (401, [])
    assert [one.method for one in carto.requests("query")] == ["GET", "POST"]


@pytest.mark.parametrize("ways", [("https", "http"), ("http", "https"), ("https", "http", "https")], ids="-".join)
def test_no_redirect_takes_the_token_over_http(auth, ways):
    sent = []

    def redirect(request):
        sent.append((request.url.scheme, request.headers.get("authorization")))
        if len(sent) == len(ways):
            return httpx.Response(401)
        return httpx.Response(302, headers={"location": f"{ways[len(sent)]}://gcp-us-east1.api.carto.com/v3"})

    options = {"auth": auth.httpx_auth(), "transport": httpx.MockTransport(redirect), "follow_redirects": True}
    with httpx.Client(**options) as client:
        assert client.get(f"{ways[0]}://gcp-us-east1.api.carto.com/v3").status_code == 401
    assert [way for way, _ in sent][: len(ways)] == list(ways)
    assert {authorization for way, authorization in sent if way == "http"} == {None}
    assert (sent[0][1] is not None) == (ways[0] == "https")


def test_no_token_is_in_a_repr_or_a_pickle(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file(), use_cache=False)
    signer, token = auth.httpx_auth(), auth.get_access_token()
    pickled = pickle.dumps(signer)
    assert token not in repr(signer)
    assert token.encode() not in pickled
    assert signer == auth.httpx_auth()
    assert signer != auth.requests_auth()
    with httpx.Client(auth=pickle.loads(pickled)) as client:
        assert client.get(f"{carto.api_base_url}/v3/connections").status_code == 200


def test_without_httpx_the_line_to_type_is_told(carto):
    code = """
import sys
sys.modules["httpx"] = None
from carto_auth import CartoAuth
try:
    CartoAuth.from_m2m(sys.argv[1], use_cache=False).httpx_auth()
except ImportError as error:
    print(error)
"""
    done = carto.run(code, carto.credentials_file())
    assert "pip install httpx" in done.stdout, done.stderr


@pytest.fixture
def auth(carto):
    """A job's handle, with nothing on the disk."""
    return CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m, use_cache=False)


@pytest.fixture
def client(auth):
    """A client of a user of `httpx`."""
    with httpx.Client(auth=auth.httpx_auth()) as client:
        yield client


@pytest.fixture
def sql(carto):
    """The address of CARTO's SQL API."""
    return f"{carto.api_base_url}/v3/sql/carto_dw/query"


def ask(client, sql, **options):
    return client.get(sql, params={"q": "SELECT 1"}, **options)
