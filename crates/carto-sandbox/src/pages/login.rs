//! The login page: somebody is chosen, then signs in or cancels.

use super::layout::{Layout, escape};
use crate::Answer;
use crate::people::PEOPLE;

/// `target` is the origin that the answer goes to.
pub(crate) fn login(transaction: &str, target: Option<String>) -> Answer {
    let mut people = String::new();
    for (index, person) in PEOPLE.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        let (email, name) = (escape(person.email), escape(person.name));
        people.push_str(&format!(
            "<label><input type=\"radio\" name=\"person\" value=\"{email}\"{checked}> {name}, {email}</label>\n"
        ));
    }
    let body = format!(
        "<p>An application on this computer asks to use the sandbox in your name.</p>\n\
         <form method=\"post\" action=\"/authorize/decision\">\n\
         <input type=\"hidden\" name=\"transaction\" value=\"{}\">\n\
         <fieldset>\n<legend>Who are you?</legend>\n{people}</fieldset>\n\
         <button name=\"decision\" value=\"sign-in\">Sign in</button>\n\
         <button name=\"decision\" value=\"cancel\">Cancel</button>\n</form>",
        escape(transaction)
    );
    Layout::new("Sign in to the sandbox", body).form_to(target).answer(200)
}
