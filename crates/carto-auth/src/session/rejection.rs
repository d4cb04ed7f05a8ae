//! Tokens that an API did not accept (a 401).
//!
//! Two hundred tasks that see the same 401 make one renewal, since each says which token it was about. An API that
//! accepts no token at all makes no storm of renewals either: a token that was won in place of a rejected one is not
//! given up for a while. One that somebody else had won long before is given up at once: of a new one nothing is known.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::secret::Secret;

/// What was rejected last, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Rejections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The last few: whoever comes late with an old one takes nothing back of a later one.
    rejected: VecDeque<Secret>,
    /// Whether nothing has come in place of the last one yet.
    is_open: bool,
    /// When the token was won that came in place of a rejected one.
    replaced_at: Option<Duration>,
    /// The last one, where no caller said that it was not accepted, but a question of our own was.
    doubted: Option<Secret>,
}

impl Rejections {
    /// Takes note of a token that was not accepted, and says whether it is given up.
    pub(super) fn reject(&self, token: &Secret, now: Duration) -> bool {
        let mut state = self.state();
        if state.replaced_at.is_some_and(|at| now < at + REST) {
            tracing::warn!("an API accepts no token; the one that has just been won is not renewed again");
            return false;
        }
        state.doubted = None;
        if !state.rejected.contains(token) {
            state.rejected.truncate(REMEMBERED - 1);
            state.rejected.push_front(token.clone());
        }
        state.is_open = true;
        true
    }

    /// Says whether this is the token that was not accepted.
    pub(super) fn is_rejected(&self, token: &Secret) -> bool {
        self.state().rejected.contains(token)
    }

    /// Takes note of a token that is in use from now on: when another was rejected before, it came in its place. `age`
    /// is how long ago it was won, here or by somebody else.
    pub(super) fn replaced(&self, token: &Secret, age: Duration, now: Duration) {
        let mut state = self.state();
        if state.is_open && !state.rejected.contains(token) {
            state.is_open = false;
            state.replaced_at = now.checked_sub(age);
        }
    }

    /// Whoever asks for another token outright gets one.
    pub(super) fn forget(&self) {
        self.state().replaced_at = None;
    }

    /// Takes note that it was a question of our own that was not answered with the token that was just rejected.
    pub(super) fn doubt(&self, token: &Secret) {
        self.state().doubted = Some(token.clone());
    }

    /// Takes a doubt of ours back where nothing better is to be had, and says whether there was one. What a caller has
    /// said stays.
    pub(super) fn take_back(&self, token: &Secret) -> bool {
        let mut state = self.state();
        let before = state.rejected.len();
        if state.doubted.as_ref() == Some(token) {
            state.rejected.retain(|rejected| rejected != token);
        }
        state.rejected.len() < before
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many rejected tokens are remembered.
const REMEMBERED: usize = 8;

/// How long a token that replaced a rejected one is kept whatever an API says.
const REST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    /// The age of a token that has just been won.
    const NEW: Duration = Duration::ZERO;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_that_replaced_a_rejected_one_is_not_given_up_at_once() {
        let (first, second) = (Secret::new("first"), Secret::new("second"));
        let rejections = Rejections::default();
        assert!(rejections.reject(&first, seconds(100)));
        assert!(rejections.is_rejected(&first));
        rejections.replaced(&first, NEW, seconds(100));
        assert!(rejections.is_rejected(&first), "it is the same one");
        rejections.replaced(&second, NEW, seconds(101));
        assert!(!rejections.reject(&second, seconds(130)));
        assert!(rejections.reject(&second, seconds(131)));
    }

    #[test]
    fn one_that_was_won_long_before_is_given_up_when_it_is_refused_for_the_first_time() {
        let [first, of_a_sibling, third] = ["first", "of a sibling", "third"].map(Secret::new);
        let rejections = Rejections::default();
        assert!(rejections.reject(&first, seconds(1_000)));
        rejections.replaced(&of_a_sibling, seconds(600), seconds(1_000));
        assert!(rejections.reject(&of_a_sibling, seconds(1_001)), "all that was won before was revoked");
        rejections.replaced(&third, NEW, seconds(1_002));
        assert!(!rejections.reject(&third, seconds(1_003)), "a new one is refused, too");
    }

    #[test]
    fn of_many_that_share_a_store_one_renews_for_all() {
        let (first, of_a_sibling) = (Secret::new("first"), Secret::new("of a sibling"));
        let rejections = Rejections::default();
        assert!(rejections.reject(&first, seconds(100)));
        rejections.replaced(&of_a_sibling, seconds(5), seconds(101));
        assert!(!rejections.reject(&of_a_sibling, seconds(125)));
        assert!(rejections.reject(&of_a_sibling, seconds(126)));
    }

    #[test]
    fn whoever_comes_late_with_an_old_token_takes_nothing_back_of_a_later_one() {
        let (first, second) = (Secret::new("first"), Secret::new("second"));
        let rejections = Rejections::default();
        assert!(rejections.reject(&second, seconds(100)));
        assert!(rejections.reject(&first, seconds(100)));
        assert!(rejections.is_rejected(&second) && rejections.is_rejected(&first));
        rejections.replaced(&second, NEW, seconds(101));
        assert!(rejections.reject(&second, seconds(102)), "it came in nobody's place");
    }

    #[test]
    fn whoever_asks_outright_gets_another_token() {
        let rejections = Rejections::default();
        assert!(rejections.reject(&Secret::new("first"), seconds(100)));
        rejections.replaced(&Secret::new("second"), NEW, seconds(101));
        rejections.forget();
        assert!(rejections.reject(&Secret::new("second"), seconds(102)));
    }

    #[test]
    fn a_doubt_of_ours_is_taken_back_and_not_had_again_at_once() {
        let only = Secret::new("only");
        let rejections = Rejections::default();
        assert!(!rejections.take_back(&only), "nobody rejected it");
        assert!(rejections.reject(&only, seconds(100)));
        assert!(!rejections.take_back(&only) && rejections.is_rejected(&only), "a caller said so");
        rejections.doubt(&only);
        assert!(rejections.take_back(&only) && !rejections.is_rejected(&only));
        rejections.replaced(&only, NEW, seconds(100));
        assert!(!rejections.reject(&only, seconds(129)));
        assert!(rejections.reject(&only, seconds(130)));
    }

    #[test]
    fn only_the_last_few_are_remembered() {
        let token = |number: usize| Secret::new(number.to_string());
        let rejections = Rejections::default();
        for number in 0..=REMEMBERED {
            assert!(rejections.reject(&token(number), seconds(100)));
        }
        assert!(!rejections.is_rejected(&token(0)) && rejections.is_rejected(&token(1)));
    }
}
