//! A fault that costs a warning and no command: a job's token is given out, and why it is not kept is told.

use crate::desk::{Desk, Outcome};
use crate::hint::Hint;

/// How a command is run at a desk: by ourselves, or by the one who lives there.
pub(crate) type Runs = fn(&Desk, &[&str]) -> Outcome;

/// Asks for a token, which is given out and not kept; gives the hint.
pub(crate) fn warns(desk: &Desk, runs: Runs, id: &str) -> Hint {
    let outcome = runs(desk, &["token"]);
    warned(&outcome, id)
}

/// The hint of an outcome that is as good as it can be.
pub(crate) fn warned(outcome: &Outcome, id: &str) -> Hint {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.raw.0.starts_with("eyJ") && outcome.raw.1.contains("warning:"), "{outcome:?}");
    Hint::of(outcome, id)
}

/// The fault is gone: the token is given out, nothing is warned of, and it is there for the next command.
pub(crate) fn keeps(desk: &Desk, runs: Runs) {
    let [first, second] = [(); 2].map(|()| runs(desk, &["token"]));
    assert_eq!((first.code, first.raw.1.as_str()), (Some(0), ""), "{first:?}");
    assert_eq!((second.code, second.raw.1.as_str()), (Some(0), ""), "{second:?}");
    assert!(first.raw.0.starts_with("eyJ"), "{first:?}");
    assert_eq!(first.raw.0, second.raw.0, "it is not kept");
}

/// Does what most of these hints end with: the tokens go to a folder of one's own.
pub(crate) fn keeps_elsewhere(desk: &mut Desk, runs: Runs, hint: &Hint) {
    let own = desk.folder.path().join("own");
    hint.says("to a folder of your own");
    desk.set(hint.word("CARTO_AUTH_CACHE_DIR"), own.display().to_string());
    keeps(desk, runs);
    desk.unset("CARTO_AUTH_CACHE_DIR");
}
