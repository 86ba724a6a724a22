//! The configuration file as text: what it says of each profile, where its paths lead, and what is said of mistakes.

use std::{path::PathBuf, time::Duration};

use aca_sync::config::{Config, Layer, Roots};

use crate::support::KEY;

fn roots() -> Roots {
    Roots {
        folder: PathBuf::from("/etc/aca-sync"),
        home: Some(PathBuf::from("/home/ana")),
    }
}

fn config(text: &str) -> Config {
    Config::from_text(text, "aca-sync.toml", &roots()).unwrap()
}

/// What is said of a text that holds mistakes.
fn said(text: &str) -> String {
    let error = Config::from_text(text, "aca-sync.toml", &roots()).unwrap_err();
    error.to_string()
}

/// What is in force for a profile of one file.
fn in_force(config: &Config, profile: &str) -> Layer {
    config
        .profile(profile)
        .cloned()
        .unwrap()
        .or(config.shared())
}

#[test]
fn the_example_of_the_readme_says_all_that_can_be_said() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap();
    let config = config(example.split("```").next().unwrap());

    assert_eq!(config.default_profile(), Some("miami"));
    assert_eq!(config.profiles().collect::<Vec<_>>(), ["miami", "tampa"]);
    let miami = in_force(&config, "miami");
    let path = |path: &Option<PathBuf>| path.as_ref().unwrap().display().to_string();
    assert_eq!(miami.rate.unwrap().to_string(), "60/min");
    assert_eq!(miami.concurrency, Some(4));
    assert_eq!(
        miami.base_url.as_ref().unwrap().to_string(),
        "https://api.carecycle.ai"
    );
    assert_eq!(path(&miami.state_folder), "/var/lib/aca-sync");
    assert_eq!(miami.standing_alarms, Some(false));
    assert_eq!(miami.account.as_deref(), Some("miami"));
    assert_eq!(path(&miami.api_key_file), "/etc/aca-sync/miami.key");
    assert_eq!(path(&miami.journal), "/var/lib/aca-sync/miami.db");
    assert_eq!(path(&miami.mappings), "/etc/aca-sync/mappings");
    assert_eq!(path(&miami.suppress), "/etc/aca-sync/do-not-call.csv");
    assert_eq!(
        miami.npns.as_deref(),
        Some(["1234567", "7654321"].map(str::to_owned).as_slice())
    );
    let notify = miami.notify.clone();
    assert_eq!(notify.timeout, Some(Duration::from_secs(10)));
    assert_eq!(
        notify.ping.unwrap().expose(),
        "https://hc.example.com/ping/uuid"
    );
    assert_eq!(
        notify.webhook.unwrap().expose(),
        "https://hooks.example.com/x"
    );
}

/// Whoever builds on this sees at once which keys the tables of room and README have.
#[test]
fn the_keys_of_the_readme_are_those_that_it_takes() {
    let keys = |text: &str, start: &str| -> Vec<String> {
        let table = text.split(start).nth(1).unwrap();
        let rows = table.lines().skip(2);
        rows.map_while(|line| Some(line.split('|').nth(1)?.trim().to_owned()))
            .collect()
    };
    let readme = std::fs::read_to_string("README.md").unwrap();
    let room = std::fs::read_to_string("src/config/mod.rs").unwrap();

    let told = keys(&readme, "| a key of the configuration | where | says |");

    assert_eq!(told, keys(&room, "//! | key | where | says |"));
    assert_eq!(told.len(), 13, "{told:?}");
}

#[test]
fn a_profile_s_own_words_go_before_those_that_all_share() {
    let config = config(
        "rate = \"60/min\"\nconcurrency = 4\n\
         [exit]\nstanding = 0\n\
         [notify]\nping = \"https://hc.example.com/all\"\ntimeout = \"5s\"\n\
         [profile.miami]\nrate = \"30/min\"\n\
         [profile.miami.exit]\nstanding = 3\n\
         [profile.miami.notify]\nping = \"https://hc.example.com/miami\"\n\
         [profile.tampa]\naccount = \"Tampa Bay\"\nnpns = \"0012345\"\n",
    );

    let (miami, tampa) = (in_force(&config, "miami"), in_force(&config, "tampa"));

    let ping = |layer: &Layer| layer.notify.ping.clone().unwrap();
    assert_eq!(miami.rate.unwrap().to_string(), "30/min");
    assert_eq!(tampa.rate.unwrap().to_string(), "60/min");
    assert_eq!((miami.concurrency, tampa.concurrency), (Some(4), Some(4)));
    assert_eq!(miami.standing_alarms, Some(true));
    assert_eq!(tampa.standing_alarms, Some(false));
    assert_eq!(ping(&miami).expose(), "https://hc.example.com/miami");
    assert_eq!(ping(&tampa).expose(), "https://hc.example.com/all");
    assert_eq!(miami.notify.timeout, Some(Duration::from_secs(5)));
    assert_eq!(tampa.account.as_deref(), Some("Tampa Bay"));
    assert_eq!(tampa.npns, Some(vec!["12345".to_owned()]));
    assert!(config.profile("orlando").is_none());
}

#[test]
fn paths_count_from_the_file_or_from_the_home_folder() {
    let text = "[profile.miami]\njournal = \"journals/miami.db\"\nmappings = \"../mappings\"\n\
                api_key_file = \"~/miami.key\"\nsuppress = \"/srv/dnc.csv\"\n";
    let miami = in_force(&config(text), "miami");

    let paths = [
        miami.journal,
        miami.mappings,
        miami.api_key_file,
        miami.suppress,
    ];
    assert_eq!(
        paths.map(|path| path.unwrap()),
        [
            "/etc/aca-sync/journals/miami.db",
            "/etc/aca-sync/../mappings",
            "/home/ana/miami.key",
            "/srv/dnc.csv",
        ]
        .map(PathBuf::from)
    );
    let homeless = Roots {
        home: None,
        ..roots()
    };
    let error = Config::from_text(text, "aca-sync.toml", &homeless).unwrap_err();
    assert!(error.to_string().contains("there is no home folder here"));
    assert!(said("state_folder = \"~bo/state\"").contains("~/ is the home folder"));
}

#[test]
fn every_mistake_is_told_in_one_go_with_its_place_and_what_would_be_accepted() {
    let said = said(
        "concurency = 4\n\
         rate = 60\n\
         concurrency = 65\n\
         state_folder = \"\"\n\
         base_url = \"http://api.example.com\"\n\
         journal = \"miami.db\"\n\
         [exit]\nstanding = 4\n\
         [notify]\nwebhook = \"http://hooks.example.com/x\"\ntimeout = \"0s\"\nretries = 3\n\
         [profile.miami]\nmaping = \"mappings\"\nnpns = [\"12-34\", 5]\ndefault_profile = \"miami\"\n\
         [profile.\"North Miami\"]\n\
         [profile]\ntampa = true\n",
    );

    for words in [
        "the configuration aca-sync.toml has 16 mistakes",
        "concurency: unknown key\n--> aca-sync.toml:1:1\n = help: did you mean `concurrency`?",
        "rate: a string belongs here, this is a whole number\n--> aca-sync.toml:2:8",
        "concurrency: so many requests cannot be under way\n--> aca-sync.toml:3:15\n = help: 1 to 64",
        "state_folder: this is blank\n--> aca-sync.toml:4:16",
        "base_url: the base URL has to begin with https://\n--> aca-sync.toml:5:12",
        "journal: this is for each profile to say\n--> aca-sync.toml:6:1\n = help: write it below [profile.NAME]",
        "exit.standing: standing problems end a command with 3, or with 0\n--> aca-sync.toml:8:12",
        "notify.webhook: the URL has to begin with https://\n--> aca-sync.toml:10:11",
        "notify.timeout: nobody is tried for so long or so short a time\n--> aca-sync.toml:11:11",
        "notify.retries: unknown key\n--> aca-sync.toml:12:1\n = help: known here: ping, webhook, timeout",
        "profile.miami.maping: unknown key\n--> aca-sync.toml:14:1\n = help: did you mean `mappings`?",
        "profile.miami.npns: this is not a National Producer Number\n--> aca-sync.toml:15:9",
        "profile.miami.npns: a string belongs here, this is a whole number\n--> aca-sync.toml:15:18",
        "profile.miami.default_profile: this is for the top level to say\n--> aca-sync.toml:16:1",
        "profile.North Miami: this is no name for a profile\n--> aca-sync.toml:17:10",
        "profile.tampa: a table belongs here, this is true or false\n--> aca-sync.toml:19:1",
    ] {
        assert!(said.contains(words), "no {words:?} in\n{said}");
    }
}

#[test]
fn http_is_for_this_machine_only_and_no_url_holds_a_user() {
    let webhook = |url: &str| format!("[notify]\nwebhook = \"{url}\"\n");
    for url in [
        "https://hooks.example.com/x?token=y",
        "http://127.0.0.1:8080/x",
        "http://localhost/x",
        "http://[::1]/x",
    ] {
        assert!(config(&webhook(url)).shared().notify.names_somebody());
    }
    for (url, words) in [
        ("http://hooks.example.com/hush", "https://"),
        (
            "https://hush:hush@hooks.example.com/x",
            "a user or a password",
        ),
        ("hooks.example.com/hush", "not a URL"),
        ("ftp://hooks.example.com/hush", "https://"),
    ] {
        let said = said(&webhook(url));
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
}

#[test]
fn a_key_in_the_file_is_refused_and_shown_to_nobody() {
    for (line, words) in [
        ("api_key = ", "no secret belongs into this file"),
        ("API-Key = ", "no secret belongs into this file"),
        ("key = ", "no secret belongs into this file"),
        ("api_key_file = ", "looks like an API key"),
        ("account = ", "looks like an API key"),
        ("rate = ", "looks like an API key"),
        ("base_url = ", "looks like an API key"),
        ("nonsense = ", "unknown key"),
        ("concurrency = ", "a whole number belongs here"),
        ("npns = ", "not a National Producer Number"),
        ("this is no TOML ", "this is not TOML"),
    ] {
        let said = said(&format!("[profile.miami]\n{line}\"{KEY}\"\n"));
        assert!(said.contains(words), "{said}");
        assert!(said.contains("aca-sync.toml:2:"), "{said}");
        assert!(!said.contains(&KEY[3..]), "{said}");
    }
    assert!(said("api_key = \"x\"").contains("name that with api_key_file"));
    assert!(said("[profile.miami]\napi_key_file = \"cc_1\"").contains("looks like an API key"));
}

#[test]
fn a_ping_s_url_does_not_print() {
    let config = config("[notify]\nping = \"https://hc.example.com/hush\"\n");

    let printed = format!("{config:?} {:?}", config.shared().notify);

    assert!(!printed.contains("hush"), "{printed}");
}
