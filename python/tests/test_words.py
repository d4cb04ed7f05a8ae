"""No exception shows Rust's `Debug` of a value, whatever goes wrong; `conftest.py` looks at all that tests provoke."""

import os
import warnings

import pytest
from carto_auth import CartoAuth, errors
from debug_text import debug_in

HTML = "<!doctype html><title>Sign in to the Wi-Fi</title>"


def text(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def answers(carto, route="token", fault=None, **answer):
    carto.plan(route, fault, always=True, **answer)
    return CartoAuth.from_m2m(carto.credentials_file(), use_cache=False)


def warehouse(carto, **answer):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    carto.plan("warehouse_token", always=True, **answer)
    return auth.get_carto_dw_credentials()


def signed_out_of_a_folder(carto):
    file = carto.folder / "token.json"
    auth = CartoAuth.from_m2m(carto.credentials_file(), file)
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    auth.logout()


def nobody_comes(carto):
    carto.browser("look")
    CartoAuth.from_oauth(timeout=1)


def stopped(carto):
    path = carto.credentials_file()
    carto.stop()
    return CartoAuth.from_m2m(path)


FAILURES = {
    "ConfigError": [
        lambda carto: CartoAuth("other"),
        lambda carto: CartoAuth.from_oauth(timeout=-1),
        lambda carto: CartoAuth.from_oauth(way="pigeon"),
        lambda carto: CartoAuth.from_oauth(store="nowhere"),
        lambda carto: CartoAuth.from_env(profile="none"),
        lambda carto: CartoAuth.from_token("no address", "sandbox-token"),
        lambda carto: CartoAuth.from_oauth(environment={"auth_url": "http://example.com:x"}),
        lambda carto: CartoAuth.from_env(store="redis://127.0.0.1:notaport"),
        lambda carto: CartoAuth("m2m", expiration=1, access_token="sandbox-token").get_access_token(),
    ],
    "MissingAttributeError": [lambda carto: CartoAuth.from_m2m(carto.credentials_file(client_id=None))],
    "CredentialsValueError": [
        lambda carto: CartoAuth.from_m2m(carto.credentials_file(client_id="")),
        lambda carto: CartoAuth.from_m2m(carto.credentials_file(client_id=7)),
        lambda carto: CartoAuth.from_m2m(carto.credentials_file(api_base_url="ftp://example.com")),
        lambda carto: CartoAuth.from_m2m(text(carto.credentials_file(), '{"client_id": "a", }')),
        lambda carto: CartoAuth.from_m2m(text(carto.credentials_file(), "[]")),
    ],
    "CredentialsFileNotFound": [lambda carto: CartoAuth.from_m2m(carto.folder / "none.json")],
    "CredentialsFileUnreadable": [lambda carto: CartoAuth.from_m2m(carto.folder)],
    "NetworkError": [
        stopped,
        lambda carto: answers(carto, fault="reset"),
        lambda carto: answers(carto, fault="truncate"),
        lambda carto: answers(carto, fault={"raw": "HTTP/1.1 what\r\n\r\n"}),
        lambda carto: answers(carto, status=503, body=HTML),
        lambda carto: CartoAuth.from_m2m(
            carto.credentials_file(), environment={"auth_url": carto.url.replace("http", "https")}
        ),
    ],
    "RefusedError": [
        lambda carto: answers(carto, status=401, body={"error": "access_denied"}),
    ],
    "UnexpectedAnswerError": [
        lambda carto: answers(carto, status=200, body=HTML),
        lambda carto: answers(carto, status=403, body=HTML),
        lambda carto: answers(carto, status=200, body={"access_token": 7}),
        lambda carto: answers(carto, status=200, body={"token_type": "Bearer"}),
        lambda carto: answers(carto, status=200, body="{"),
    ],
    "WarehouseError": [lambda carto: warehouse(carto, status=404, body={"error": "Not found", "status": 404})],
    "InteractionRequired": [lambda carto: CartoAuth.from_oauth(interactive=False)],
    "LoginError": [nobody_comes],
    "CacheError": [signed_out_of_a_folder],
}


@pytest.mark.parametrize(("name", "fail"), [(name, fail) for name, all_of_it in FAILURES.items() for fail in all_of_it])
def test_an_exception_is_told_in_words(carto, name, fail):
    carto.forgive()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(errors.CredentialsError) as raised:
            fail(carto)
    assert type(raised.value).__name__ == name
    assert debug_in(raised.value) == []


def test_every_class_is_among_them():
    told = (value for value in vars(errors).values() if isinstance(value, type))
    names = {kind.__name__ for kind in told if issubclass(kind, errors.CredentialsError)}
    # The base is what a kind of error gets that the package does not know yet.
    assert names - {"CredentialsError"} == set(FAILURES)


def test_rusts_debug_is_known_when_it_is_seen():
    cause = errors.Cause('error sending request: Custom { kind: Other, error: "x" }')
    error = errors.ConfigError("`file` cannot be read")._with_hint('look at Some("file")')
    error.__cause__ = cause
    assert len(debug_in(error)) == 4
    plain = errors.ConfigError(f"`{os.sep}a` is no address: `http://[fe80::1]:80`")
    assert debug_in(plain._with_hint('call `CartoAuth.from_m2m("file")`')) == []
