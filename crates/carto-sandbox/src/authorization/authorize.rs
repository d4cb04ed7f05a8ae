//! `/authorize`: asks who signs in, and sends the answer back to the client.

use std::collections::HashMap;

use super::code::Code;
use super::request::AuthorizationRequest;
use crate::people::{ADA, Person};
use crate::world::World;
use crate::{Answer, Recorded, SignIn, pages, random};

/// The login pages that wait for a decision.
#[derive(Default)]
pub(crate) struct Transactions {
    open: HashMap<String, AuthorizationRequest>,
}

/// `GET /authorize`
pub(crate) fn authorize(world: &World, request: &Recorded) -> Answer {
    let asked = match AuthorizationRequest::read(world, request) {
        Ok(asked) => asked,
        Err(answer) => return answer,
    };
    match (world.settings.sign_in, asked.prompt.as_deref()) {
        (SignIn::Automatic, None | Some("none")) => grant(world, asked, ADA),
        // The sandbox keeps no session, so somebody must be asked.
        (_, Some("none")) => asked.redirect.error("login_required", "Login required"),
        _ => {
            let transaction = random::secret("transaction");
            let page = pages::login(&transaction, asked.redirect.origin());
            world.state().transactions.open.insert(transaction, asked);
            page
        }
    }
}

/// `POST /authorize/decision`: the form of the login page. Its transaction is good for one decision,
/// and nobody who has not seen the page knows it.
pub(crate) fn decision(world: &World, request: &Recorded) -> Answer {
    let value = |name: &str| request.in_body(name).unwrap_or_default();
    let Some(asked) = world.state().transactions.open.remove(&value("transaction")) else {
        return pages::refusal("this sign-in page has been used already: start the sign-in again");
    };
    if value("decision") != "sign-in" {
        return asked.redirect.error("access_denied", "User did not authorize the request");
    }
    match Person::with_email(&value("person")) {
        Some(person) => grant(world, asked, person),
        None => asked.redirect.error("access_denied", "Wrong email or password."),
    }
}

fn grant(world: &World, asked: AuthorizationRequest, person: Person) -> Answer {
    let redirect = asked.redirect.clone();
    let code = world.state().codes.issue(Code::new(asked, person, world.settings.code_life));
    redirect.code(&code)
}
