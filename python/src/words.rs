//! What to type, in Python's words.
//!
//! The library's hints name the command `carto-auth`, which the package brings along. Where Python has a way of its
//! own, that is what a person at a notebook would rather type.

/// The hint as it is told in Python.
pub(crate) fn of_python(hint: &str) -> String {
    WORDS.iter().fold(hint.to_owned(), |hint, (command, python)| hint.replace(command, python))
}

/// Longer ones first.
const WORDS: [(&str, &str); 12] = [
    (
        "a job signs in with `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`, or with \
         `CARTO_CREDENTIALS_FILE`",
        "a job signs in with `CartoAuth.from_m2m(file)`, or with `CartoAuth.from_env()` where `CARTO_API_BASE_URL`, \
         `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET` are set, or `CARTO_CREDENTIALS_FILE`",
    ),
    (
        "a job uses `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`",
        "a job uses `CartoAuth.from_m2m(file)`, or `CartoAuth.from_env()`",
    ),
    (
        "sign in again with `carto-auth login --no-browser`",
        "sign in again with `CartoAuth.from_oauth(open_browser=False)`",
    ),
    (
        "sign in with a code to paste: `carto-auth login --no-browser`",
        "sign in with a code to paste: `CartoAuth.from_oauth(open_browser=False)`",
    ),
    (
        "or sign in with `carto-auth login --no-browser`",
        "or sign in with `CartoAuth.from_oauth(open_browser=False)`",
    ),
    (
        "sign in again as before, with `carto-auth login` or `carto-auth login --no-browser`",
        "sign in again with `CartoAuth.from_oauth()`",
    ),
    ("sign in again with `carto-auth login`", "sign in again with `CartoAuth.from_oauth()`"),
    ("sign in with `carto-auth login`;", "sign in with `CartoAuth.from_oauth()`;"),
    ("`--timeout SECONDS` gives more time", "`timeout=SECONDS` gives more time"),
    ("or give `--base-url`", "or give `api_base_url`"),
    ("or name another with `--profile`", "or name another with `profile=`"),
    ("check `carto-auth status --field api_base_url`", "check `get_api_base_url()`"),
];
