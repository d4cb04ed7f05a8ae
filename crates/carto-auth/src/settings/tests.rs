//! Which setting wins, from files and variables to the decision.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::platform::{Heard, Links, read_small, write_private};
use crate::secret::Secret;

/// A machine with a home folder of its own.
struct Desk {
    folder: tempfile::TempDir,
    heard: Arc<Heard>,
    platform: Platform,
}

impl Desk {
    fn new(config: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let heard = Arc::new(Heard::default());
        let home = folder.path().to_str().expect("UTF-8").to_owned();
        let all = variables.iter().copied().chain([("HOME", &*home)]);
        let mut platform = Platform::headless(all.collect());
        platform.prompt = Arc::<Heard>::clone(&heard);
        let desk = Self { folder, heard, platform };
        if !config.is_empty() {
            std::fs::create_dir_all(desk.config().parent().expect("a folder")).expect("made");
            write_private(&desk.config(), config.as_bytes()).expect("written");
        }
        desk
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join(".config/carto-auth/config.toml")
    }

    fn config_text(&self) -> String {
        let file = read_small(&self.config(), 10_000, Links::Follow).expect("read");
        String::from_utf8(file.bytes).expect("UTF-8")
    }

    /// Writes a credentials file and gives its path.
    fn credentials(&self, name: &str, base: &str, secret: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let text =
            format!(r#"{{"api_base_url": "{base}", "client_id": "id-{name}", "client_secret": "{secret}"}}"#);
        write_private(&path, text.as_bytes()).expect("written");
        path
    }

    fn resolve(&self, options: &Options, wanted: Wanted) -> Result<Settings> {
        Settings::resolve(&self.platform, options, wanted)
    }

    fn settings(&self) -> Settings {
        self.resolve(&Options::default(), Wanted::Any).expect("resolved")
    }

    /// The error of what is set. Nothing secret is ever in it.
    fn refusal(&self, options: &Options, wanted: Wanted) -> Error {
        let error = self.resolve(options, wanted).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint_text().is_some_and(|hint| !hint.is_empty()), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        error
    }

    fn warnings(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().clone()
    }
}

fn work() -> Source {
    Source::Profile("work".into())
}

const PROFILE: &str = r#"
    current_profile = "work"
    [profiles.work]
    organization = "org_profile"
    auth_url = "https://profile.example/auth-api"
    api_base_url = "https://profile.example/api"
    scopes = ["profile"]
    login_timeout = 60
    offline_access = false
"#;

#[test]
fn nothing_set_is_cartos_public_cloud_and_a_person() {
    let desk = Desk::new("", &[]);
    let settings = desk.settings();
    assert_eq!(settings.environment, Environment::default());
    assert_eq!((settings.profile.as_str(), settings.organization), ("default", None));
    assert_eq!((settings.api_base_url, settings.scopes.len()), (None, 0));
    assert!(settings.offline_access && settings.interactive && settings.use_cache);
    assert_eq!(settings.timeout, Duration::from_secs(300));
    assert_eq!(settings.cache_folder, Some(desk.folder.path().join(".carto-auth")));
    assert!(matches!(settings.credential, Credential::Person));
    assert_eq!(desk.warnings(), [""; 0]);
    // Without a home folder there is no file either, and that is no fault.
    let homeless = Platform::headless(Variables::default());
    assert_eq!(
        Settings::resolve(&homeless, &Options::default(), Wanted::Any).expect("resolved").cache_folder,
        None
    );
}

#[test]
fn an_option_beats_a_variable_which_beats_the_profile_which_beats_the_default() {
    let variables = [
        (names::ORGANIZATION, "org_variable"),
        (names::AUTH_URL, "https://variable.example"),
        (names::API_BASE_URL, "https://variable.example/api/"),
        (names::SCOPES, "a, b  a offline_access"),
        (names::LOGIN_TIMEOUT, "30"),
        (names::NON_INTERACTIVE, "1"),
    ];
    let options = Options {
        organization: Some("org_option".into()),
        environment: Some(Environment {
            auth_url: "https://option.example".into(),
            ..Environment::default()
        }),
        api_base_url: Some("https://option.example/api".into()),
        scopes: Some(vec!["option".into()]),
        offline_access: Some(false),
        timeout: Some(Duration::from_secs(10)),
        interactive: Some(true),
        ..Options::default()
    };
    let told = |settings: &Settings| {
        let base = settings.api_base_url.clone().expect("known");
        (
            settings.organization.clone().expect("set"),
            settings.environment.auth_url.clone(),
            base,
            settings.scopes.join(" "),
            settings.offline_access,
            settings.timeout.as_secs(),
            settings.interactive,
        )
    };
    let desk = Desk::new(PROFILE, &variables);
    let all = desk.resolve(&options, Wanted::Person).expect("resolved");
    assert_eq!(
        told(&all),
        (
            "org_option".into(),
            "https://option.example".into(),
            "https://option.example/api".into(),
            "option".into(),
            false,
            10,
            true
        )
    );
    let organization = all.choice("organization").expect("decided");
    assert_eq!(organization.source, Source::Option);
    assert_eq!(organization.overrides, [Source::Variable(names::ORGANIZATION), work()]);
    assert_eq!(
        told(&desk.settings()),
        (
            "org_variable".into(),
            "https://variable.example".into(),
            "https://variable.example/api".into(),
            "a b".into(),
            true,
            30,
            false
        )
    );
    let settings = Desk::new(PROFILE, &[]).settings();
    assert_eq!(
        told(&settings),
        (
            "org_profile".into(),
            "https://profile.example/auth-api".into(),
            "https://profile.example/api".into(),
            "profile".into(),
            false,
            60,
            true
        )
    );
    assert_eq!(settings.choice("profile").expect("decided").source, Source::ConfigFile);
    assert_eq!(settings.choice("auth_url").expect("decided").source, work());
    assert_eq!(settings.choice("audience").expect("decided").source, Source::Default);
}

#[test]
fn every_part_of_the_environment_has_a_variable_and_a_profile_key() {
    let parts = [
        ("auth_url", names::AUTH_URL, "https://a.example/1"),
        ("audience", names::AUDIENCE, "mine"),
        ("client_id", names::CLIENT_ID, "own"),
        ("redirect_uri", names::REDIRECT_URI, "http://127.0.0.1:0/cb"),
        ("paste_redirect_uri", names::PASTE_REDIRECT_URI, "https://a.example/2"),
        ("accounts_url", names::ACCOUNTS_URL, "https://a.example/3"),
    ];
    for (key, variable, value) in parts {
        let by_variable = Desk::new("", &[(variable, value)]).settings();
        let by_profile = Desk::new(&format!("[profiles.default]\n{key} = \"{value}\""), &[]).settings();
        assert_eq!(by_variable.environment, by_profile.environment);
        assert_ne!(by_variable.environment, Environment::default());
        assert_eq!(by_variable.choice(key).expect(key).source, Source::Variable(variable));
        assert_eq!(by_profile.choice(key).expect(key).value, value);
    }
}

#[test]
fn a_value_that_cannot_be_used_names_who_set_it() {
    for (variable, value, message) in [
        (names::LOGIN_TIMEOUT, "soon", "`CARTO_AUTH_LOGIN_TIMEOUT=soon` is no time to sign in"),
        (names::LOGIN_TIMEOUT, "0", "`CARTO_AUTH_LOGIN_TIMEOUT=0` is no time to sign in"),
        (names::LOGIN_TIMEOUT, "3601", "`CARTO_AUTH_LOGIN_TIMEOUT=3601` is no time to sign in"),
        (names::AUTH_URL, "http://a.example", "`auth_url` from `CARTO_AUTH_URL` cannot be used"),
        (names::AUTH_URL, "http://u:canary@a.example", "`auth_url` from `CARTO_AUTH_URL` cannot be used"),
        (
            names::REDIRECT_URI,
            "https://a.example",
            "`redirect_uri` from `CARTO_AUTH_REDIRECT_URI` cannot be used",
        ),
        (
            names::API_BASE_URL,
            "http://a.example",
            "the API base URL from `CARTO_API_BASE_URL` cannot be used",
        ),
        (names::API_BASE_URL, "canary", "the API base URL from `CARTO_API_BASE_URL` cannot be used"),
        (
            names::ORGANIZATION,
            "org_XXXXXX",
            "the organization from `CARTO_AUTH_ORG` is the placeholder of an example",
        ),
        (names::KEYRING, "maybe", "`CARTO_AUTH_KEYRING` is neither `auto` nor `off`"),
        (names::SCOPES, "a\"b", "`a\"b` from `CARTO_AUTH_SCOPES` is no scope"),
        (names::PROFILE, "a b", "`a b` cannot be a profile's name"),
        (names::PROFILE, "none", "there is no profile `none`"),
        (names::API_TOKEN, "XXXXXX", "`CARTO_API_TOKEN` still holds the placeholder of an example"),
        (
            names::API_TOKEN,
            "canary canary",
            "`CARTO_API_TOKEN` has a space or a character in it that no token has",
        ),
        (names::API_TOKEN, "Bearer", "`CARTO_API_TOKEN` is the word `Bearer` without a token"),
        (names::API_TOKEN, " bearer \t", "`CARTO_API_TOKEN` is the word `Bearer` without a token"),
        (
            names::API_TOKEN,
            "Authorization: Bearer canary",
            "`CARTO_API_TOKEN` has a space or a character in it that no token has",
        ),
        (
            names::API_TOKEN,
            "\"canary\"",
            "`CARTO_API_TOKEN` has a space or a character in it that no token has",
        ),
        (names::M2M_CLIENT_ID, "id", "`CARTO_API_BASE_URL` is not set; `CARTO_M2M_CLIENT_SECRET` is not set"),
        (
            names::M2M_CLIENT_SECRET,
            "canary",
            "`CARTO_API_BASE_URL` is not set; `CARTO_M2M_CLIENT_ID` is not set",
        ),
    ] {
        let error = Desk::new("", &[(variable, value)]).refusal(&Options::default(), Wanted::Any);
        assert_eq!(error.to_string(), message);
    }
    let profile = Desk::new(&PROFILE.replace("60", "0"), &[]).refusal(&Options::default(), Wanted::Any);
    assert_eq!(profile.to_string(), "0 s from the profile `work` is no time to sign in");
    let options = Options { timeout: Some(Duration::ZERO), ..Options::default() };
    let option = Desk::new("", &[]).refusal(&options, Wanted::Any);
    assert_eq!(option.to_string(), "0 s from an option is no time to sign in");
}

#[test]
fn a_wrong_value_that_is_overridden_does_no_harm() {
    let desk = Desk::new("", &[(names::LOGIN_TIMEOUT, "soon"), (names::API_BASE_URL, "canary")]);
    let wrong = Desk::new("", &[(names::KEYRING, "maybe")]);
    let off = Options { keyring: Some(KeyringUse::Off), ..Options::default() };
    assert_eq!(wrong.resolve(&off, Wanted::Person).expect("resolved").keyring, KeyringUse::Off);
    let options = Options {
        timeout: Some(Duration::from_secs(5)),
        api_base_url: Some("https://a.example".into()),
        ..Options::default()
    };
    let settings = desk.resolve(&options, Wanted::Person).expect("resolved");
    let choice = settings.choice("timeout").expect("decided");
    assert_eq!(choice.overrides, [Source::Variable(names::LOGIN_TIMEOUT)]);
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
fn a_store_is_chosen_by_the_caller_then_by_the_variable() {
    let desk = Desk::new("", &[(names::STORE, " memory ")]);
    let store = |options: &Options| {
        let settings = desk.resolve(options, Wanted::Person).expect("resolved");
        let choice = settings.choice("store").expect("a choice").clone();
        (settings.store, choice.source, choice.overrides)
    };
    let by_variable = Source::Variable(names::STORE);
    assert_eq!(store(&Options::default()), (StorePlace::Memory, by_variable.clone(), vec![]));
    let file = Options { cache_file: Some("token.json".into()), ..Options::default() };
    assert_eq!(store(&file), (StorePlace::File, Source::Option, vec![by_variable]));
    let both = Options { store: Some(StorePlace::Memory), ..file };
    assert_eq!(store(&both), (StorePlace::Memory, Source::Option, vec![Source::Option]));
    assert_eq!(Desk::new("", &[]).settings().store, StorePlace::File);
}

#[test]
fn a_store_that_there_is_not_says_which_there_are() {
    for value in ["disk", "redis", "canary:6379", "http://me:canary@localhost"] {
        let desk = Desk::new("", &[(names::STORE, value)]);
        let error = desk.refusal(&Options::default(), Wanted::Person);
        assert_eq!(error.to_string(), "`CARTO_AUTH_STORE` cannot be used");
        assert_eq!(error.causes(), ["there is no such store"]);
        let hint = error.hint_text().expect("a hint");
        assert!(["`file`", "`memory`", "`redis://"].iter().all(|valid| hint.contains(valid)), "{hint}");
        let file = Options { store: Some(StorePlace::File), ..Options::default() };
        desk.resolve(&file, Wanted::Person).expect("what is overridden does no harm");
    }
}

#[cfg(feature = "redis")]
#[test]
fn the_address_of_a_redis_is_shown_without_its_password() {
    let desk = Desk::new("", &[(names::STORE, "rediss://canary:canary@redis.example.com/2")]);
    let client = M2mCredentials::new("https://x.carto.com", "id", Secret::new("canary")).expect("a client");
    let settings = desk.resolve(&Options::default(), Wanted::Credentials(client.clone())).expect("resolved");
    let choice = settings.choice("store").expect("a choice");
    assert_eq!(choice.value, "rediss://redis.example.com:6379/2");
    assert!(!format!("{settings:?}").contains("canary"));
    for value in ["redis://me:canary@localhost/x", "redis://me:canary@localhost:y", "redis://me:canary@"] {
        let desk = Desk::new("", &[(names::STORE, value)]);
        let error = desk.refusal(&Options::default(), Wanted::Credentials(client.clone()));
        assert_eq!(error.causes()[0], "this is no address of a Redis");
    }
}

#[cfg(not(feature = "redis"))]
#[test]
fn an_application_without_redis_says_so() {
    let desk = Desk::new("", &[(names::STORE, "rediss://canary:canary@redis.example.com/2")]);
    let error = desk.refusal(&Options::default(), Wanted::Person);
    assert_eq!(error.causes(), ["this application was built without Redis"]);
}

#[test]
fn the_keyring_is_used_unless_it_is_turned_off() {
    for (value, keyring) in [("", "auto"), (" AUTO ", "auto"), ("off", "off"), ("Off", "off"), ("0", "off")] {
        let settings = Desk::new("", &[(names::KEYRING, value)]).settings();
        assert_eq!(settings.choice("keyring").expect("decided").value, keyring, "{value:?}");
    }
}

#[test]
fn an_unknown_profile_lists_those_there_are() {
    let desk = Desk::new(PROFILE, &[(names::PROFILE, "wrok")]);
    let error = desk.refusal(&Options::default(), Wanted::Any);
    assert_eq!(error.causes(), ["the profiles are `default`, `work`"]);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("`CARTO_PROFILE`")));
    let gone = Desk::new("current_profile = \"gone\"", &[]).refusal(&Options::default(), Wanted::Any);
    assert!(gone.hint_text().is_some_and(|hint| hint.contains("current_profile")));
}

/// The credentials that can be set, each by its variable, in the order in which they win.
fn all_credentials(desk: &Desk, with: &[usize]) -> Platform {
    let file = desk.credentials("file.json", "https://file.example", "canary-file");
    let all = [
        vec![(names::API_TOKEN, "canary-token".to_owned())],
        vec![(names::M2M_CLIENT_ID, "id".to_owned()), (names::M2M_CLIENT_SECRET, "canary-m2m".to_owned())],
        vec![(names::CREDENTIALS_FILE, file.to_str().expect("UTF-8").to_owned())],
    ];
    let home = ("HOME", desk.folder.path().to_str().expect("UTF-8").to_owned());
    let set = with.iter().flat_map(|at| all[*at].clone()).chain([home]);
    Platform { variables: set.collect(), ..desk.platform.clone() }
}

#[test]
fn the_credential_follows_the_documented_order() {
    let config = format!("{PROFILE}\n    credentials_file = \"~/own.json\"\n");
    let cases: [(&[usize], &str, Source); 5] = [
        (&[0, 1, 2], "token", Source::Variable(names::API_TOKEN)),
        (&[1, 2], "m2m", Source::Variable(names::M2M_CLIENT_ID)),
        (&[0, 2], "token", Source::Variable(names::API_TOKEN)),
        (&[2], "m2m", Source::Variable(names::CREDENTIALS_FILE)),
        (&[], "m2m", work()),
    ];
    for (with, kind, source) in cases {
        let desk = Desk::new(&config, &[]);
        desk.credentials("own.json", "https://own.example", "canary-own");
        let platform = all_credentials(&desk, with);
        let settings = Settings::resolve(&platform, &Options::default(), Wanted::Any).expect("resolved");
        assert_eq!(settings.credential.name(), kind);
        let choice = settings.choice("credential").expect("decided");
        assert_eq!(choice.source, source);
        assert_eq!(choice.overrides.len(), with.len().saturating_sub(1) + usize::from(!with.is_empty()));
        assert_eq!(desk.warnings().len(), usize::from(with.len() > 1), "{:?}", desk.warnings());
        assert!(!format!("{settings:?} {:?}", desk.warnings()).contains("canary"));
        // Whatever is set, the caller's word is the first.
        let person = Settings::resolve(&platform, &Options::default(), Wanted::Person).expect("resolved");
        assert_eq!(person.credential.name(), "person");
    }
    assert!(matches!(Desk::new(PROFILE, &[]).settings().credential, Credential::Person));
}

#[test]
fn two_credentials_that_differ_are_warned_of_and_two_that_agree_are_not() {
    let desk = Desk::new("", &[]);
    let same = desk.credentials("same.json", "https://file.example", "canary-m2m");
    let other = desk.credentials("other.json", "https://file.example", "canary-other");
    let variables = |file: &PathBuf| {
        [
            (names::API_BASE_URL, "https://file.example"),
            (names::M2M_CLIENT_ID, "id-same.json"),
            (names::M2M_CLIENT_SECRET, "canary-m2m"),
            (names::CREDENTIALS_FILE, file.to_str().expect("UTF-8")),
        ]
        .into_iter()
        .collect::<Variables>()
    };
    for (named, explicit, warnings) in
        [(&same, None, 0), (&other, None, 1), (&same, Some(&same), 0), (&same, Some(&other), 1)]
    {
        let platform = Platform { variables: variables(named), ..desk.platform.clone() };
        let before = desk.warnings().len();
        let wanted = explicit.map_or(Wanted::Any, |path| Wanted::CredentialsFile(path.clone()));
        let settings = Settings::resolve(&platform, &Options::default(), wanted).expect("resolved");
        let told = &desk.warnings()[before..];
        assert_eq!(told.len(), warnings, "{told:?}");
        assert!(!settings.choice("credential").expect("decided").overrides.is_empty());
        assert!(!told.concat().contains("canary"));
    }
}

#[test]
fn a_base_url_stays_with_the_credentials_that_the_caller_named() {
    let variables = [(names::API_BASE_URL, "https://variable.example")];
    let desk = Desk::new(PROFILE, &variables);
    let path = desk.credentials("c.json", "https://file.example", "canary");
    let base = |platform: &Platform, wanted| {
        let settings = Settings::resolve(platform, &Options::default(), wanted).expect("resolved");
        let choice = settings.choice("api_base_url").expect("decided").clone();
        (settings.api_base_url.expect("known"), choice.source, choice.overrides)
    };
    let by_variable = || Source::Variable(names::API_BASE_URL);
    let by_file = || Source::CredentialsFile(path.clone());
    assert_eq!(
        base(&desk.platform, Wanted::CredentialsFile(path.clone())),
        ("https://file.example".into(), by_file(), vec![by_variable(), work()])
    );
    let named = [variables[0], (names::CREDENTIALS_FILE, path.to_str().expect("UTF-8"))];
    let both = Platform { variables: named.into_iter().collect(), ..desk.platform.clone() };
    assert_eq!(
        base(&both, Wanted::Any),
        ("https://variable.example".into(), by_variable(), vec![by_file(), work()])
    );
    let only = Platform { variables: named[1..].iter().copied().collect(), ..desk.platform };
    assert_eq!(base(&only, Wanted::Any), ("https://file.example".into(), by_file(), vec![work()]));
}

#[test]
fn a_base_url_that_changes_in_the_file_is_followed() {
    let desk = Desk::new("", &[]);
    let path = desk.credentials("c.json", "https://file.example", "canary");
    let settings =
        desk.resolve(&Options::default(), Wanted::CredentialsFile(path.clone())).expect("resolved");
    desk.credentials("c.json", "https://moved.example", "canary");
    let Credential::M2mFile(file) = &settings.credential else { panic!("{:?}", settings.credential) };
    let now = file.current().expect("read");
    assert_eq!(settings.api_base_url_with(&now).as_deref(), Some("https://moved.example"));
    let options = Options { api_base_url: Some("https://option.example".into()), ..Options::default() };
    let set = desk.resolve(&options, Wanted::CredentialsFile(path)).expect("resolved");
    assert_eq!(set.api_base_url_with(&now).as_deref(), Some("https://option.example"));
}

#[test]
fn a_token_is_taken_as_it_is_and_may_lack_a_base_url() {
    for text in [
        "canary-token",
        " canary-token\n",
        "Bearer canary-token",
        "bearer  canary-token ",
        "BEARER\tcanary-token",
    ] {
        let settings = Desk::new("", &[(names::API_TOKEN, text)]).settings();
        let Credential::Token { token } = &settings.credential else { panic!("{:?}", settings.credential) };
        assert_eq!(token.expose(), "canary-token");
        assert_eq!(settings.api_base_url, None);
    }
    let wanted =
        Wanted::Token { api_base_url: Some("https://a.example/".into()), token: Secret::new("canary") };
    let settings = Desk::new("", &[(names::API_BASE_URL, "https://b.example")])
        .resolve(&Options::default(), wanted)
        .expect("resolved");
    assert_eq!(settings.api_base_url.as_deref(), Some("https://a.example"));
    for text in ["", "  ", "a\nb", "ü", "<token>", "Bearer", "Bearer \n", "'canary'"] {
        let wanted = Wanted::Token { api_base_url: None, token: Secret::new(text) };
        Desk::new("", &[]).refusal(&Options::default(), wanted);
    }
}

#[test]
fn the_variables_of_a_client_are_completed_by_the_profile() {
    let variables = [(names::M2M_CLIENT_ID, "id"), (names::M2M_CLIENT_SECRET, "canary")];
    let settings = Desk::new(PROFILE, &variables).settings();
    assert_eq!(settings.api_base_url.as_deref(), Some("https://profile.example/api"));
    assert_eq!(settings.choice("api_base_url").expect("decided").source, work());
}

#[test]
fn a_file_named_by_a_variable_that_is_missing_says_who_names_it() {
    let error =
        Desk::new("", &[(names::CREDENTIALS_FILE, "~/none.json")]).refusal(&Options::default(), Wanted::Any);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("`CARTO_CREDENTIALS_FILE`")), "{error:?}");
}

#[test]
fn a_sandbox_secret_stays_here_and_no_other_goes_over_plain_http() {
    let client =
        |secret: &str| M2mCredentials::new("https://a.example", "id", Secret::new(secret)).expect("good");
    for (auth_url, secret, good) in [
        ("http://127.0.0.1:4000", "sandbox-canary", true),
        ("https://localhost:4000", "sandbox-canary", true),
        ("https://auth.carto.com", "canary", true),
        ("https://localhost:4000", "canary", true),
        ("https://auth.carto.com", "sandbox-canary", false),
        ("http://127.0.0.1:4000", "canary", false),
    ] {
        let desk = Desk::new("", &[(names::AUTH_URL, auth_url)]);
        let wanted = Wanted::Credentials(client(secret));
        if good {
            desk.resolve(&Options::default(), wanted).expect(auth_url);
        } else {
            desk.refusal(&Options::default(), wanted);
        }
    }
}

#[test]
fn a_profile_is_chosen_and_added_without_losing_a_comment() {
    let config = "# mine\ncurrent_profile = \"work\" # for now\n\n[profiles.work] # the office\norganization = \"o\"\n# the end\n";
    let desk = Desk::new(config, &[]);
    Profiles::set_current(&desk.platform, "default").expect("chosen");
    assert_eq!(desk.config_text(), config.replace("\"work\" # for", "\"default\" # for"));
    Profiles::add(&desk.platform, "ac_1/acme/ada@example.com").expect("added");
    Profiles::add(&desk.platform, "ac_1/acme/ada@example.com").expect("there already");
    Profiles::set_current(&desk.platform, "ac_1/acme/ada@example.com").expect("chosen");
    let text = desk.config_text();
    for comment in ["# mine", "# for now", "# the office", "# the end"] {
        assert!(text.contains(comment), "{text}");
    }
    let profiles = Profiles::read(&desk.platform).expect("read");
    assert_eq!(profiles.names(), ["ac_1/acme/ada@example.com", "default", "work"]);
    assert_eq!(profiles.current.as_deref(), Some("ac_1/acme/ada@example.com"));
    let unknown = Profiles::set_current(&desk.platform, "wrok").expect_err("unknown");
    assert_eq!(unknown.kind(), ErrorKind::Config);
    assert_eq!(desk.config_text(), text);
}

#[test]
fn what_a_sign_in_was_told_is_written_into_its_profile() {
    let desk = Desk::new("[profiles.work] # the office\norganization = \"o\" # old\n", &[]);
    let told = Profile {
        organization: Some("org_acme".into()),
        scopes: Some(vec!["openid".into(), "profile".into()]),
        ..Profile::default()
    };
    Profiles::set(&desk.platform, "work", &told).expect("written");
    let text = "[profiles.work] # the office\norganization = \"org_acme\" # old\nscopes = [\"openid\", \"profile\"]\n";
    assert_eq!(desk.config_text(), text);
    let told =
        Profile { api_base_url: Some("https://gcp-us-east1.api.carto.com".into()), ..Profile::default() };
    Profiles::set(&desk.platform, "default", &told).expect("written");
    let profiles = Profiles::read(&desk.platform).expect("read");
    assert_eq!(profiles.get("default").expect("there"), told);
    assert!(desk.config_text().starts_with(text));
}

#[test]
fn the_first_choice_makes_the_file_and_keeps_a_link() {
    let desk = Desk::new("", &[]);
    Profiles::add(&desk.platform, "work").expect("added");
    Profiles::set_current(&desk.platform, "work").expect("chosen");
    assert_eq!(desk.config_text(), "current_profile = \"work\"\n\n[profiles.work]\n");
    #[cfg(unix)]
    {
        let elsewhere = desk.folder.path().join("dotfiles.toml");
        std::fs::rename(desk.config(), &elsewhere).expect("moved");
        std::os::unix::fs::symlink(&elsewhere, desk.config()).expect("linked");
        Profiles::set_current(&desk.platform, "default").expect("chosen");
        assert!(desk.config().symlink_metadata().expect("there").is_symlink());
        assert_eq!(desk.settings().profile, "default");
    }
    let inline = Desk::new("profiles = { a = { scopes = [] } }\n", &[]);
    Profiles::add(&inline.platform, "work").expect("added");
    assert_eq!(Profiles::read(&inline.platform).expect("read").names(), ["a", "default", "work"]);
    let homeless = Platform::headless(Variables::default());
    let error = Profiles::add(&homeless, "work").expect_err("nowhere to write");
    assert_eq!(error.kind(), ErrorKind::Storage);
}

#[test]
fn a_damaged_or_strange_config_is_an_error_and_an_unknown_key_a_warning() {
    for config in ["[", "current_profile = 1", "[profiles.work]\nclient_secret = \"canary\"", "a = canary"] {
        Desk::new(config, &[]).refusal(&Options::default(), Wanted::Any);
    }
    let desk = Desk::new("[profiles.work]\norganisation = \"o\"", &[]);
    desk.settings();
    assert!(desk.warnings()[0].contains("did you mean `organization`?"), "{:?}", desk.warnings());
    let folder = Desk::new("", &[]);
    std::fs::create_dir_all(folder.config()).expect("made");
    let error = folder.refusal(&Options::default(), Wanted::Any);
    assert_eq!(error.causes(), ["it is a folder"]);
}
