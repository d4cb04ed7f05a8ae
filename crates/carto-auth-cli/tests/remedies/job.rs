//! A job that the server refuses for something that stands in no file of credentials.

use carto_sandbox::{Fault, Recorded, Route};

use crate::desk::Desk;
use crate::hint::{arguments, fails, works};

#[test]
fn what_is_not_about_the_client_is_told_with_the_file() {
    let mut desk = Desk::new();
    let path = desk.credentials().display().to_string();
    let audience = |request: &Recorded| match request.parameter("audience").as_deref() {
        Some("elsewhere") => Fault::oauth_error(403, "audience_unknown", "no such audience"),
        _ => Fault::None,
    };
    desk.sandbox.plan_always_with(Route::Token, audience);
    desk.set("CARTO_AUTH_AUDIENCE", "elsewhere");
    let hint = fails(&desk, &["token", "--m2m", &path], "the-credentials-are-read");
    let shown =
        desk.run(&[&arguments(hint.word("carto-auth status"))[..], &["--m2m", hint.word("/")]].concat());
    assert!(shown.output.contains("elsewhere"), "{shown:?}");
    desk.unset("CARTO_AUTH_AUDIENCE");
    works(&desk, &["token", "--m2m", hint.word("/")]);
}
