//! A proxy that is not known, not there, or wants to know who asks; and servers that cannot be reached without one.

use std::net::TcpListener;

use carto_sandbox::{Fault, Route};

use crate::desk::Desk;
use crate::hint::{fails, works};
use crate::tls::TlsServer;
use crate::tunnel::{FAR, Tunnel, far_away};

#[test]
fn a_proxy_that_wants_a_password_is_given_its_own() {
    let server = TlsServer::with("server");
    let proxy = Tunnel::to(server.port, Some("me:right"));
    let elsewhere = Tunnel::to(server.port, Some("you:other"));
    for wrong in [
        proxy.address(""),
        proxy.address("you:right"),
        proxy.address("me:wrong"),
        elsewhere.address("me:right"),
    ] {
        let mut desk = far_away(FAR, "authority");
        desk.set("HTTPS_PROXY", wrong);
        let hint = fails(&desk, &["token"], "check-the-address-user");
        hint.says("check the address, user name and password");
        desk.set(hint.word("HTTPS_PROXY"), proxy.address("me:right"));
        works(&desk, &["token"]);
    }
}

#[test]
fn a_proxy_that_is_not_there_is_put_right() {
    let server = TlsServer::with("server");
    let proxy = Tunnel::to(server.port, None);
    let mut desk = far_away(FAR, "authority");
    desk.set("HTTPS_PROXY", format!("http://127.0.0.1:{}", closed_port()));
    let hint = fails(&desk, &["token"], "check-the-network-and-the-proxy");
    desk.set(hint.word("HTTPS_PROXY"), proxy.address(""));
    works(&desk, &["token"]);
}

#[test]
fn a_name_that_cannot_be_found_is_put_right_or_left_to_a_proxy() {
    let server = TlsServer::with("server");
    let mut desk = far_away("https://no-such-host.invalid", "authority");
    fails(&desk, &["token"], "check-the-name-and").says("check the name");
    desk.set("CARTO_AUTH_URL", format!("https://localhost:{}", server.port));
    works(&desk, &["token"]);
    desk.set("CARTO_AUTH_URL", FAR);
    let hint = fails(&desk, &["token"], "check-the-name-and");
    desk.set(hint.word("HTTPS_PROXY"), Tunnel::to(server.port, None).address(""));
    works(&desk, &["token"]);
}

#[test]
fn a_server_that_cannot_be_reached_is_tried_again_or_left_to_a_proxy() {
    let server = TlsServer::with("server");
    let mut desk = far_away(&format!("https://0.0.0.0:{}", closed_port()), "authority");
    let hint = fails(&desk, &["token"], "check-the-network-and");
    desk.set(hint.word("HTTPS_PROXY"), Tunnel::to(server.port, None).address(""));
    works(&desk, &["token"]);
    let desk = Desk::of_job();
    desk.sandbox.plan_always(Route::Token, Fault::Reset);
    fails(&desk, &["token"], "check-the-network-and").says("check the network and try again");
    desk.sandbox.forgive();
    desk.sandbox.plan_nothing(Route::Token);
    works(&desk, &["token"]);
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
