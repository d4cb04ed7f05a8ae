//! The page that shows the access code, for somebody whose browser is on another computer.

use super::layout::{Layout, escape};
use crate::{Answer, Recorded};

/// `GET /auth/token`
pub(crate) fn code(request: &Recorded) -> Answer {
    if let Some(error) = request.in_query("error") {
        let why = request.in_query("error_description").unwrap_or_default();
        let body = format!("<p>The server answered <code>{}</code>: {}</p>", escape(&error), escape(&why));
        return Layout::new("The sign-in did not succeed", body).answer(200);
    }
    let Some(code) = request.in_query("code") else {
        let body = "<p>There is no access code in the address of this page: start the sign-in again.</p>";
        return Layout::new("No access code", body.to_owned()).answer(400);
    };
    let body = format!(
        "<p>Copy this access code and paste it where the sign-in asks for it. \
         It is good once, for one minute.</p>\n\
         <p><code id=\"code\">{}</code></p>\n\
         <p><button type=\"button\" id=\"copy\" hidden>Copy</button> <span id=\"copied\" role=\"status\"></span></p>",
        escape(&code)
    );
    Layout::new("Your access code", body).script(COPY).answer(200)
}

/// Without a script the button stays hidden, and without a clipboard the code is marked to be copied
/// by hand.
const COPY: &str = "
const [button, code, copied] = ['copy', 'code', 'copied'].map((id) => document.getElementById(id));
button.hidden = false;
button.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied.textContent = 'Copied.';
  } catch {
    getSelection().selectAllChildren(code);
    copied.textContent = 'The code is marked: copy it with the keyboard.';
  }
});
";
