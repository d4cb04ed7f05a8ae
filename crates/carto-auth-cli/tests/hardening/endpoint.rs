//! X03, X04, X06 to X08: what CARTO's own endpoints answer to the command, and whose they are.

use std::time::{Duration, Instant};

use carto_sandbox::{Answer, Fault, Route, Settings};

use crate::cache::change;
use crate::desk::{Desk, files};

#[test]
fn x03_an_account_without_a_warehouse_is_told_so() {
    for status in [403, 404] {
        let desk = Desk::of_job();
        desk.sandbox.plan_always(Route::WarehouseToken, Answer::api_error(status, "no such connection"));
        let none = desk.run(&["dw", "token"]);
        assert_eq!((none.code, none.output.as_str()), (Some(4), ""), "{none:?}");
        assert!(
            none.error.starts_with("error: there is no CARTO Data Warehouse for this account\n"),
            "{none:?}"
        );
        assert!(none.error.contains("\nhint: check `carto-auth status"), "{none:?}");
        let json = desk.run(&["dw", "token", "--json"]);
        let error = json.json_error();
        assert_eq!((&error["kind"], &error["status"]), (&"warehouse".into(), &status.into()), "{json:?}");
        assert_eq!(desk.sandbox.requests(Route::WarehouseToken), 2, "each asks once");
    }
}

#[test]
fn x03_a_key_that_is_not_whole_is_told_and_nothing_of_it_is_printed() {
    for (body, words) in [
        (r#"{"token":"canary"}"#, "`projectId`"),
        (r#"{"projectId":7,"token":"canary"}"#, "`projectId`"),
        (r#"{"projectId":" ","token":"canary"}"#, "`projectId`"),
        (r#"{"projectId":"canary"}"#, "`token`"),
        (r#"{"projectId":"canary","token":""}"#, "`token`"),
        (r#"{"projectId":"p","token":"canary"#, ""),
        ("<html>canary</html>", ""),
        ("[]", ""),
        ("", ""),
    ] {
        let desk = Desk::of_job();
        desk.sandbox.plan_always(Route::WarehouseToken, Fault::body(200, "application/json", body));
        let outcome = desk.run(&["dw", "token", "-v"]);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(1), ""), "{body}: {outcome:?}");
        assert!(outcome.error.contains(words) && !outcome.raw.1.contains("canary"), "{body}: {outcome:?}");
    }
}

#[test]
fn x04_each_key_is_asked_for_with_a_token_that_lives() {
    let desk = Desk::of_job_with(Settings { token_life: Duration::from_hours(1), ..Settings::default() });
    for hour in 1..=3 {
        assert_eq!(desk.run(&["dw", "token"]).code, Some(0), "hour {hour}");
        desk.sandbox.expire_tokens();
        change(&desk, |entry| {
            entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - 3_600).into());
            entry.remove("boot");
        });
    }
    assert_eq!(desk.sandbox.requests(Route::WarehouseToken), 3, "none was refused");
    assert_eq!(desk.sandbox.requests(Route::Token), 3);
}

#[test]
fn x06_a_token_of_one_account_is_never_sent_to_the_api_of_another() {
    let (desk, other) = (Desk::new(), Desk::new());
    desk.sign_in(&[]);
    let of_a = desk.run(&["token"]).raw.0;
    // Its API is given by the option, by the variable, and by a profile.
    let elsewhere = other.sandbox.url().to_owned();
    assert_eq!(desk.run(&["dw", "token", "--base-url", &elsewhere]).code, Some(3));
    let mut desk = desk;
    desk.set("CARTO_API_BASE_URL", elsewhere);
    let refused = desk.run(&["dw", "token"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert_eq!(other.sandbox.recorded().len(), 0);
    let status = desk.run(&["status"]);
    assert_eq!(status.code, Some(3), "{status:?}");
    desk.unset("CARTO_API_BASE_URL");
    assert_eq!(desk.run(&["token"]).raw.0, of_a, "it is still there for its own");
    assert_eq!(desk.run(&["dw", "token"]).code, Some(0));
}

#[test]
fn x07_no_cache_a_named_file_and_no_browser_mean_what_they_meant_in_0_2_0() {
    let desk = Desk::of_job();
    let [one, other] = [0, 1].map(|_| desk.run(&["token", "--no-cache"]));
    assert_eq!((one.code, other.code), (Some(0), Some(0)));
    assert_ne!(one.raw.0, other.raw.0);
    assert!(!desk.home().join(".carto-auth").exists(), "nothing is written");
    let named = desk.run(&["token", "--cache", "mine.json"]);
    let text = std::fs::read_to_string(desk.folder.path().join("mine.json")).unwrap();
    assert!(text.contains(named.raw.0.trim()));
    assert_eq!(desk.run(&["token", "--cache", "mine.json"]).raw.0, named.raw.0);
    assert_eq!(files(&desk.home().join(".carto-auth")), [""; 0]);
    let mut person = Desk::with_browser();
    let opened = person.folder.path().join("opened");
    person.set("BROWSER", format!("touch {}", opened.display()));
    person.sign_in(&[]);
    assert!(!opened.exists(), "`--no-browser` opens none");
}

#[test]
fn x08_a_token_that_has_ended_is_an_error_at_once_and_the_input_is_not_read() {
    let life = Duration::from_secs(1);
    let desk = Desk::with(Settings { token_life: life, refresh_tokens: false, ..Settings::default() });
    desk.sign_in(&[]);
    std::thread::sleep(life);
    for arguments in [&["token"][..], &["token", "--json"], &["dw", "token"]] {
        let begun = Instant::now();
        // A pipe that stays open and silent.
        let outcome = desk.start(arguments).wait();
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(3), ""), "{outcome:?}");
        assert!(outcome.error.contains("`carto-auth login`"), "{outcome:?}");
        assert!(outcome.error.contains("`CARTO_M2M_CLIENT_ID`"), "{outcome:?}");
        assert!(!outcome.error.contains("/authorize"), "{outcome:?}");
    }
}
