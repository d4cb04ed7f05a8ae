//! C12, C14: credentials that change while a program runs, and two that differ.

use carto_auth::{CartoAuth, ErrorKind, Options, Source, Wanted};
use carto_sandbox::Route;

use crate::credentials::open;
use crate::world::{DAY, World};

#[tokio::test]
async fn c12_a_secret_that_is_rotated_is_picked_up_and_the_old_token_is_given_to_nobody_who_starts() {
    let world = World::new();
    let file = world.credentials_file("c.json");
    let auth = open(&world, &file).expect("read");
    let old = auth.access_token().await.expect("a token");
    let (id, _) = world.sandbox.m2m_client();
    world.sandbox.rotate_m2m_secret(&id);
    world.credentials_file("c.json");
    let started = open(&world, &file).expect("read");
    assert_eq!(started.cached_access_token().expect("read"), None, "the old token is of the old secret");
    let new = started.access_token().await.expect("a token of the new secret");
    assert_ne!(new, old);
    // The server knows the old secret no more, so that a renewal with it would fail.
    auth.invalidate();
    assert_eq!(auth.access_token().await.expect("picked up"), new);
    world.clock.pass(2 * DAY);
    auth.access_token().await.expect("a token after the end of both");
}

#[cfg(unix)]
#[tokio::test]
async fn c12_a_change_that_leaves_length_and_time_as_they_were_is_seen() {
    let world = World::new();
    let (first, second) = (world.sandbox.add_m2m_client(), world.sandbox.add_m2m_client());
    let file = world.write_credentials("c.json", &first.0, &first.1);
    let times = std::fs::metadata(&file).and_then(|metadata| metadata.modified()).expect("a time");
    let auth = open(&world, &file).expect("read");
    let one = auth.access_token().await.expect("a token");
    // In place, and dated back as `cp --preserve` and `rsync --times` do.
    let text = World::read(&file).replace(&first.0, &second.0).replace(&first.1, &second.1);
    assert_eq!(text.len(), World::read(&file).len(), "the clients of the sandbox have names of one length");
    std::fs::write(&file, text).expect("written");
    let written = std::fs::OpenOptions::new().write(true).open(&file).expect("opened");
    written.set_modified(times).expect("dated back");
    auth.invalidate();
    assert_ne!(auth.access_token().await.expect("a token"), one);
    let last = world.sandbox.recorded().into_iter().rfind(|request| request.route == Route::Token);
    assert_eq!(last.expect("asked").parameter("client_id"), Some(second.0));
}

#[cfg(unix)]
#[tokio::test]
async fn c12_a_mount_of_kubernetes_that_turns_its_link_is_followed() {
    let world = World::new();
    let mount = world.folder.path().join("secret");
    let turn = |version: &str, (id, secret): &(String, String)| {
        std::fs::create_dir_all(mount.join(version)).expect("made");
        world.write_credentials(&format!("secret/{version}/c.json"), id, secret);
        std::os::unix::fs::symlink(version, mount.join("new")).expect("linked");
        std::fs::rename(mount.join("new"), mount.join("..data")).expect("turned");
    };
    turn("..1", &world.sandbox.add_m2m_client());
    std::os::unix::fs::symlink("..data/c.json", mount.join("c.json")).expect("linked");
    let auth = open(&world, mount.join("c.json")).expect("read");
    auth.access_token().await.expect("a token");
    let second = world.sandbox.add_m2m_client();
    turn("..2", &second);
    std::fs::remove_dir_all(mount.join("..1")).expect("removed");
    auth.invalidate();
    auth.access_token().await.expect("a token");
    let last = world.sandbox.recorded().into_iter().rfind(|request| request.route == Route::Token);
    assert_eq!(last.expect("asked").parameter("client_id"), Some(second.0));
}

#[tokio::test]
async fn c12_a_file_that_is_half_written_or_gone_stops_no_program_that_runs_and_the_rest_is_read_later() {
    let world = World::new();
    let file = world.credentials_file("c.json");
    let whole = World::read(&file);
    let auth = open(&world, &file).expect("read");
    let mut token = auth.access_token().await.expect("a token");
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..cut]).expect("written");
        assert_eq!(auth.access_token().await.expect("in memory"), token, "cut at {cut}");
        auth.invalidate();
        let error = auth.access_token().await.expect_err("half a file is no credential");
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        std::fs::write(&file, &whole).expect("written");
        token = auth.access_token().await.expect("whole again");
    }
    std::fs::remove_file(&file).expect("removed");
    auth.invalidate();
    auth.access_token().await.expect("what was read last is used further");
}

#[tokio::test]
async fn c14_of_secrets_that_differ_the_documented_one_is_used_and_both_are_told() {
    let world = World::new();
    let (id, secret) = world.sandbox.add_m2m_client();
    let file = world.credentials_file("c.json");
    let (of_file, _) = world.sandbox.m2m_client();
    let named = file.display().to_string();
    let url = world.sandbox.url().to_owned();
    let variables = [
        ("CARTO_API_BASE_URL", url.as_str()),
        ("CARTO_M2M_CLIENT_ID", &id),
        ("CARTO_M2M_CLIENT_SECRET", &secret),
        ("CARTO_CREDENTIALS_FILE", &named),
    ];
    let open = |wanted| CartoAuth::open(world.platform_with(&variables), &Options::default(), wanted);
    for (wanted, used, by) in [
        (Wanted::Any, &id, Source::Variable("CARTO_M2M_CLIENT_ID")),
        (Wanted::CredentialsFile(file.clone()), &of_file, Source::Option),
    ] {
        let told = world.person.told().len();
        let auth = open(wanted).expect("settings");
        auth.access_token().await.expect("a token");
        let sent = world.sandbox.recorded().into_iter().rfind(|request| request.route == Route::Token);
        assert_eq!(sent.expect("asked").parameter("client_id").as_ref(), Some(used));
        let status = auth.status().await.expect("a status");
        let choice = status.choices.iter().find(|choice| choice.setting == "credential").expect("decided");
        assert_eq!(choice.source, by);
        assert!(!choice.overrides.is_empty(), "{choice:?}");
        let warning = &world.person.told()[told..];
        assert_eq!(warning.matches("says something else, and is left aside").count(), 1, "{warning}");
        assert!(!format!("{warning} {status:?}").contains(&secret));
    }
}
