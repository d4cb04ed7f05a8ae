//! C10: the API base URL, which a token is sent to.

use carto_auth::{CartoAuth, CredentialsFault, Options, Problem, Wanted};

use crate::attributes::{file, with};
use crate::credentials::{open, refusal};
use crate::world::World;

#[tokio::test]
async fn c10_an_address_that_is_usable_loses_its_slashes_and_no_more() {
    for (text, expected) in [
        ("https://gcp-us-east1.api.carto.com", "https://gcp-us-east1.api.carto.com"),
        ("https://gcp-us-east1.api.carto.com/", "https://gcp-us-east1.api.carto.com"),
        ("https://gcp-us-east1.api.carto.com///", "https://gcp-us-east1.api.carto.com"),
        (" https://maps.example.com/api/ ", "https://maps.example.com/api"),
        ("https://maps.example.com\n", "https://maps.example.com"),
        ("HTTPS://MAPS.Example.COM", "https://maps.example.com"),
        ("https://maps.example.com:443/", "https://maps.example.com"),
        ("https://maps.example.com:8443/api/", "https://maps.example.com:8443/api"),
        ("https://m\u{fc}nchen.example", "https://xn--mnchen-3ya.example"),
        ("https://10.0.0.7/", "https://10.0.0.7"),
        ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ] {
        let world = World::new();
        let text = with("api_base_url", Some(&serde_json::json!(text).to_string()));
        let auth = open(&world, file(&world, &text)).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(auth.api_base_url().await.expect("it is there"), expected);
        assert_eq!(world.sandbox.recorded().len(), 0);
    }
}

#[test]
fn c10_an_address_that_would_leak_or_leads_nowhere_is_refused_from_every_side() {
    let world = World::new();
    for text in [
        "http://maps.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0:8080",
        "http://[::ffff:10.0.0.1]",
        "maps.example.com",
        "maps.example.com:443",
        "//maps.example.com",
        "/api",
        "https://",
        "https:///",
        "https://:443",
        "https://me@maps.example.com",
        "https://me:canary@maps.example.com",
        "https://maps.example.com\\@evil.example@x",
        "https://maps.example.com?token=canary",
        "https://maps.example.com/#canary",
        "https://exa mple.com",
        "https://example.com/\u{7}",
        "https://example.com\r\nx: y",
        "https://example.com/\u{0}",
        "https://example.com:99999",
        "https://[::1",
        "file:///etc/passwd",
        "ftp://maps.example.com",
        "ws://maps.example.com",
        "javascript:alert(1)",
        "data:text/plain,canary",
        "eyJcanary.eyJ.sig",
        "canary",
    ] {
        let json = serde_json::json!(text).to_string();
        let error = refusal(&world, file(&world, with("api_base_url", Some(&json))));
        let faults = CredentialsFault::of(&error).expect("typed").faults();
        assert!(matches!(faults[0].problem, Problem::Address { .. }), "{text}: {faults:?}");
        assert_eq!((faults.len(), faults[0].attribute), (1, "api_base_url"), "{text}");
        // The same address in code and in a variable is refused as well.
        let options = Options { api_base_url: Some(text.into()), ..Options::default() };
        CartoAuth::open(world.platform(), &options, Wanted::Person).map(drop).expect_err(text);
        let platform = world.platform_with(&[("CARTO_API_BASE_URL", text)]);
        let by_variable = CartoAuth::open(platform, &Options::default(), Wanted::Person);
        let error = by_variable.map(drop).expect_err(text);
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
