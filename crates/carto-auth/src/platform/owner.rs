//! Who keeps tokens in this home folder.

use super::Variables;

/// The person whose tokens these are, as far as the machine tells people apart.
///
/// On most machines the user of the system is one person. A notebook service may run everybody's notebooks
/// as one user with one home folder; there, a token that is kept for one must not be given to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owner {
    /// The user of the system, who is one person.
    #[default]
    User,
    /// One of several who share that user, as the service calls them.
    Person(String),
    /// One of several who share that user, and it is not known which: nothing of theirs is kept.
    Unknown,
}

impl Owner {
    /// Tells the owner from the variables of JupyterHub, and from the signs of Databricks.
    pub fn detect(variables: &Variables) -> Self {
        if is_databricks(variables) {
            return Self::Unknown;
        }
        variables.get("JUPYTERHUB_USER").map_or(Self::User, |user| Self::Person(user.trim().to_owned()))
    }

    /// Says whether other people work under the same user of the system: whatever this user may read, all of them
    /// may.
    pub(crate) fn shares_its_user(&self) -> bool {
        *self != Self::User
    }

    /// Says whether an account, as it stands in the key of a person's tokens, is this person's.
    pub(crate) fn has_account(&self, account: &str) -> bool {
        match self {
            Self::User => true,
            // No profile has a space in its name.
            Self::Person(person) => account.split_once(" of ").is_some_and(|(_, other)| other == person),
            Self::Unknown => false,
        }
    }

    /// The account of a person with this profile, as it stands in the key of their tokens.
    pub(crate) fn account(&self, profile: &str) -> String {
        match self {
            Self::Person(person) => format!("{profile} of {person}"),
            Self::User | Self::Unknown => profile.to_owned(),
        }
    }
}

/// Says whether this is a machine of Databricks. A cluster with a container of its own has only the file.
pub fn is_databricks(variables: &Variables) -> bool {
    variables.get("DATABRICKS_RUNTIME_VERSION").is_some()
        || std::path::Path::new("/databricks/DBR_VERSION").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_who_share_a_user_are_told_apart_or_known_to_be_unknown() {
        let owner = |pairs: &[(&str, &str)]| Owner::detect(&pairs.iter().copied().collect());
        assert_eq!(owner(&[]), Owner::User);
        assert_eq!(owner(&[("JUPYTERHUB_USER", "ada")]), Owner::Person("ada".into()));
        assert_eq!(owner(&[("DATABRICKS_RUNTIME_VERSION", "15.4")]), Owner::Unknown);
        assert_eq!(Owner::Person("ada".into()).account("default"), "default of ada");
        assert_eq!(Owner::User.account("default"), "default");
        let ada = Owner::Person("ada".into());
        assert!(ada.has_account("work of ada") && Owner::User.has_account("work of ada"));
        for account in ["work", "work of ada2", "work of b of ada", "ada"] {
            assert!(!ada.has_account(account), "{account}");
        }
    }
}
