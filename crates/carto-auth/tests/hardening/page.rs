//! L35: the page that the browser ends on.

use crate::world::{Waiting, World};

#[tokio::test]
async fn l35_the_page_is_our_own_and_tells_nobody_anything() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let page = world.browser.page().await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You are signed in"));
    assert!(page.body.contains("<html lang=\"en\">"));
    assert!(page.url.ends_with("/callback/"), "the code is gone from {}", page.url);
    assert!(!page.body.contains("http:") && !page.body.contains("https:"));
    let csp = page.header("content-security-policy").expect("a policy");
    assert!(csp.starts_with("default-src 'none'; style-src 'sha256-"), "{csp}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn l35_every_page_is_readable_without_scripts_and_asks_nobody() {
    let waiting = Waiting::begin().await;
    let mut pages = Vec::new();
    for target in ["/favicon.ico", "/callback/", "/callback/?code=c&state=x"] {
        pages.push(waiting.get(target).await);
    }
    pages.push(waiting.send("POST", "/callback/").await);
    waiting.any_code_will_do();
    let gone_on = waiting.get(&waiting.callback()).await;
    pages.push(waiting.get("/callback/").await);
    for page in &pages {
        for part in
            ["<html lang=\"en\">", "<title>", "<h1>", "role=\"status\"", "color-scheme", "width=device-width"]
        {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        let outside =
            ["<script", "<img", "<link rel=\"stylesheet\"", "@import", "url(", "http:", "https:", "onload"];
        for part in outside {
            assert!(!page.body.contains(part), "{part}: {}", page.body);
        }
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    }
    for page in pages.iter().chain([&gone_on]) {
        let csp = page.header("content-security-policy").expect("a policy");
        assert!(csp.starts_with("default-src 'none'; style-src 'sha256-"), "{csp}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("x-frame-options"), Some("deny"));
    }
    waiting.end().await.1.expect("signed in");
}
