//! Every kind of provider that buys from somebody, through a whole server: a request over HTTP, a job
//! bought from the vendor's double, and a finished task whose files can be had. Not what each kind makes
//! of each field: that is the contract suite of the adapters.

mod rows;

use framewright_doubles::{Doubles, film::FILM, script::Step, world::Recorded};
use framewright_engine::Drained;
use framewright_providers::Registry;
use framewright_server::config::{self, Overrides};
use futures_util::future::join_all;
use serde_json::Value;

use crate::app::TestApp;
use rows::{Ask, Row};

/// Where vendors would reach this server; their doubles only look at the name.
const PUBLIC_URL: &str = "https://video.example.com";

/// Makes videos in this process and buys from nobody.
const INSIDE: &str = "preview";

#[test]
fn every_kind_that_buys_has_a_row() {
    let registry = Registry::shipped();
    let kinds: Vec<_> = registry.words().filter(|kind| *kind != INSIDE).collect();
    let mut rows: Vec<_> = rows::all().iter().map(|row| row.kind).collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(kinds, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_every_kind_is_bought_once_and_its_files_can_be_had() {
    join_all(rows::all().into_iter().map(drive)).await;
}

/// One kind from an empty server to its finished tasks.
async fn drive(row: Row) {
    let ledgers = tempfile::tempdir().expect("a directory");
    let doubles = Doubles::start(ledgers.path(), &[row.double]).await;
    let doubles = doubles.expect("the double starts");
    let app = server(&row, doubles.url(row.double)).await;
    let mut tasks: Vec<String> = Vec::new();
    for (n, ask) in row.asks.iter().enumerate() {
        let id = app.submit(ask.path, &body(&app, ask, &tasks).await).await;
        let task = app.ended(&id).await;
        assert_eq!(task["status"], "finished", "{}: {task}", row.double);
        files_are_there(&app, &task, ask.files).await;
        bought(&row, &doubles, n);
        tasks.push(id);
    }
    assert_eq!(app.stop().await, Drained::Whole, "{}", row.double);
}

/// A server whose only provider is the row's.
async fn server(row: &Row, double: &str) -> TestApp {
    let Row {
        kind,
        settings,
        base_path,
        ..
    } = row;
    let text = format!(
        "[server]\npublic_url = \"{PUBLIC_URL}\"\n[[provider]]\nname = \"vendor\"\nkind = \"{kind}\"\n\
         base_url = \"{double}{base_path}\"\nkey = \"{}\"\npoll_every_ms = 100\n{settings}\n",
        row.key
    );
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("server.toml");
    std::fs::write(&file, text).expect("written");
    let loaded = config::load(Some(&file), [], Overrides::default());
    let loaded = loaded.expect("a configuration").config;
    TestApp::with(|config| {
        config.server.public_url = loaded.server.public_url;
        config.provider = loaded.provider;
    })
    .await
}

/// The row's request; `{picture}` in it is an upload, `{task}` the task before.
async fn body(app: &TestApp, ask: &Ask, tasks: &[String]) -> Value {
    let mut text = ask.body.to_string();
    if text.contains("{picture}") {
        text = text.replace("{picture}", &app.upload_picture().await);
    }
    if let Some(task) = tasks.last() {
        text = text.replace("{task}", task);
    }
    serde_json::from_str(&text).expect("JSON")
}

/// Every video of a finished task, by its link and whole.
async fn files_are_there(app: &TestApp, task: &Value, count: usize) {
    let one = task["video_url"].as_str();
    let several = task["video_urls"].as_array().into_iter().flatten();
    let links: Vec<_> = one
        .into_iter()
        .chain(several.filter_map(Value::as_str))
        .collect();
    assert_eq!(links.len(), count, "{task}");
    for link in links {
        let place = link
            .strip_prefix(PUBLIC_URL)
            .expect("a link of this server");
        let file = app.get(place).await;
        assert_eq!(file.status, 200, "{link}");
        let mark = file.body.strip_prefix(FILM);
        assert!(mark.is_some(), "{link}: not the vendor's film");
    }
}

/// The request of this number made one purchase and no other, with the row's path and body.
fn bought(row: &Row, doubles: &Doubles, n: usize) {
    let double = row.double;
    let purchases = doubles.purchases(double);
    assert_eq!(purchases.len(), n + 1, "{double}: {purchases:?}");
    let requests = doubles.requests(double);
    let is_submit = |request: &&Recorded| request.step == Step::Submit;
    let sent: Vec<_> = requests.iter().filter(is_submit).collect();
    assert_eq!(sent.len(), n + 1, "{double}: sent more often than it sold");
    let sold = &row.asks[n].sold;
    let path = sent[n].path.split('?').next();
    assert_eq!(path, Some(sold.path), "{double}");
    let first = &purchases[0].job;
    let wanted = sold.body.to_string().replace("{job}", first);
    let wanted = serde_json::from_str(&wanted).expect("JSON");
    let body = purchases[n].json();
    assert!(fits(&wanted, &body), "{double}: {body} is not {wanted}");
}

/// Whether a value is the wanted one; the star in a wanted text stands for what only this task knows.
fn fits(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::String(wanted), Value::String(found)) => match wanted.split_once('*') {
            Some((start, end)) => {
                let longer = found.len() > start.len() + end.len();
                longer && found.starts_with(start) && found.ends_with(end)
            }
            None => wanted == found,
        },
        (Value::Object(wanted), Value::Object(found)) => {
            let member = |(name, value)| found.get(name).is_some_and(|found| fits(value, found));
            wanted.len() == found.len() && wanted.iter().all(member)
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(w, f)| fits(w, f))
        }
        _ => wanted == found,
    }
}
