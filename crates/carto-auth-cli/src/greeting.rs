//! What is said to somebody who only typed `carto-auth`.

use crate::commands::Context;
use crate::failure::Failure;
use crate::screen::STRONG;

pub(crate) fn greet(context: &Context) -> Result<u8, Failure> {
    let strong = |text: &str| context.screen.painted(text, STRONG);
    context.screen.give(&format!(
        "Sign in to CARTO, and use the access token anywhere.

  {}    sign in through your browser
  {}   see who is signed in, and for how long
  {}    print the access token, for scripts and `curl`

`carto-auth --help` lists everything. To try it without an account:
eval \"$(carto-auth sandbox --env --background)\"
",
        strong("carto-auth login"),
        strong("carto-auth status"),
        strong("carto-auth token"),
    ))?;
    Ok(0)
}
