//! K14, K15: entries of another time, and a clock that is set between two commands.

use carto_sandbox::Route;

use crate::cache::change;
use crate::desk::Desk;

const DAY: i64 = 86_400;

#[cfg(target_os = "linux")]
#[test]
fn k14_a_clock_that_is_set_a_day_back_or_forward_between_two_commands_changes_nothing() {
    let mut desk = Desk::of_job();
    let token = desk.run(&["token"]).raw.0;
    for seconds in [-DAY, DAY, -400 * DAY, 400 * DAY] {
        set_clock(&mut desk, seconds);
        let outcome = desk.run(&["token"]);
        assert_eq!((outcome.raw.0.as_str(), outcome.error.as_str()), (token.as_str(), ""), "{seconds}");
        let left = desk.run(&["token", "--json"]).json()["expires_in"].as_i64().unwrap();
        assert!((86_000..=DAY).contains(&left), "{seconds}: {left} s are left");
    }
    assert_eq!(desk.sandbox.requests(Route::Token), 1);
}

#[test]
fn k14_an_entry_from_the_future_is_not_good_for_ever() {
    for ahead in [DAY, 3 * DAY, 4_000 * DAY] {
        let desk = Desk::of_job();
        let token = desk.run(&["token"]).raw.0;
        // From before a restart, when the clock was wrong: there is only the one on the wall to judge it by.
        change(&desk, |entry| {
            entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() + ahead).into());
            entry.remove("boot");
        });
        let next = desk.run(&["token"]);
        assert_eq!((next.code, next.error.as_str()), (Some(0), ""), "{next:?}");
        assert_ne!(next.raw.0, token, "{ahead}");
        assert_eq!(desk.sandbox.requests(Route::Token), 2);
    }
}

#[test]
fn k14_after_a_night_a_token_that_has_ended_is_renewed_at_once() {
    let desk = Desk::of_job();
    let token = desk.run(&["token"]).raw.0;
    for (hours, requests) in [(8, 1), (24, 2)] {
        change(&desk, |entry| {
            entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - hours * 3_600).into());
            entry.remove("boot");
        });
        let next = desk.run(&["token"]);
        assert_eq!((next.code, next.raw.0 == token), (Some(0), requests == 1), "{next:?}");
        assert_eq!(desk.sandbox.requests(Route::Token), requests);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn k15_an_entry_of_a_machine_whose_clock_is_ten_minutes_off_is_used() {
    for (there, here) in [(600, 0), (-600, 0), (0, 600), (0, -240)] {
        let mut desk = Desk::of_job();
        set_clock(&mut desk, there);
        let token = desk.run(&["token"]).raw.0;
        // The same home on another machine.
        change(&desk, |entry| entry["boot"]["id"] = "another machine".into());
        set_clock(&mut desk, here);
        let next = desk.run(&["token"]);
        assert_eq!((next.raw.0, next.error.as_str()), (token, ""), "{there} there, {here} here");
        assert_eq!(desk.sandbox.requests(Route::Token), 1);
    }
}

/// From now on the clock on the wall is so many seconds ahead.
#[cfg(target_os = "linux")]
fn set_clock(desk: &mut Desk, ahead: i64) {
    let (source, library) = (desk.file("clock.c", CLOCK), desk.folder.path().join("clock.so"));
    if !library.exists() {
        let mut cc = std::process::Command::new("cc");
        let done = cc.args(["-shared", "-fPIC", "-D_GNU_SOURCE", "-o"]).args([&library, &source]).status();
        assert!(done.unwrap().success(), "a C compiler, as Rust needs one to link");
    }
    desk.set("LD_PRELOAD", library.display().to_string());
    desk.set("CLOCK_IS_AHEAD", ahead.to_string());
}

/// The clock on the wall alone.
#[cfg(target_os = "linux")]
const CLOCK: &str = r#"
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    const char *ahead = getenv("CLOCK_IS_AHEAD");
    if (clock == CLOCK_REALTIME && ahead) time->tv_sec += atol(ahead);
    return result;
}
"#;
