//! What holds for whatever CARTO's services answer.

use std::cell::OnceCell;
use std::sync::Arc;

use url::Url;

use super::{Api, accounts, config_yaml, not_accepted};
use crate::canary::{check_error, check_error_secrecy, check_words};
use crate::environment::Environment;
use crate::error::ErrorKind;
use crate::http::{Answer, Sender};
use crate::platform::{Platform, Variables};

/// What an API says when it says no is told without what the request held.
pub(crate) fn refusal(bytes: &[u8]) {
    let Some(answer) = Answer::of_error(bytes) else { return };
    let errors = [not_accepted(&answer), answer.unexpected("an account")];
    assert_eq!(
        errors.each_ref().map(|error| error.kind()),
        [ErrorKind::Refused, ErrorKind::UnexpectedAnswer]
    );
    for error in errors {
        check_error(&error);
        check_error_secrecy(&error);
    }
}

/// A token is sent to CARTO, or to the tenant's own domain, over https; an address is read as it was written.
pub(crate) fn config_yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (domain, document) = text.split_once('\n').unwrap_or((text, ""));
    let stated = config_yaml::parse(document);
    if let Some(stated) = &stated {
        let quoted = serde_json::to_string(stated).expect("JSON");
        assert_eq!(config_yaml::parse(&format!("apis: {{baseUrl: {quoted}}}")).as_ref(), Some(stated));
    }
    let accounts = Url::parse("https://accounts.app.carto.com").expect("a URL");
    let tenant = match accounts::tenant(domain, &accounts) {
        Ok(tenant) => tenant,
        Err(error) => return check_error(&error),
    };
    assert!(!tenant.on_loopback && tenant.scheme == "https" && tenant.domain.contains('.'), "{tenant:?}");
    check_words(&tenant.domain);
    let Some(stated) = stated else { return };
    match API.with(|api| api.get_or_init(api_of_carto).trusted(&stated, &tenant)) {
        Ok(found) => {
            let url = Url::parse(&found).expect("an address");
            let host = format!(".{}", url.host_str().expect("a host"));
            assert_eq!(url.scheme(), "https");
            assert!(
                host.ends_with(".carto.com") || host.ends_with(&format!(".{}", tenant.domain)),
                "{found}"
            );
            assert!(!found.ends_with('/') && !found.contains(['?', '#']), "{found}");
            assert!(url.username().is_empty() && url.password().is_none(), "{found}");
        }
        Err(error) => check_error(&error),
    }
}

fn api_of_carto() -> Api {
    let sender = Sender::new(&Platform::headless(Variables::default()));
    Api::new(Environment::default(), Arc::new(sender))
}

thread_local! {
    static API: OnceCell<Api> = const { OnceCell::new() };
}
