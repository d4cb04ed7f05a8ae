//! A month of a person's work, in virtual time: how often they are asked to sign in.

mod world;

use carto_sandbox::{Route, Settings};
use world::{DAY, Given, HOUR, MINUTE, World, figure};

#[tokio::test]
async fn where_refresh_tokens_are_given_a_month_needs_one_sign_in() {
    let world = World::new();
    let worked = a_month(&world).await;
    figure("month", "a month with refresh tokens", "sign-ins", world.browser.opened().len(), 1);
    assert_eq!(world.browser.opened().len(), 1);
    // At most one renewal a day of work: the token of a day serves the evening and the next morning.
    assert!(world.refreshes() <= worked, "{} renewals in {worked} days of work", world.refreshes());
}

#[tokio::test]
async fn where_none_are_given_a_person_is_asked_at_most_once_a_day() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    let worked = a_month(&world).await;
    let asked = world.browser.opened().len();
    figure("month-without", "22 days of work without refresh tokens", "sign-ins", asked, worked);
    assert!(asked >= worked / 2, "asked {asked} times in {worked} days of work");
    assert_eq!(world.sandbox.requests(Route::Token), asked, "one request for each sign-in");
}

/// Thirty days from a Monday on. On weekdays, from some time between half past seven and half past nine, there are
/// nine hours of scripts and of notebooks; else the laptop sleeps. Gives the days of work.
async fn a_month(world: &World) -> usize {
    let mut given = Given::in_world(world, DAY);
    let mut worked = 0;
    for day in 0..30 {
        let weekend = day % 7 >= 5;
        if weekend {
            world.clock.pass(DAY);
            continue;
        }
        worked += 1;
        let begins = 7 * HOUR + 30 * MINUTE + (day * 37 % 120) * MINUTE;
        world.clock.pass(begins);
        let mut asked = world.browser.opened().len();
        let notebook = world.person();
        for _ in 0..54 {
            given.give_all(&[notebook.clone(), world.person(), world.person()]).await;
            world.clock.pass(10 * MINUTE);
        }
        asked = world.browser.opened().len() - asked;
        assert!(asked <= 1, "asked {asked} times on day {day}");
        world.clock.pass(DAY - begins - 9 * HOUR);
    }
    worked
}
