"""`get_carto_dw_client()`: Google's own client, for longer than one token lasts."""

import os
import pickle
import signal
import threading
import time
from datetime import timedelta

import pytest
from bigquery import BigQuery
from carto_auth import CartoAuth, CredentialsError
from carto_auth.errors import NetworkError, WarehouseError
from google.auth.exceptions import RefreshError
from google.cloud import bigquery


def test_a_query_gives_its_row_through_googles_own_client(carto, auth, google):
    client = auth.get_carto_dw_client()
    (row,) = client.query("SELECT 1").result()
    assert (row.number, row.name, row.share, row.even) == (1, "number 1", 0.25, False)
    assert type(client) is bigquery.Client
    assert client.project == auth.get_carto_dw_credentials()[0]


@pytest.mark.parametrize("ask", [lambda client, sql: client.query(sql).result(), bigquery.Client.query_and_wait])
def test_a_token_that_ends_in_the_middle_of_the_pages_costs_no_row(carto, auth, google, ask):
    google.uses = 10
    rows = ask(auth.get_carto_dw_client(), "SELECT * FROM numbers LIMIT 20000")
    assert [row.number for row in rows] == list(range(1, 20_001))
    # A question and 26 pages are more requests than two tokens are good for.
    assert minted(carto) == len(google.seen) == 3
    assert google.refused() == 2


def test_a_notebook_goes_on_when_both_cartos_token_and_googles_have_ended(carto, auth, google):
    client = auth.get_carto_dw_client()
    list(client.query("SELECT 1").result())
    carto.expire_tokens()
    google.end_tokens()
    assert len(list(client.query("SELECT 1").result())) == 1
    assert len(google.seen) == 2


def test_a_token_is_renewed_at_the_age_that_the_guide_names(carto, auth, google):
    credentials = auth.get_carto_dw_client()._credentials
    grow_old(credentials, timedelta(minutes=26))
    assert credentials.valid
    grow_old(credentials, timedelta(seconds=15))
    assert not credentials.valid


def test_eight_threads_with_a_dead_token_cause_one_new_one(carto, auth, google):
    client = auth.get_carto_dw_client()
    list(client.query("SELECT 1").result())
    google.end_tokens()
    numbers = eight_times(lambda: [row.number for row in client.query("SELECT 1").result()])
    assert numbers == [[1]] * 8
    assert minted(carto) == 2


def test_eight_threads_with_an_old_token_cause_one_new_one(carto, auth, google):
    client = auth.get_carto_dw_client()
    grow_old(client._credentials)
    assert eight_times(lambda: len(list(client.query("SELECT 1").result()))) == [1] * 8
    assert minted(carto) == 2
    assert google.refused() == 0


def test_a_thread_that_is_refused_late_takes_the_token_that_another_has_got(carto, auth):
    credentials = auth.get_carto_dw_client()._credentials
    credentials.apply({})
    other = threading.Thread(target=credentials.refresh, args=(None,))
    other.start()
    other.join()
    credentials.refresh(None)
    assert minted(carto) == 2


def test_eight_threads_that_wait_for_one_attempt_get_its_error(carto, auth):
    """Not one attempt after the other: each may take as long as a network's timeout."""
    credentials = auth.get_carto_dw_client()._credentials
    before = minted(carto)
    refusal = {"status": 403, "body": {"error": "Forbidden"}}
    carto.plan("warehouse_token", {"delay_ms": 1_000, "then": refusal}, always=True)
    errors = eight_times(lambda: error_of(lambda: credentials.refresh(None)))
    assert all("no CARTO Data Warehouse" in str(error) for error in errors)
    assert minted(carto) - before == 1


def test_what_carto_refuses_is_googles_refresh_error_with_our_reason_and_hint(carto, auth, google):
    client = auth.get_carto_dw_client()
    google.uses = 0
    carto.plan("warehouse_token", status=403, body={"error": "No warehouse here"}, always=True)
    with pytest.raises(RefreshError) as caught:
        client.query("SELECT 1")
    reason = caught.value.__cause__
    assert isinstance(reason, WarehouseError)
    assert str(reason) in str(caught.value)
    assert reason.hint in str(caught.value)


def test_without_a_first_token_there_is_no_client_and_the_error_is_ours(carto, auth):
    carto.plan("warehouse_token", status=404, body={"error": "Not found"}, always=True)
    with pytest.raises(CredentialsError):
        auth.get_carto_dw_client()


def test_a_token_that_may_still_live_stays_in_use_while_carto_is_away(carto, auth, google):
    client = auth.get_carto_dw_client()
    grow_old(client._credentials)
    carto.plan("warehouse_token", "reset", always=True)
    assert len(list(client.query("SELECT 1").result())) == 1
    google.end_tokens()
    with pytest.raises(RefreshError) as caught:
        client.query("SELECT 1")
    assert isinstance(caught.value.__cause__, NetworkError)


def test_a_client_does_not_go_on_in_the_project_of_somebody_who_signed_in_later(carto, auth, google):
    client = auth.get_carto_dw_client()
    list(client.query("SELECT 1").result())
    google.end_tokens()
    other = {"projectId": "sandbox-other", "token": "sandbox-ya29.other"}
    carto.plan("warehouse_token", status=200, body=other, always=True)
    with pytest.raises(RefreshError, match="sandbox-other"):
        client.query("SELECT 1")
    assert "sandbox-ya29.other" not in google.seen


def test_no_quota_project_is_sent_whatever_the_environment_says(carto, auth, google, monkeypatch):
    """It needs a permission that CARTO's account may lack: `serviceusage.services.use`."""
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "somebody-elses")
    client = auth.get_carto_dw_client()
    list(client.query("SELECT 1").result())
    assert google.requests
    assert not any("x-goog-user-project" in request.headers for request in google.requests)
    with pytest.raises(NotImplementedError, match="quota_project_id"):
        bigquery.Client("p", client._credentials, client_options={"quota_project_id": "somebody-elses"})


def test_a_worker_gets_credentials_without_a_token_and_asks_carto_itself(carto, google):
    auth = CartoAuth.from_m2m(carto.credentials_file(), use_cache=False)
    client = auth.get_carto_dw_client()
    credentials = client._credentials
    pickled = pickle.dumps(credentials)
    for secret in (credentials.token, auth.get_access_token(), carto.m2m[1]):
        assert secret.encode() not in pickled
    restored = pickle.loads(pickled)
    assert restored.token is None
    assert len(list(bigquery.Client(client.project, restored).query("SELECT 1").result())) == 1
    assert restored.token != credentials.token


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_a_lock_that_nobody_holds(carto, auth):
    credentials = auth.get_carto_dw_client()._credentials
    before = minted(carto)
    carto.plan("warehouse_token", {"delay_ms": 1_500, "then": "none"})
    busy = threading.Thread(target=credentials.refresh, args=(None,))
    busy.start()
    while minted(carto) == before:
        time.sleep(0.02)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(1 if error_of(lambda: credentials.refresh(None)) else 0)
    _, status = os.waitpid(child, 0)
    busy.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_who_refreshes_by_hand_gets_another_token_each_time(carto, auth):
    credentials = auth.get_carto_dw_client()._credentials
    tokens = {credentials.token}
    for _ in range(2):
        credentials.apply({})
        credentials.refresh(None)
        tokens.add(credentials.token)
        credentials.refresh(None)
        tokens.add(credentials.token)
    assert len(tokens) == 5


def test_no_token_is_in_a_repr(carto, auth):
    credentials = auth.get_carto_dw_client()._credentials
    assert "ya29" not in repr(credentials)
    assert "ya29" in credentials.token


def test_a_missing_extra_is_told_with_the_line_to_type_before_carto_is_asked(carto):
    """Defect 13 of 0.2.0: it asked CARTO first, and ended with an `UnboundLocalError`."""
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "google" or name.startswith("google."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from carto_auth import CartoAuth
auth = CartoAuth.from_m2m(sys.argv[1], use_cache=False)
try:
    auth.get_carto_dw_client()
except ImportError as error:
    print(error)
"""
    done = carto.run(code, carto.credentials_file())
    assert "pip install 'carto-auth[carto-dw]'" in done.stdout, done.stderr
    assert "%pip install 'carto-auth[carto-dw]'" in done.stdout
    assert minted(carto) == 0


@pytest.fixture
def auth(carto):
    """A job's handle, with nothing on the disk."""
    return CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m, use_cache=False)


@pytest.fixture
def google(monkeypatch):
    """A BigQuery that Google's client finds by the variable for emulators."""
    with BigQuery() as google:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", google.url)
        yield google


def minted(carto):
    """How often CARTO was asked for a token of Google."""
    return len(carto.requests("warehouse_token"))


def grow_old(credentials, by=timedelta(minutes=30)):
    """Lets time pass for a client's credentials."""
    credentials.expiry -= by


def error_of(call):
    """What a call raises."""
    try:
        return call()
    except Exception as error:
        return error


def eight_times(call):
    """What eight threads get that begin at once."""
    outcomes, start = [], threading.Barrier(8)

    def run():
        start.wait()
        outcomes.append(error_of(call))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
