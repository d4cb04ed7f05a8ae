//! L25 and L26: a network with less on it than most have, in a namespace of its own.
//!
//! Each story is played by this very binary, which runs one test inside, with a sandbox of its own.
#![cfg(target_os = "linux")]

use std::process::Command;

use carto_auth::ErrorKind;
use carto_auth::platform::Input;
use tokio::net::TcpStream;

use crate::world::{Waiting, World};

#[test]
fn l25_a_port_that_may_not_be_listened_on_is_told_and_a_code_is_pasted() {
    // As root without the capability that ports below 1024 take.
    inside("", "setpriv --inh-caps=-all --bounding-set=-all", "a_port_below_1024");
}

#[tokio::test]
async fn inside_a_port_below_1024() {
    if !is_inside() {
        return;
    }
    let world = World::new().where_person(Input::Terminal, &[]).with_port(80);
    let auth = world.person();
    let (signed_in, ()) = tokio::join!(auth.sign_in(), async {
        let link = world.person.link(0).await;
        let code = world.sandbox.browser().code_page(&link).await.expect("a code");
        world.person.will_type(&[&code]);
    });
    signed_in.expect("signed in");
    assert!(world.person.told().contains("port 80 may not be listened on"), "{}", world.person.told());

    let error = World::new().with_port(80).person().sign_in().await.expect_err("nobody pastes");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.hint_text().expect("a hint").contains("--no-browser"));
}

#[test]
fn l26_where_there_is_no_ipv6_the_other_family_is_enough() {
    inside("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6", "", "one_family");
}

#[tokio::test]
async fn inside_one_family() {
    if !is_inside() {
        return;
    }
    let waiting = Waiting::begin().await;
    assert!(TcpStream::connect(("::1", waiting.port)).await.is_err(), "there is none");
    waiting.person_signs_in().await;
}

#[test]
fn l26_a_localhost_that_leads_elsewhere_leads_nobody_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "192.0.2.1 localhost\n").expect("written");
    inside(&format!("mount --bind {} /etc/hosts", hosts.display()), "", "localhost_elsewhere");
}

#[tokio::test]
async fn inside_localhost_elsewhere() {
    if !is_inside() {
        return;
    }
    let found: Vec<_> = tokio::net::lookup_host("localhost:80").await.expect("a name").collect();
    assert_eq!(found, ["192.0.2.1:80".parse().expect("an address")]);
    let waiting = Waiting::begin().await;
    let reply = waiting.get("/favicon.ico").await;
    assert_eq!(reply.status, 404, "it listens on this machine");
    waiting.any_code_will_do();
    waiting.comes_back(&waiting.callback()).await;
    waiting.end().await.1.expect("signed in");
}

/// Runs a test of this module where it is alone on a loopback, after this shell line.
fn inside(line: &str, by: &str, test: &str) {
    let script = format!(
        "ip link set lo up && {{ {}; }} && exec {by} \"$@\"",
        if line.is_empty() { ":" } else { line }
    );
    let program = std::env::current_exe().expect("this binary");
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "sh", "-c", &script, "sh"])
        .arg(program)
        .args(["--exact", &format!("network::inside_{test}")])
        .env(INSIDE, "1")
        .output()
        .expect("`unshare` of util-linux");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

const INSIDE: &str = "CARTO_AUTH_TEST_INSIDE";
