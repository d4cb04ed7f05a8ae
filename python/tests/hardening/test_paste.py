"""P01 to P10: what a person pastes, or a pipe brings, and what that is taken for."""

import pytest
from waiting import BY_PASTE, asked, asked_for_a_code


def test_p01_the_bare_code_is_taken(carto):
    with asked_for_a_code(carto) as (terminal, link):
        terminal.type(f' "{carto.person().access_code(link)}" ')
        terminal.shows("signed in: True")


def test_p02_the_whole_address_is_taken(carto):
    with asked_for_a_code(carto) as (terminal, link):
        terminal.type(carto.person().sign_in(link).url)
        terminal.shows("signed in: True")


@pytest.mark.parametrize("state", ["", "&state=", "&state=canary"])
def test_p03_an_address_of_another_sign_in_is_asked_about_three_times(carto, state):
    with asked_for_a_code(carto) as (terminal, link):
        wrong = f"{asked(link, 'redirect_uri')}?code=canary{state}"
        for told in (1, 2):
            terminal.type(wrong)
            terminal.shows(rf"(?s)(this belongs to another sign-in.*){{{told}}}")
        terminal.type(wrong)
        terminal.shows("that was a CredentialsError")
    assert carto.requests("token") == []


def test_p03_at_a_pipe_it_is_a_typed_error_at_once(carto):
    wrong = f"{carto.variables['CARTO_AUTH_PASTE_REDIRECT_URI']}?code=canary&state=canary\n"
    result = carto.run(BY_PASTE, stdin=wrong * 2)
    assert "that was a CredentialsError" in result.stdout
    assert carto.requests("token") == []


def test_p04_an_address_that_says_no_ends_it_at_once(carto):
    with asked_for_a_code(carto) as (terminal, link):
        terminal.type(carto.person().refuse(link).url)
        terminal.shows("that was a CredentialsError")
    assert terminal.text.count("access_denied") > 1, "it is told, and not only pasted"
    assert carto.requests("token") == []


def test_p07_a_code_behind_a_number_sign_is_told(carto):
    with asked_for_a_code(carto) as (terminal, link):
        terminal.type(f"{asked(link, 'redirect_uri')}#code=canary")
        terminal.shows("behind a `#`")
    assert carto.requests("token") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("LINK", "this is the link to open"),
        ("https://evil.example/?code=canary&state=canary", "an address of evil.example"),
        ("eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.canary", "this is an access token"),
        ("can{}ary", "cannot be read as a code"),
    ],
)
def test_p08_whatever_else_is_pasted_is_told_apart_and_never_sent(carto, text, told):
    with asked_for_a_code(carto) as (terminal, link):
        terminal.type(text.replace("LINK", link))
        terminal.shows(told)
    assert carto.requests("token") == []
    kept = [file for file in carto.home.rglob("*") if file.is_file()]
    assert not any("canary" in file.read_text(errors="replace") for file in kept)


@pytest.mark.parametrize("stdin", ["", "\n", "  \n\n"])
def test_p09_where_nothing_comes_a_person_is_needed_and_a_job_is_told_its_way(carto, stdin):
    result = carto.run(BY_PASTE, stdin=stdin)
    assert "that was a CredentialsError" in result.stdout
    assert "a job uses `CartoAuth.from_m2m(file)`" in result.stdout
    assert carto.requests("token") == []


def test_p09_a_silent_terminal_ends_with_the_sign_in(carto):
    with carto.terminal(BY_PASTE, CARTO_AUTH_LOGIN_TIMEOUT="1") as terminal:
        terminal.shows("that was a CredentialsError")
        assert "nobody finished the sign-in within 1 s" in terminal.text


def test_p10_at_a_terminal_a_fresh_link_is_offered_for_a_code_that_is_not_accepted(carto):
    with asked_for_a_code(carto) as (terminal, link):
        terminal.type("an-old-code")
        terminal.shows("fresh link")
        fresh = terminal.shows(r"(?s)fresh link.*?(https?://\S+/authorize\?\S+)\s").group(1)
        assert asked(fresh, "state") != asked(link, "state")
        terminal.type(carto.person().access_code(fresh))
        terminal.shows("signed in: True")


def test_p10_at_a_pipe_the_servers_words_are_told(carto):
    result = carto.run(BY_PASTE, stdin="an-old-code\n")
    assert "that was a CredentialsError" in result.stdout
    assert "Invalid authorization code" in result.stdout
