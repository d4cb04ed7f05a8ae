//! What handing out a token that is in memory costs, and what one read of the clock costs, on one thread and on two.
//!
//!     cargo bench --package carto-auth --bench call
//!
//! Every call of `access_token()` reads the clock that counts suspend, so the limit is that read. Both are measured
//! in turn, in rounds so short that most of them meet nothing else; each line of the output is a kind of round, and
//! its nanoseconds for one call in each of the rounds.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of its own, outside of the platform"
)]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use carto_auth::platform::{Clock as _, SystemClock, Variables};
use carto_auth::{CartoAuth, M2mCredentials, Options, Platform, Secret, Wanted};
use carto_sandbox::Sandbox;
use tokio::runtime::{Builder, Runtime};

fn main() {
    let sandbox = Sandbox::start_blocking(carto_sandbox::Settings::default()).expect("a sandbox");
    let folder = tempfile::tempdir().expect("a folder");
    let auth = handle(&sandbox, folder.path());
    let token = runtime().block_on(auth.access_token()).expect("a token");
    assert!(!token.expose().is_empty());

    let kinds = [("clock", 1), ("token", 1), ("clock", 2), ("token", 2)];
    let mut figures = kinds.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..WARM_UP + ROUNDS {
        for ((kind, threads), figures) in kinds.iter().zip(&mut figures) {
            let work = if *kind == "clock" { clock } else { tokens };
            figures.push(on_threads(*threads, &auth, work));
        }
    }
    for ((kind, threads), figures) in kinds.iter().zip(&figures) {
        let figures: Vec<_> = figures[WARM_UP..].iter().map(|figure| format!("{figure:.2}")).collect();
        println!("{kind} {threads} {}", figures.join(" "));
    }
    assert_eq!(sandbox.requests(carto_sandbox::Route::Token), 1, "all were calls of the common way");
}

/// Reads the clock, after it has gone through the gate.
fn clock(_: &CartoAuth, gate: &Gate) -> Span {
    let clock = SystemClock;
    gate.pass();
    let begin = Instant::now();
    for _ in 0..CALLS {
        black_box(clock.since_boot());
    }
    Span { begin, end: Instant::now() }
}

/// Asks for tokens in a loop of one task.
fn tokens(auth: &CartoAuth, gate: &Gate) -> Span {
    runtime().block_on(async {
        gate.pass();
        let begin = Instant::now();
        for _ in 0..CALLS {
            black_box(auth.access_token().await).expect("it is in memory");
        }
        Span { begin, end: Instant::now() }
    })
}

/// Nanoseconds for one call, where so many threads work at the same time with one handle.
///
/// On a busy machine one may have run after the other, and shown nothing: such a round is not taken.
fn on_threads(count: usize, auth: &CartoAuth, work: fn(&CartoAuth, &Gate) -> Span) -> f64 {
    for _ in 0..ATTEMPTS {
        let gate = Gate { awaited: AtomicUsize::new(count) };
        let spans: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..count).map(|_| scope.spawn(|| work(auth, &gate))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let longest = spans.iter().map(|span| span.end - span.begin).max().expect("a thread");
        let last_begin = spans.iter().map(|span| span.begin).max().expect("a thread");
        let first_end = spans.iter().map(|span| span.end).min().expect("a thread");
        if first_end.saturating_duration_since(last_begin) > longest.mul_f64(0.8) {
            return longest.as_secs_f64() * 1e9 / f64::from(CALLS);
        }
    }
    panic!("{count} threads never ran at the same time: the machine is too busy");
}

/// When a thread began and ended its calls.
struct Span {
    begin: Instant,
    end: Instant,
}

/// Opens when everybody is there.
struct Gate {
    awaited: AtomicUsize,
}

impl Gate {
    fn pass(&self) {
        self.awaited.fetch_sub(1, Ordering::SeqCst);
        while self.awaited.load(Ordering::SeqCst) > 0 {
            std::hint::spin_loop();
        }
    }
}

fn handle(sandbox: &Sandbox, folder: &std::path::Path) -> CartoAuth {
    let (id, secret) = sandbox.m2m_client();
    let credentials = M2mCredentials::new(sandbox.url(), &id, Secret::new(secret)).expect("credentials");
    let cache = ("CARTO_AUTH_CACHE_DIR".to_owned(), folder.display().to_string());
    let platform = Platform::headless(sandbox.variables().into_iter().chain([cache]).collect::<Variables>());
    CartoAuth::open(platform, &Options::default(), Wanted::Credentials(credentials)).expect("settings")
}

/// The handle renews through a connection of its first runtime; those that only call need none of it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

const CALLS: u32 = 20_000;
const ATTEMPTS: usize = 1_000;
const ROUNDS: usize = 201;
const WARM_UP: usize = 10;
