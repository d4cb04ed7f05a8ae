//! K04, K16: the files of carto-auth 0.2.0, and 0.2.0 beside us. The wheel's tests play both with 0.2.0 itself.

use std::path::PathBuf;

use carto_auth::platform::Clock as _;
use carto_auth::{Claims, Secret};
use carto_sandbox::{ADA, Route};
use serde_json::json;

use crate::world::{DAY, HOUR, MINUTE, World};

/// A sign-in of 0.2.0 in a zone so many seconds east of UTC, whose `utcnow().timestamp()` takes UTC for local
/// time: what it writes is too small in the east and too large in the west.
fn sign_in_with_0_2_0(world: &World, name: &str, token: &str, east: i64) -> (PathBuf, String) {
    let end = Claims::read(token).and_then(|claims| claims.expires_at()).expect("an end");
    let document = json!({
        "api_base_url": "https://somebody-elses.example.com", "access_token": token,
        "expiration": (end - east) as f64 + 0.25,
    });
    let mut private = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
    private.recursive(true).create(world.cache()).expect("made");
    let file = world.cache().join(name);
    std::fs::write(&file, document.to_string()).expect("written");
    (file, document.to_string())
}

const ZONES: [i64; 11] = [
    0,
    2 * HOUR,
    -5 * HOUR,
    HOUR,
    3 * HOUR,
    -4 * HOUR,
    14 * HOUR,
    -12 * HOUR,
    5 * HOUR + 45 * MINUTE,
    -(3 * HOUR + 30 * MINUTE),
    10 * HOUR + 30 * MINUTE,
];

#[tokio::test]
async fn k04_a_token_of_0_2_0_is_used_to_its_true_end_wherever_and_in_whatever_season_it_was_written() {
    for east in ZONES {
        let world = World::new();
        let token = world.sandbox.issue(ADA).access_token;
        let (file, text) = sign_in_with_0_2_0(&world, "token_oauth.json", &token, east);
        let left = || {
            let end = Claims::read(&token).and_then(|claims| claims.expires_at()).expect("an end");
            end - world.clock.now()
        };
        // Its own end, by what it says, lies up to 14 hours before or behind.
        for passes in [0, DAY / 2, left() - DAY / 2 - 10 * MINUTE] {
            world.clock.pass(passes);
            let found = world.person().cached_access_token().expect("read");
            assert_eq!(
                found,
                Some(Secret::new(token.clone())),
                "{east} after {passes}: thrown away while it lives"
            );
            assert_eq!(world.person().access_token().await.expect("a token").expose(), token, "{east}");
        }
        world.clock.pass(left());
        assert_eq!(world.person().cached_access_token().expect("read"), None, "{east}: served after its end");
        let fresh = world.person().access_token().await.expect("signed in anew");
        assert_ne!(fresh.expose(), token);
        assert_eq!(World::read(file), text, "it is 0.2.0's");
        assert_eq!(world.person.told().matches("warning: ").count(), 0);
    }
}

#[tokio::test]
async fn k04_a_file_of_0_2_0_that_says_nothing_true_is_left_alone_and_used_for_nothing() {
    let world = World::new();
    let token = world.sandbox.issue(ADA).access_token;
    let (file, whole) = sign_in_with_0_2_0(&world, "token_oauth.json", &token, 0);
    let unsigned = token.rsplit_once('.').expect("a signature").0.to_owned();
    let expiration = |text: &str| {
        whole.replace(
            &whole[whole.find("\"expiration\"").expect("there")..],
            &format!("\"expiration\": {text}}}"),
        )
    };
    for text in [
        whole.replace(&token, "opaque"),
        whole.replace(&token, ""),
        whole.replace(&token, &unsigned[..unsigned.len() / 2]),
        whole.replace(&token, &format!("{token}\\n")),
        whole.replace(&format!("\"{token}\""), "null"),
        whole.replace("access_token", "accessToken"),
    ] {
        std::fs::write(&file, &text).expect("written");
        assert_eq!(world.person().cached_access_token().expect("a miss"), None, "{text}");
        assert_eq!(World::read(&file), text);
    }
    for cut in 0..whole.len() - 1 {
        std::fs::write(&file, &whole[..cut]).expect("written");
        assert_eq!(world.person().cached_access_token().expect("a miss"), None, "cut at {cut}");
        assert_eq!(World::read(&file).len(), cut);
    }
    // Its own `expiration` counts for nothing, whatever it is.
    for end in ["0", "-1", "1e300", "9007199254740993", "\"soon\""] {
        std::fs::write(&file, expiration(end)).expect("written");
        assert_eq!(
            world.person().cached_access_token().expect("a hit"),
            Some(Secret::new(token.clone())),
            "{end}"
        );
    }
    assert_eq!(world.person.told(), "");
}

#[tokio::test]
async fn k16_0_2_0_beside_us_keeps_its_file_and_we_keep_ours() {
    let world = World::new();
    let theirs = world.sandbox.issue(ADA).access_token;
    let (person, text) = sign_in_with_0_2_0(&world, "token_oauth.json", &theirs, 2 * HOUR);
    let job = world.job();
    let ours = job.access_token().await.expect("a token of our own");
    let (of_job, text_of_job) = sign_in_with_0_2_0(&world, "token_m2m.json", ours.expose(), -5 * HOUR);
    let old_files_stay = |when: &str| {
        assert_eq!(
            (World::read(&person), World::read(&of_job)),
            (text.clone(), text_of_job.clone()),
            "{when}"
        );
    };
    assert_eq!(world.person().access_token().await.expect("taken over").expose(), theirs);
    old_files_stay("after a token was taken over");
    world.clock.pass(2 * DAY);
    let renewed = world.person().access_token().await.expect("signed in anew");
    world.job().access_token().await.expect("renewed");
    old_files_stay("after both were renewed");
    // 0.2.0 signs in later, to itself: what is ours is the better one, since it renews.
    let (_, later) =
        sign_in_with_0_2_0(&world, "token_oauth.json", &world.sandbox.issue(ADA).access_token, 0);
    assert_eq!(world.person().access_token().await.expect("ours"), renewed);
    assert!(world.person().log_out().await.expect("signed out").removed);
    assert_eq!(World::read(&person), later, "signing out of ours signs nobody out of 0.2.0");
    assert_eq!(world.person().cached_access_token().expect("read"), None, "nor does it bring its token back");
    assert_eq!(world.sandbox.requests(Route::Revoke), 1);
}
