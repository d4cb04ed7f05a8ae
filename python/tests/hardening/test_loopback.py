"""L01 to L16 and L34: whoever comes to the listener is answered; only an answer of this very sign-in ends it."""

import pytest
from waiting import waiting


def test_l01_a_favicon_is_answered_and_the_wait_goes_on(carto):
    with waiting(carto) as sign_in:
        for target in ("/favicon.ico", "/", "/callback", "/robots.txt"):
            assert sign_in.get(target) == 404
        sign_in.person_signs_in()


def test_l02_a_link_scanner_does_not_take_the_code(carto):
    with waiting(carto) as sign_in:
        assert sign_in.send("HEAD", sign_in.callback("code=a-code"))[0] == 405
        sign_in.person_signs_in()


@pytest.mark.parametrize("more", ["", "Access-Control-Request-Private-Network: true\r\n"])
def test_l03_a_page_elsewhere_gets_no_permission_to_ask(carto, more):
    with waiting(carto) as sign_in:
        more = f"Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n{more}"
        status, answer = sign_in.send("OPTIONS", sign_in.callback("code=a-code"), more)
        assert status == 405
        assert "access-control" not in answer.lower()
        sign_in.person_signs_in()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_l04_only_get_is_an_answer(carto, method):
    with waiting(carto) as sign_in:
        assert sign_in.send(method, sign_in.callback("code=a-code"))[0] == 405
        sign_in.person_signs_in()


@pytest.mark.parametrize("count", [1, 20])
def test_l05_idle_connections_do_not_keep_the_browser_out(carto, count):
    with waiting(carto) as sign_in:
        idle = [sign_in.connect() for _ in range(count)]
        sign_in.person_signs_in()
        for connection in idle:
            connection.close()


@pytest.mark.parametrize(
    ("target", "more", "body"),
    [
        ("/callback/?code=" + "x" * (1 << 20), "", ""),
        ("/callback/", "".join(f"X-{i}: y\r\n" for i in range(10_000)), ""),
        ("/callback/", f"Content-Length: {16 * 1024 + 1}\r\n", "x" * (16 * 1024 + 1)),
    ],
    ids=["a line", "headers", "a body"],
)
def test_l07_what_is_too_large_is_turned_away(carto, target, more, body):
    with waiting(carto) as sign_in:
        status, _ = sign_in.send("GET", target, more, body)
        assert status == 0 or 400 <= status < 500
        sign_in.person_signs_in()


def test_l10_an_answer_of_another_sign_in_is_turned_away(carto):
    with waiting(carto) as sign_in:
        state = sign_in.state
        for other in ("", "wrong", state.swapcase(), state[:-1], f"{state}x"):
            assert sign_in.get(sign_in.callback("code=a-code", state=other)) == 400
        assert sign_in.get("/callback/?code=a-code") == 400
        sign_in.person_signs_in()


@pytest.mark.parametrize("outcome", ["", "code=", "error=", "code=&error="])
def test_l11_a_callback_with_neither_a_code_nor_an_error_ends_nothing(carto, outcome):
    with waiting(carto) as sign_in:
        assert sign_in.get(sign_in.callback(outcome)) == 400
        sign_in.person_signs_in()


def test_l12_a_refusal_ends_it_with_the_servers_words(carto):
    with waiting(carto) as sign_in:
        sign_in.get(sign_in.callback("error=access_denied&error_description=not%20today"))
        sign_in.get("/callback/")
        assert "not today" in sign_in.ends()
    assert carto.requests("token") == []


def test_l14_a_code_that_comes_with_an_error_is_not_traded(carto):
    with waiting(carto) as sign_in:
        sign_in.get(sign_in.callback("code=canary&error=access_denied"))
        sign_in.get("/callback/")
        assert "canary" not in sign_in.ends()
    assert carto.requests("token") == []


def test_l16_an_answer_of_another_authorization_server_is_never_traded(carto):
    with waiting(carto) as sign_in:
        for other in ("", "https://evil.example/", f"{carto.url}/x"):
            assert sign_in.get(sign_in.callback("code=a-code", issuer=other)) == 400
        assert carto.requests("token") == []
        sign_in.person_signs_in()


@pytest.mark.parametrize("code", ["login_required", "interaction_required", "temporarily_unavailable"])
def test_l34_what_the_server_says_by_a_redirect_is_told(carto, code):
    with waiting(carto) as sign_in:
        sign_in.get(sign_in.callback(f"error={code}"))
        sign_in.get("/callback/")
        assert code in sign_in.ends()
    assert carto.requests("token") == []


def test_l35_the_page_needs_no_script_and_asks_nobody(carto):
    carto.browser()
    sign_in = "from carto_auth import CartoAuth; print(bool(CartoAuth.from_oauth().get_access_token()))"
    assert "True" in carto.run(sign_in).stdout
    page = carto.pages(1)[0]
    for part in ('<html lang="en">', "<h1>", 'role="status"', "color-scheme"):
        assert part in page["text"]
    for part in ("<script", "http:", "https:", "url("):
        assert part not in page["text"]
    assert "code=" not in page["url"]
