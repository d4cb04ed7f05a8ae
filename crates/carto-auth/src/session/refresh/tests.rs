//! What no store that is at hand can be brought to do at the right moment.

use async_trait::async_trait;

use super::*;
use crate::environment::Environment;
use crate::http::Sender;
use crate::platform::{Platform, Variables};

/// An entry whose lock goes to another process in the moment in which something is saved.
#[derive(Debug)]
struct Overtaken {
    token: TokenSet,
    is_held: bool,
}

#[async_trait]
impl LockedEntry for Overtaken {
    async fn load(&mut self) -> Result<Option<TokenSet>> {
        Ok(Some(self.token.clone()))
    }

    async fn save(&mut self, token: &TokenSet) -> Result<()> {
        self.token = token.clone();
        self.is_held = false;
        Ok(())
    }

    async fn remove(&mut self) -> Result<bool> {
        Ok(false)
    }

    async fn announce(&mut self, _announcement: &Announcement) -> Result<()> {
        Ok(())
    }

    fn is_held(&self) -> bool {
        self.is_held
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_overtaken_while_the_mark_is_made_sends_nothing() {
    let platform = Platform::headless(Variables::default());
    // Nobody listens there, so that whatever is sent fails by another error.
    let nowhere = Environment { auth_url: "http://127.0.0.1:1".into(), ..Environment::default() };
    let sender = Arc::new(Sender::new(&platform));
    let authority = Arc::new(Authority::new(nowhere, sender, Arc::clone(&platform.clock)));
    let token = TokenSet::new(Secret::new("old"), platform.now() - 7_200, Some(3_600));
    let old = TokenSet { refresh_token: Some(Secret::new("refresh")), ..token };
    let renewal = Renewal {
        announcement: Announcement::new(&platform, None),
        now: authority.moment(),
        authority,
        entry: Box::new(Overtaken { token: old.clone(), is_held: true }),
        unkept: Unkept::default(),
        is_hurried: false,
        old,
        fault: None,
    };
    let error = renewal.run().await.result.expect_err("overtaken");
    assert_eq!(error.to_string(), changed().to_string());
}
