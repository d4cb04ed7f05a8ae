"""`auth.requests_auth()`: CARTO's token on the requests of a `requests.Session`, and on no other."""

import io
import pickle
import threading

import pytest
import requests
from carto_auth import CartoAuth
from carto_auth._http import RequestsAuth, is_cartos
from stranger import Stranger


def test_a_session_asks_carto_without_a_word_on_tokens(auth, session, sql):
    assert [row["name"] for row in ask(session, sql).json()["rows"]] == ["Madrid", "New York", "Tokyo"]
    assert "Authorization" not in session.headers


def test_a_session_outlives_its_token(carto, auth, session, sql):
    ask(session, sql)
    carto.expire_tokens()
    answer = ask(session, sql)
    assert answer.status_code == 200
    assert [earlier.status_code for earlier in answer.history] == [401]
    assert len(carto.requests("token")) == 2


def test_a_person_is_asked_nothing_when_their_token_ends(carto):
    carto.browser()
    auth = CartoAuth.from_oauth(use_cache=False)
    session = requests.Session()
    session.auth = auth.requests_auth()
    carto.expire_tokens()
    assert session.get(f"{auth.get_api_base_url()}/v3/connections").status_code == 200
    assert len(carto.requests("authorize")) == 1


def test_a_401_that_stays_is_told_after_one_more_try(carto, auth, session, sql):
    carto.plan("query", status=401, body={"error": "Token expired"}, always=True)
    assert ask(session, sql).status_code == 401
    assert len(carto.requests("query")) == len(carto.requests("token")) == 2


def test_a_token_that_nothing_can_replace_is_tried_once(carto, sql):
    session = requests.Session()
    session.auth = CartoAuth.from_token(carto.api_base_url, "sandbox-made-up").requests_auth()
    assert ask(session, sql).status_code == 401
    assert len(carto.requests("query")) == 1


def test_eight_threads_with_a_dead_token_cause_one_renewal(carto, auth, session, sql):
    ask(session, sql)
    carto.expire_tokens()
    statuses, start = [], threading.Barrier(8)

    def run():
        start.wait()
        statuses.append(ask(session, sql).status_code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert len(carto.requests("token")) == 2


def test_no_other_server_sees_the_token(auth, session):
    with Stranger() as stranger:
        session.get(stranger.url)
        session.get(stranger.url, headers={"Authorization": "Bearer the-callers-own"})
    assert stranger.authorizations == [None, "Bearer the-callers-own"]


def test_another_server_is_reached_while_nobody_is_signed_in_and_carto_is_away(carto):
    carto.browser()
    auth = CartoAuth.from_oauth(use_cache=False)
    signer = auth.requests_auth()
    auth.invalidate()
    carto.stop()
    with Stranger() as stranger:
        assert requests.get(stranger.url, auth=signer).status_code == 200


def test_the_token_of_somebody_who_signed_in_later_does_not_go_to_the_account_before():
    class Account:
        host = "http://127.0.0.1:1"

        def api_hosts(self):
            return [self.host]

        def get_access_token(self):
            self.host = "http://127.0.0.1:2"
            return "the-token-of-somebody-else"

    request = requests.Request("GET", "http://127.0.0.1:1/v3").prepare()
    RequestsAuth(Account())(request)
    assert "Authorization" not in request.headers


def test_a_401_of_another_server_renews_nothing(carto, auth, session, sql):
    ask(session, sql)
    with Stranger(status=401) as stranger:
        answer = session.get(stranger.url, headers={"Authorization": f"Bearer {auth.get_access_token()}"})
    assert answer.status_code == 401
    assert len(stranger.authorizations) == len(carto.requests("token")) == 1


@pytest.mark.parametrize("status", [200, 401])
def test_a_redirect_to_another_server_loses_the_token(carto, auth, session, sql, status):
    with Stranger(status) as stranger:
        carto.plan("query", status=302, headers={"location": stranger.url})
        assert ask(session, sql).status_code == status
    assert stranger.authorizations == [None]
    assert len(carto.requests("token")) == 1


def test_a_redirect_within_carto_is_renewed_where_it_leads(carto, auth, session, sql):
    """The first request has been answered: asked again, it could write twice."""
    ask(session, sql)
    carto.expire_tokens()
    carto.plan("api_tokens", status=303, headers={"location": f"{sql}?q=SELECT 1"})
    assert session.post(f"{carto.api_base_url}/v3/tokens", json={}).status_code == 200
    assert len(carto.requests("api_tokens")) == 1
    assert [request.method for request in carto.requests("query")] == ["GET"] * 3


@pytest.mark.parametrize("skipped", [None, 0, 2], ids=["bytes", "file", "rest of a file"])
def test_a_body_is_sent_again_from_where_it_began(carto, auth, session, sql, skipped):
    body = b'{"q": "SELECT 1"}'
    if skipped is not None:
        body = io.BytesIO(b" " * skipped + body)
        body.seek(skipped)
    session.get(f"{carto.api_base_url}/v3/connections")
    carto.expire_tokens()
    assert session.post(sql, data=body, headers=JSON).status_code == 200
    assert [request.body for request in carto.requests("query")] == ['{"q": "SELECT 1"}'] * 2


def test_a_body_that_is_gone_is_not_sent_again_and_the_next_request_has_a_new_token(carto, auth, session, sql):
    ask(session, sql)
    carto.expire_tokens()
    assert session.post(sql, data=iter([b'{"q": "SELECT 1"}']), headers=JSON).status_code == 401
    answer = session.post(sql, data=iter([b'{"q": "SELECT 1"}']), headers=JSON)
    assert (answer.status_code, answer.history) == (200, [])


class Pipe(io.RawIOBase):
    """A file that is read once."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._content.readinto(buffer)


class Sought(Pipe):
    """One that tells where it is, and cannot go back there."""

    def tell(self):
        return 0


@pytest.mark.parametrize("kind", [Pipe, Sought])
def test_no_half_of_a_body_is_sent(carto, auth, session, sql, kind):
    ask(session, sql)
    carto.expire_tokens()
    answer = session.post(sql, data=kind(b'{"q": "SELECT 1"}'), headers=JSON)
    assert (answer.status_code, answer.history) == (401, [])
    assert [one.body for one in carto.requests("query") if one.method == "POST"] == ['{"q": "SELECT 1"}']
    assert session.post(sql, data=kind(b'{"q": "SELECT 1"}'), headers=JSON).status_code == 200


@pytest.mark.parametrize("ways", [("https", "http"), ("http", "https"), ("https", "http", "https")], ids="-".join)
def test_no_redirect_takes_the_token_over_http(auth, ways):
    sent = []

    class Redirects(requests.adapters.BaseAdapter):
        def send(self, request, **_options):
            sent.append((request.url.partition(":")[0], request.headers.get("Authorization")))
            response = requests.Response()
            response.request, response.url, response.raw = request, request.url, io.BytesIO()
            response.status_code = 302 if len(sent) < len(ways) else 401
            response.headers["Location"] = f"{ways[len(sent) % len(ways)]}://gcp-us-east1.api.carto.com/v3"
            response.connection = self
            return response

        def close(self):
            pass

    with requests.Session() as session:
        session.auth = auth.requests_auth()
        session.mount("https://", Redirects())
        session.mount("http://", Redirects())
        assert session.get(f"{ways[0]}://gcp-us-east1.api.carto.com/v3").status_code == 401
    assert [way for way, _ in sent] == list(ways)
    assert [authorization for way, authorization in sent if way == "http"] == [None]
    assert (sent[0][1] is not None) == (ways[0] == "https")


def test_no_token_is_in_a_repr_or_a_pickle(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file(), use_cache=False)
    session = requests.Session()
    session.auth = auth.requests_auth()
    answer = session.get(f"{carto.api_base_url}/v3/connections")
    token = auth.get_access_token()
    assert answer.request.headers["Authorization"] == f"Bearer {token}"
    assert token not in repr(answer.request.headers)
    assert type(pickle.loads(pickle.dumps(answer.request.headers["Authorization"]))) is str
    assert token not in repr(session.auth)
    assert token not in repr(answer.request.hooks)
    assert token.encode() not in pickle.dumps(session)
    restored = pickle.loads(pickle.dumps(session))
    assert restored.get(f"{carto.api_base_url}/v3/connections").status_code == 200


def test_two_of_one_handle_are_equal_and_of_two_are_not(carto, auth):
    assert auth.requests_auth() == auth.requests_auth()
    assert len({auth.requests_auth(), auth.requests_auth()}) == 1
    assert auth.requests_auth() != CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m).requests_auth()


def test_nobody_needs_requests_to_have_it(carto):
    code = """
import sys
from carto_auth import CartoAuth
print(CartoAuth.from_m2m(sys.argv[1], use_cache=False).requests_auth())
print("requests" in sys.modules)
"""
    done = carto.run(code, carto.credentials_file())
    assert done.stdout.endswith("False\n"), done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "https://gcp-us-east1.api.carto.com/v3/connections",
        "https://GCP-EUROPE-WEST1.API.CARTO.COM:443/v3",
        "https://accounts.app.carto.com",
        "https://carto.example.org/api/v3",
        "https://carto.example.org?a=1",
        "http://127.0.0.1:8080/v3",
    ],
)
def test_the_token_goes_to_carto(url):
    assert is_cartos(url, ORIGINS)


@pytest.mark.parametrize(
    "url",
    [
        "http://gcp-us-east1.api.carto.com/v3",
        "https://api.carto.com.example.org/",
        "https://notapi.carto.com/",
        "https://evil-api.carto.com/",
        "https://gcp-us-east1.api.carto.com@example.org/",
        "https://gcp-us-east1.api.carto.com:443@example.org/",
        "https://gcp-us-east1.api.carto.com:pw@example.org/",
        "https://example.org\\.api.carto.com/",
        "https://example.org/.api.carto.com",
        "https://example.org?.api.carto.com",
        "https://example.org#.api.carto.com",
        "https://me:pw@gcp-us-east1.api.carto.com/",
        "https://gcp-us-east1.api.carto.com.\n",
        "http://carto.example.org/",
        "https://carto.example.org:8443/",
        "http://127.0.0.1:8081/v3",
        "http://plain.example.org/",
        "ftp://gcp-us-east1.api.carto.com/",
        "/v3/connections",
        "",
    ],
)
def test_the_token_goes_nowhere_else(url):
    assert not is_cartos(url, ORIGINS)


ORIGINS = ["https://carto.example.org", "http://127.0.0.1:8080", "http://plain.example.org"]
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def auth(carto):
    """A job's handle, with nothing on the disk."""
    return CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m, use_cache=False)


@pytest.fixture
def session(auth):
    """A session of a user of `requests`."""
    with requests.Session() as session:
        session.auth = auth.requests_auth()
        yield session


@pytest.fixture
def sql(carto):
    """The address of CARTO's SQL API."""
    return f"{carto.api_base_url}/v3/sql/carto_dw/query"


def ask(session, sql):
    return session.get(sql, params={"q": "SELECT 1"})
