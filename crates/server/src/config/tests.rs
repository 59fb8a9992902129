//! The configuration as its operator meets it: a file or variables in, settings or a message out.

use std::{fs, net::SocketAddr};

use super::{Config, ConfigError, DEFAULTS, Overrides, load};

fn read(text: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("framewright.toml");
    fs::write(&path, text).expect("written");
    load(Some(&path), [], Overrides::default()).map(|loaded| loaded.config)
}

fn from_variables(pairs: &[(&str, &str)]) -> Result<super::Loaded, ConfigError> {
    let pairs = pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    load(None, pairs, Overrides::default())
}

#[test]
fn the_defaults_are_a_configuration() {
    let config = load(None, [], Overrides::default())
        .expect("the defaults")
        .config;
    assert_eq!(
        config.server.listen,
        SocketAddr::from(([127, 0, 0, 1], 8787))
    );
    assert_eq!(config.server.public_url, None);
    read(DEFAULTS).expect("the manual can be used as a file");
}

#[test]
fn a_file_changes_what_it_names_and_nothing_else() {
    let config =
        read("[server]\nlisten = \"[::1]:80\"\n[aliases]\nold = \"kling-v1-6\"\n").expect("good");
    assert_eq!(config.server.listen.port(), 80);
    assert_eq!(config.server.drain_ms, 30_000);
    assert_eq!(config.aliases["old"], "kling-v1-6");
}

/// What is written, the line that must be named, and what the message must say.
const WRONG: &[(&str, usize, &[&str])] = &[
    ("[server]\nlisten = \n", 2, &["not TOML"]),
    ("[server\n", 1, &["not TOML"]),
    ("a = 1\na = 2\n", 2, &["not TOML", "duplicate"]),
    (
        "\n[webhooks]\nper_reciever = 5\n",
        3,
        &["\"webhooks.per_reciever\"", "per_receiver"],
    ),
    (
        "[webhook]\nper_receiver = 5\n",
        2,
        &["\"webhook\"", "webhooks"],
    ),
    ("verbose = true\n", 1, &["\"verbose\"", "log"]),
    (
        "[server]\nlisten = \"8787\"\n",
        2,
        &["server.listen", "8787"],
    ),
    (
        "[server]\nlisten = 8787\n",
        2,
        &["server.listen", "expected a string"],
    ),
    (
        "[limits]\n\nidle_ms = \"60 s\"\n",
        3,
        &["limits.idle_ms", "u64"],
    ),
    ("[limits]\nidle_ms = -1\n", 2, &["limits.idle_ms"]),
    (
        "[limits]\nheader_bytes = 100\n",
        2,
        &["limits.header_bytes is 100", "at least 8192"],
    ),
    (
        "[retention]\ntask_days = 3\n",
        2,
        &["retention.task_days is 3", "at least 4"],
    ),
    (
        "[server]\npath_prefix = \"video/\"\n",
        2,
        &["server.path_prefix", "\"/video\""],
    ),
    (
        "[server]\npublic_url = \"example.com\"\n",
        2,
        &["server.public_url"],
    ),
    (
        "[server]\npublic_url = \"https://a/b\"\n",
        2,
        &["server.public_url", "path_prefix"],
    ),
    (
        "[outbound]\nallow = [\"10.0.0.0/99\"]\n",
        2,
        &["outbound.allow", "10.1.2.0/24"],
    ),
    ("[outbound]\ndns = \"dns.example\"\n", 2, &["outbound.dns"]),
    ("[log]\nformat = \"xml\"\n", 2, &["log.format", "text"]),
    ("[log]\nfilter = \"info,a=b=c\"\n", 2, &["log.filter"]),
    (
        "[credits]\nprices = [{ task_type = \"a\", bas = 1 }]\n",
        2,
        &["credits.prices", "bas"],
    ),
    ("\n[[provider]]\nname = \"a\"\n", 2, &["provider", "kind"]),
    (
        "[[provider]]\nname = \"a\"\nkind = \"b\"\nkey = \"file:/nowhere\"\n",
        1,
        &["/nowhere"],
    ),
    (
        "[[provider]]\nname = \"a\"\nkind = \"b\"\nkey = \"env:NOT_SET_A\"\n",
        1,
        &["NOT_SET_A"],
    ),
    (
        "[[route]]\ntask_type = \"a\"\nto = []\nfrom = 1\n",
        1,
        &["route", "from"],
    ),
    (
        "[[route]]\ntask_type = \"kling\"\nto = [{ provider = \"a\" }]\n",
        1,
        &["\"kling\"", "did you mean \"kling-video\"", "wan-video"],
    ),
    (
        "[[route]]\ntask_type = \"kling-video\"\nmode = \"image2video\"\nto = []\n",
        1,
        &[
            "\"image2video\"",
            "did you mean \"image\"",
            "text, image, video, extend",
        ],
    ),
    (
        "[[route]]\ntask_type = \"kling-video\"\nto = []\nextend = \"no\"\n",
        1,
        &["route", "`join` or `refuse`"],
    ),
];

#[test]
fn whatever_is_wrong_is_named_with_its_line() {
    for (text, line, words) in WRONG {
        let error = read(text).expect_err(text).to_string();
        assert!(
            error.contains(&format!("framewright.toml line {line}: ")),
            "{text}\n{error}"
        );
        for word in *words {
            assert!(error.contains(word), "{text}\n{error}\nwants {word}");
        }
    }
}

#[test]
fn what_contradicts_itself_says_what_to_set() {
    let route = "[[route]]\ntask_type = \"kling-video\"\nto = [{ provider = \"kling\" }]\n";
    let error = read(route).expect_err("no such provider").to_string();
    assert!(
        error.contains("\"kling\"") && error.contains("[[provider]]"),
        "{error}"
    );
    let alias = "[aliases]\nold = \"kling-v16\"\n";
    let error = read(alias).expect_err("no such model").to_string();
    assert!(
        error.contains("the alias \"old\"") && error.contains("did you mean \"kling-v1-6\""),
        "{error}"
    );
    let error = read("[server]\ntls_cert = \"a.pem\"\n")
        .expect_err("half of TLS")
        .to_string();
    assert!(error.contains("set server.tls_key too"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = load(Some("/nowhere/f.toml".as_ref()), [], Overrides::default());
    assert!(
        error
            .expect_err("no file")
            .to_string()
            .contains("/nowhere/f.toml")
    );
}

#[test]
fn every_setting_has_a_variable_that_wins_over_the_file() {
    let loaded = from_variables(&[
        ("FRAMEWRIGHT_LISTEN", "127.0.0.1:1"),
        ("FRAMEWRIGHT_WEBHOOKS_PER_RECEIVER", "20"),
        ("FRAMEWRIGHT_OUTBOUND_ALLOW", "10.0.0.0/8, 192.0.2.1"),
        ("FRAMEWRIGHT_ALIASES", "{ old = \"kling-v1-6\" }"),
        (
            "FRAMEWRIGHT_PROVIDER",
            "[{ name = \"p\", kind = \"preview\" }]",
        ),
        ("FRAMEWRIGHT_BOOTSTRAP_KEY", "not a setting"),
        ("FRAMEWRIGHT_SERVICE_HOST", "10.1.2.3"),
        ("HOME", "/root"),
    ]);
    let loaded = loaded.expect("good variables");
    let config = loaded.config;
    assert_eq!(config.server.listen.port(), 1);
    assert_eq!(config.webhooks.per_receiver, 20);
    assert_eq!(config.outbound.allow.len(), 2);
    assert_eq!(config.aliases["old"], "kling-v1-6");
    assert_eq!(config.provider[0].kind, "preview");
    assert_eq!(loaded.ignored_variables, ["FRAMEWRIGHT_SERVICE_HOST"]);
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, text) in [
        ("FRAMEWRIGHT_WEBHOOKS_PER_RECEIVER", "soon"),
        ("FRAMEWRIGHT_LISTEN", "everywhere"),
        ("FRAMEWRIGHT_PROVIDER", "[{ name = "),
        ("FRAMEWRIGHT_RETENTION_TASK_DAYS", "1"),
    ] {
        let error = from_variables(&[(name, text)]).expect_err(name).to_string();
        assert!(
            error.contains(&format!("the environment variable {name}")),
            "{error}"
        );
    }
}

#[test]
fn the_command_line_wins_over_all() {
    let overrides = Overrides {
        listen: Some("127.0.0.1:3".to_owned()),
        ..Overrides::default()
    };
    let variables = [("FRAMEWRIGHT_LISTEN".to_owned(), "127.0.0.1:2".to_owned())];
    let config = load(None, variables, overrides).expect("good").config;
    assert_eq!(config.server.listen.port(), 3);
    let overrides = Overrides {
        listen: Some("x".to_owned()),
        ..Overrides::default()
    };
    let error = load(None, [], overrides).expect_err("bad").to_string();
    assert!(
        error.starts_with("the option --listen: server.listen"),
        "{error}"
    );
}

#[test]
fn secrets_are_read_from_files_and_never_printed() {
    let directory = tempfile::tempdir().expect("a directory");
    let secret = directory.path().join("secret");
    fs::write(&secret, "s3cr3t-canary\nsecond line\n").expect("written");
    let file = secret.display();
    let text = format!("[[provider]]\nname = \"a\"\nkind = \"b\"\nkey = \"file:{file}\"\n");
    let config = read(&text).expect("good");
    assert_eq!(
        config.provider[0].settings["key"].as_str(),
        Some("s3cr3t-canary")
    );
    assert!(!format!("{config:?}").contains("canary"));
}
