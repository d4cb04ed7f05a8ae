//! K14, K15: clocks that are set, machines that sleep, and machines whose clocks differ.

use std::sync::Arc;
use std::time::Duration;

use carto_auth::{CartoAuth, Options, Platform, Wanted};
use carto_sandbox::{Route, Settings};

use crate::world::{DAY, Given, HOUR, MINUTE, SetClock, World};

#[tokio::test]
async fn k14_a_clock_that_is_set_a_day_back_or_forward_gives_no_dead_token_and_asks_no_more() {
    for jump in [-DAY, DAY, -400 * DAY, 400 * DAY] {
        let world = World::with(Settings { token_life: Duration::from_hours(1), ..Settings::default() });
        let stays = world.job();
        let mut given = Given::in_world(&world, HOUR);
        for passed in (0..4 * HOUR).step_by(60) {
            if passed == HOUR / 2 {
                world.clock.jump(jump);
            }
            given.give_all(&[stays.clone(), world.job()]).await;
            world.clock.pass(MINUTE);
        }
        let requests = world.sandbox.requests(Route::Token);
        assert!((4..=5).contains(&requests), "{requests} requests in 4 lifetimes, {jump} s");
    }
}

#[tokio::test]
async fn k14_a_clock_that_was_set_back_a_day_makes_no_token_valid_for_ever() {
    let world = signed_in().await;
    let auth = world.person();
    let old = auth.access_token().await.expect("a token");
    world.clock.jump(-DAY);
    assert_eq!(auth.access_token().await.expect("it is no older for that"), old);
    assert_eq!(world.person().access_token().await.expect("in any process"), old);
    world.clock.pass(DAY);
    assert_ne!(auth.access_token().await.expect("a new one"), old);
    // After a restart there is only the clock on the wall, and one from the future is not trusted.
    let last = world.person().access_token().await.expect("the same");
    world.clock.restart();
    world.clock.jump(-DAY);
    assert_ne!(world.person().access_token().await.expect("a new one"), last);
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn k14_a_machine_that_slept_renews_at_once() {
    let world = signed_in().await;
    let auth = world.person();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(8 * HOUR);
    assert_eq!(auth.access_token().await.expect("still good"), old);
    world.clock.pass(DAY);
    assert_ne!(auth.access_token().await.expect("a new one"), old);
    for (life, expected) in [(HOUR, 2), (9 * HOUR, 1), (DAY, 1)] {
        let life_of = Duration::from_secs(life.unsigned_abs());
        let world = World::with(Settings { token_life: life_of, ..Settings::default() });
        let auth = [world.job()];
        let mut given = Given::in_world(&world, life);
        given.give_all(&auth).await;
        world.clock.pass(8 * HOUR);
        given.give_all(&[auth[0].clone(), world.job()]).await;
        assert_eq!(world.sandbox.requests(Route::Token), expected, "{life} s");
    }
}

#[tokio::test]
async fn k15_a_machine_with_the_same_home_and_a_clock_ten_minutes_off_uses_the_token_and_never_a_dead_one() {
    for ahead in [10 * MINUTE, -10 * MINUTE] {
        for life in [HOUR, DAY] {
            let world = World::new();
            world.answer_by_the_clock(life);
            let other = Arc::new(world.clock.elsewhere(1, ahead));
            let there = job_at(&world, &other);
            let mut given = Given::in_world(&world, life);
            given.give_all(&[there]).await;
            // What the server said of the time counts, and not what either machine takes it for.
            let mut passed = 0;
            while passed < life - life / 10 * 3 / 2 - 10 * MINUTE {
                given.give_all(&[world.job(), job_at(&world, &other)]).await;
                assert_eq!(world.sandbox.requests(Route::Token), 1, "{ahead} {life} after {passed}");
                world.clock.pass(life / 60);
                other.pass(life / 60);
                passed += life / 60;
            }
            for _ in 0..20 {
                world.clock.pass(life / 60);
                other.pass(life / 60);
                given.give_all(&[world.job(), job_at(&world, &other)]).await;
            }
            let requests = world.sandbox.requests(Route::Token);
            assert!(requests <= 4, "{ahead} {life}: {requests} requests");
        }
    }
}

fn job_at(world: &World, clock: &Arc<SetClock>) -> CartoAuth {
    let platform = Platform { clock: Arc::<SetClock>::clone(clock), ..world.platform() };
    let wanted = Wanted::CredentialsFile(world.credentials_file("carto-credentials.json"));
    CartoAuth::open(platform, &Options::default(), wanted).expect("settings")
}

async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world
}
