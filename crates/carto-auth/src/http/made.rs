//! An answer that no server gave, for tests and for the fuzzer.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hyper::Response;
use url::Url;

use super::Answer;
use crate::canary::CANARY;
use crate::secret::Secret;

impl Answer {
    /// An answer to a request that held the canary and [`SECOND`].
    pub(crate) fn made(status: u16, headers: &[(&str, &[u8])], body: &[u8]) -> Self {
        let response = headers.iter().fold(Response::builder().status(status), |response, (name, value)| {
            match hyper::header::HeaderValue::from_bytes(value) {
                Ok(value) => response.header(*name, value),
                Err(_) => response,
            }
        });
        let response = response.body(body.to_vec()).expect("an answer").into();
        let url = Url::parse("https://auth.carto.com/oauth/token").expect("a URL");
        let secrets = [CANARY, SECOND].map(Secret::new).to_vec();
        let mut reading = pin!(Self::read(response, url, secrets));
        loop {
            // All of it is here: nothing is waited for.
            if let Poll::Ready(answer) = reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return answer.expect("an answer");
            }
        }
    }

    /// An answer of which the first byte picks the status; the rest is the body.
    pub(crate) fn of_error(bytes: &[u8]) -> Option<Self> {
        let (first, body) = bytes.split_first()?;
        Some(Self::made(STATUSES[usize::from(*first) % STATUSES.len()], &[], body))
    }
}

/// A secret that looks another in a form.
pub(crate) const SECOND: &str = "zq+8/ ü";

/// One letter of the alphabet each, beginning with `@`.
const STATUSES: [u16; 16] = [400, 401, 403, 404, 405, 408, 409, 418, 422, 429, 500, 502, 503, 504, 302, 200];
