//! Which way a person signs in on this machine.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::platform::{Input, Owner, Place, Platform, signs_of_a_notebook};

/// A way for a person to take part in a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A browser on this machine comes back to a listener on it.
    Browser,
    /// The person copies a code from a page that any browser can open.
    Paste,
    /// The browser may come back, or the address it ended on may be pasted; the first wins.
    Both,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Browser => "browser",
            Self::Paste => "paste",
            Self::Both => "both",
        })
    }
}

/// The way that was chosen, and whether it depends on a browser that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) way: Way,
    /// Nobody would see the link if no browser opens.
    pub(super) must_open: bool,
    /// A code may be pasted where the browser cannot come back.
    pub(super) can_paste: bool,
}

/// Chooses the way: the one that was asked for, else what this place allows; none where nobody can be asked.
pub(super) fn choose(forced: Option<Way>, place: Place, input: Input) -> Option<Chosen> {
    let is_command = matches!(place, Place::NotebookCommand { .. });
    let can_paste = matches!(input, Input::Terminal | Input::Notebook) && !is_command;
    // Where nobody is told anything, a link that is only shown helps nobody.
    let chosen = |way| Some(Chosen { way, must_open: input == Input::Nobody, can_paste });
    match forced {
        // It has a terminal that nobody types at, and would wait there. What a pipe holds, or does not, is read at once.
        Some(Way::Paste) if is_command && input == Input::Terminal => None,
        Some(way) => chosen(way),
        // A notebook asks in a box of its own, and for one thing at a time.
        None if matches!(place, Place::Kernel { screen: true }) && can_paste => chosen(Way::Browser),
        None if place.has_browser() && can_paste => chosen(Way::Both),
        None if place.has_browser() => Some(Chosen { way: Way::Browser, must_open: true, can_paste }),
        None if can_paste => chosen(Way::Paste),
        None => None,
    }
}

/// How a person signs in here, in words.
pub(crate) fn how_to_sign_in(platform: &Platform) -> &'static str {
    match platform.owner {
        Owner::Unknown => {
            "sign in with `CartoAuth.from_oauth()` in a cell of your notebook: several people share this machine, and what \
             a command signs in to is not kept"
        }
        _ => "sign in with `carto-auth login`",
    }
}

/// The error of a place where nobody can be asked. What it says to do can be done there.
pub(crate) fn nobody_to_ask(platform: &Platform) -> Error {
    let signs = signs_of_a_notebook(&platform.variables);
    let person = match (&platform.owner, platform.place) {
        (Owner::Unknown, _) => {
            "a person with `CartoAuth.from_oauth()` in a cell of their notebook, because several \
                                people share this machine, and what a command signs in to is not kept"
                .to_owned()
        }
        (_, Place::NotebookCommand { .. }) => format!(
            "a person with `CartoAuth.from_oauth()` in a cell, or with `carto-auth login` in a terminal; in one that \
             was opened from a notebook, type `unset {}` before",
            signs.join(" ")
        ),
        _ => "a person with `carto-auth login` in a terminal, or in two steps that begin with \
              `carto-auth login --no-browser`"
            .to_owned(),
    };
    Error::new(ErrorKind::PersonNeeded, "a person has to sign in, and nobody can be asked here").hint(format!(
        "a job signs in with `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`, or with \
         `CARTO_CREDENTIALS_FILE`; {person}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(variables: &[(&str, &str)]) -> Platform {
        Platform::headless(variables.iter().copied().collect())
    }

    fn way(place: Place, input: Input) -> Option<Way> {
        choose(None, place, input).map(|chosen| chosen.way)
    }

    #[test]
    fn each_place_has_its_way() {
        assert_eq!(way(Place::Desktop, Input::Terminal), Some(Way::Both));
        assert_eq!(way(Place::Desktop, Input::Nobody), Some(Way::Browser));
        assert_eq!(way(Place::Desktop, Input::Pipe), Some(Way::Browser));
        assert_eq!(way(Place::Wsl, Input::Terminal), Some(Way::Both));
        assert_eq!(way(Place::ForwardedRemote, Input::Terminal), Some(Way::Both));
        assert_eq!(way(Place::Ssh, Input::Terminal), Some(Way::Paste));
        assert_eq!(way(Place::Container, Input::Terminal), Some(Way::Paste));
        assert_eq!(way(Place::Headless, Input::Notebook), Some(Way::Paste));
        assert_eq!(way(Place::Kernel { screen: true }, Input::Notebook), Some(Way::Browser));
        assert_eq!(way(Place::Kernel { screen: false }, Input::Notebook), Some(Way::Paste));
        assert_eq!(way(Place::NotebookCommand { screen: true }, Input::Terminal), Some(Way::Browser));
    }

    #[test]
    fn where_nobody_can_be_asked_a_job_is_told_what_to_use() {
        for (place, input) in [
            (Place::Headless, Input::Nobody),
            (Place::Headless, Input::Pipe),
            (Place::Ssh, Input::Pipe),
            (Place::Kernel { screen: false }, Input::Nobody),
            (Place::NotebookCommand { screen: false }, Input::Terminal),
        ] {
            assert_eq!(choose(None, place, input), None);
            let error = nobody_to_ask(&Platform { place, ..platform(&[]) });
            assert_eq!(error.kind(), ErrorKind::PersonNeeded);
            assert!(error.hint_text().is_some_and(|hint| hint.contains("CARTO_M2M_CLIENT_ID")));
        }
    }

    #[test]
    fn nobody_is_sent_in_a_circle() {
        let hint = |platform: Platform| nobody_to_ask(&platform).hint_text().unwrap_or_default().to_owned();
        let inherited = Platform {
            place: Place::NotebookCommand { screen: false },
            ..platform(&[("JPY_PARENT_PID", "7"), ("JPY_SESSION_NAME", "a.ipynb")])
        };
        let told = hint(inherited);
        assert!(told.contains("`unset JPY_PARENT_PID JPY_SESSION_NAME`"), "{told}");
        let told = hint(Platform { owner: Owner::Unknown, ..platform(&[]) });
        assert!(told.contains("`CartoAuth.from_oauth()` in a cell"), "{told}");
        assert!(!told.contains("carto-auth login"), "{told}");
    }

    #[test]
    fn a_way_asked_for_by_name_is_taken() {
        let chosen = choose(Some(Way::Paste), Place::Desktop, Input::Pipe).expect("it was asked for");
        assert_eq!(chosen.way, Way::Paste);
        let command = Place::NotebookCommand { screen: true };
        assert_eq!(choose(Some(Way::Paste), command, Input::Terminal), None, "nobody types there");
        assert!(choose(Some(Way::Paste), command, Input::Pipe).is_some(), "the sign-in may be ended later");
    }

    #[test]
    fn a_browser_has_to_open_where_nobody_would_see_the_link() {
        let must_open = |forced, place, input| {
            choose(forced, place, input).map(|chosen| (chosen.must_open, chosen.can_paste))
        };
        assert_eq!(must_open(None, Place::Desktop, Input::Terminal), Some((false, true)));
        assert_eq!(must_open(None, Place::Desktop, Input::Pipe), Some((true, false)));
        assert_eq!(must_open(Some(Way::Browser), Place::Desktop, Input::Nobody), Some((true, false)));
        assert_eq!(must_open(Some(Way::Browser), Place::Headless, Input::Pipe), Some((false, false)));
        assert_eq!(must_open(Some(Way::Paste), Place::Desktop, Input::Terminal), Some((false, true)));
    }

    #[test]
    fn how_to_sign_in_depends_on_whether_what_a_command_signs_in_to_is_kept() {
        assert_eq!(how_to_sign_in(&platform(&[])), "sign in with `carto-auth login`");
        let shared = how_to_sign_in(&Platform { owner: Owner::Unknown, ..platform(&[]) });
        assert!(shared.starts_with("sign in with `CartoAuth.from_oauth()` in a cell"), "{shared}");
    }
}
