//! The people, the accounts and the one organization of the sandbox.

/// The audience that CARTO's tokens are for.
pub const AUDIENCE: &str = "carto-cloud-native-api";

/// The one organization that a sign-in may name.
pub const ORGANIZATION: &str = "org_sandbox";

/// Ada, the first demo person and the owner of every machine-to-machine client.
pub const ADA: Person = Person {
    user_id: "auth0|sandbox-ada",
    name: "Ada Lovelace",
    email: "ada@example.com",
    account_id: "ac_sandbox_ada",
};

/// Grace, who belongs to another account.
pub const GRACE: Person = Person {
    user_id: "auth0|sandbox-grace",
    name: "Grace Hopper",
    email: "grace@example.com",
    account_id: "ac_sandbox_grace",
};

/// Everybody who can sign in, in the order of the login page.
pub const PEOPLE: [Person; 2] = [ADA, GRACE];

/// Somebody who can sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Person {
    /// The `sub` of their tokens.
    pub user_id: &'static str,
    /// The name that the login page shows.
    pub name: &'static str,
    /// The address by which the login page and [`Browser::as_person`](crate::Browser::as_person) know them.
    pub email: &'static str,
    /// The account that they belong to.
    pub account_id: &'static str,
}

impl Person {
    pub(crate) fn with_email(email: &str) -> Option<Self> {
        PEOPLE.into_iter().find(|person| person.email == email)
    }
}
