//! T16, T18, T26, T29: a server that is away, and what may be sent twice.

use carto_sandbox::{Fault, Route, Settings};

use crate::desk::Desk;
use crate::kept::ago;

#[test]
fn t16_a_server_that_is_always_out_of_order_is_asked_four_times_and_it_is_no_refusal() {
    let desk = Desk::of_job();
    desk.sandbox.plan_always(Route::Token, Fault::oauth_error(500, "access_denied", "Too many requests"));
    let outcome = desk.run(&["token", "--json"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(5), ""));
    let error = outcome.json_error();
    assert_eq!((error["kind"].as_str(), error["status"].as_u64()), (Some("network"), Some(500)));
    assert_eq!(desk.sandbox.requests(Route::Token), 4);
}

#[test]
fn t16_while_the_old_token_lives_it_is_given_whatever_fails() {
    for fault in
        [Fault::status(500), Fault::Reset, Fault::oauth_error(401, "access_denied", "no"), Fault::status(404)]
    {
        let desk = Desk::of_job();
        let old = desk.run(&["token"]).raw.0;
        ago(&desk, 86_400 - 200);
        desk.sandbox.plan_always(Route::Token, fault.clone());
        let outcome = desk.run(&["token"]);
        assert_eq!((outcome.code, &outcome.raw.0), (Some(0), &old), "{fault:?}: {outcome:?}");
        ago(&desk, 300);
        assert_ne!(desk.run(&["token"]).code, Some(0), "{fault:?}");
    }
}

#[test]
fn t18_a_code_is_sent_once_whatever_happens_and_a_new_sign_in_works() {
    for fault in [Fault::status(503), Fault::LoseAnswer, Fault::Reset] {
        let desk = Desk::with_browser();
        desk.sandbox.plan(Route::Token, fault.clone());
        let mut running = desk.start(&["login"]);
        let page = desk.browser().sign_in_blocking(&running.link()).unwrap();
        assert!(!page.body.contains("You are signed in"), "{page:?}");
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(5), "{fault:?}: {outcome:?}");
        assert_eq!(desk.sandbox.requests(Route::Token), 1, "{fault:?}");
        desk.sign_in(&[]);
        assert_eq!(desk.run(&["token"]).code, Some(0));
    }
}

#[test]
fn t18_a_refresh_token_is_sent_once_whatever_happens_to_the_answer() {
    for fault in [Fault::LoseAnswer, Fault::Truncate, Fault::status(502)] {
        let desk = Desk::new();
        desk.sign_in(&[]);
        ago(&desk, 2 * 86_400);
        desk.sandbox.plan(Route::Token, fault.clone());
        assert_eq!(desk.run(&["token"]).code, Some(5), "{fault:?}");
        for _ in 0..2 {
            let outcome = desk.run(&["token"]);
            assert_eq!(outcome.code, Some(3), "{fault:?}: {outcome:?}");
            assert!(outcome.error.contains("not sent twice"), "{}", outcome.error);
        }
        assert_eq!(desk.sandbox.requests(Route::Token), 2, "the sign-in and one renewal");
    }
}

#[test]
fn t26_two_hundred_commands_in_an_outage_are_given_the_token_that_lives() {
    let life = std::time::Duration::from_hours(1);
    let desk = Desk::of_job_with(Settings { token_life: life, ..Settings::default() });
    let old = desk.run(&["token"]).raw.0;
    // Within its margin, at most five minutes before its end.
    ago(&desk, 3_600 - 200);
    let then = Box::new(carto_sandbox::Answer::empty(503).header("retry-after", "31").into());
    let delay = std::time::Duration::from_secs(1);
    desk.sandbox.plan_always(Route::Token, Fault::After { delay, then });
    for _ in 0..10 {
        let commands: Vec<_> = (0..20).map(|_| desk.start(&["token"])).collect();
        for command in commands {
            let outcome = command.end();
            assert_eq!((outcome.code, &outcome.raw.0), (Some(0), &old), "{outcome:?}");
        }
    }
    let requests = desk.sandbox.requests(Route::Token) - 1;
    // While one of twenty asks, the others are given what lives; only who comes after it may ask again.
    assert!((10..=60).contains(&requests), "{requests} requests of 200 commands");
}

#[cfg(unix)]
#[test]
fn t29_a_command_that_is_ended_during_a_renewal_locks_nobody_out() {
    for signal in ["-INT", "-TERM", "-KILL"] {
        let desk = Desk::of_job();
        let old = desk.run(&["token"]).raw.0;
        ago(&desk, 2 * 86_400);
        desk.sandbox.plan(Route::Token, Fault::Hang);
        let running = desk.start(&["token"]);
        while desk.sandbox.requests(Route::Token) < 2 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        running.signal(signal);
        let ended = running.end();
        assert_ne!(ended.code, Some(0), "{signal}: {ended:?}");
        let next = desk.run(&["token"]);
        assert_eq!((next.code, next.output.as_str()), (Some(0), "[TOKEN]\n"), "{signal}: {next:?}");
        assert_ne!(next.raw.0, old);
        assert_eq!(desk.sandbox.requests(Route::Token), 3, "{signal}");
    }
}
