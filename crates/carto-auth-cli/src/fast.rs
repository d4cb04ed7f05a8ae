//! The arguments of `carto-auth token`, recognised before the parser of all others is built.
//!
//! People put this command into prompts and into `$(…)`. It recognises nothing that the parser would read
//! otherwise: whatever is not plain is left to it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::arguments::{Arguments, Command, Global, Token};

/// The arguments, if they are `token` with plain options.
pub(crate) fn recognise(args: &[OsString]) -> Option<Arguments> {
    let mut words = args.iter().skip(1).map(|word| word.to_str());
    let mut global = Global::default();
    let mut token: Option<Token> = None;
    while let Some(word) = words.next() {
        match word? {
            "token" if token.is_none() => token = Some(Token::default()),
            "--header" if !token.as_ref()?.header => token.as_mut()?.header = true,
            "--json" if !global.json => global.json = true,
            "--quiet" | "-q" if !global.quiet => global.quiet = true,
            "--no-cache" if !global.no_cache => global.no_cache = true,
            "--profile" if global.profile.is_none() => global.profile = Some(value(words.next())?),
            "--m2m" if global.m2m.is_none() => global.m2m = Some(PathBuf::from(value(words.next())?)),
            "--cache" if global.cache.is_none() => global.cache = Some(PathBuf::from(value(words.next())?)),
            "--base-url" if global.base_url.is_none() => global.base_url = Some(value(words.next())?),
            _ => return None,
        }
    }
    let token = token?;
    let conflict = (token.header && global.json) || (global.cache.is_some() && global.no_cache);
    (!conflict).then_some(Arguments { global, command: Some(Command::Token(token)) })
}

/// A word that is the value of the option before it, and nothing else.
fn value(word: Option<Option<&str>>) -> Option<String> {
    word.flatten().filter(|word| !word.is_empty() && !word.starts_with('-')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn both(line: &str) -> (Option<Arguments>, Option<Arguments>) {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        (recognise(&args), Arguments::try_parse_from(&args).ok())
    }

    #[test]
    fn what_is_recognised_is_what_the_parser_would_read() {
        for line in [
            "carto-auth token",
            "carto-auth token --header",
            "carto-auth token --json",
            "carto-auth --json token -q",
            "carto-auth --profile work token --header",
            "carto-auth token --profile work --m2m a.json --base-url https://x",
            "carto-auth token --cache file --quiet",
            "carto-auth --no-cache token",
            "carto-auth --profile token token",
        ] {
            let (fast, parsed) = both(line);
            assert!(fast.is_some(), "{line}");
            assert_eq!(fast, parsed, "{line}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_parser() {
        for line in [
            "carto-auth",
            "carto-auth status",
            "carto-auth token token",
            "carto-auth token --header --header",
            "carto-auth --header token",
            "carto-auth token --header --json",
            "carto-auth token --cache x --no-cache",
            "carto-auth token --profile",
            "carto-auth token --profile -x",
            "carto-auth token --profile=work",
            "carto-auth token --help",
            "carto-auth token -v",
            "carto-auth token --token -",
            "carto-auth token --color never",
            "carto-auth dw token",
            "carto-auth help token",
        ] {
            assert_eq!(both(line).0, None, "{line}");
        }
    }
}
