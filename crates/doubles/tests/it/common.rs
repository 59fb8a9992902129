//! What the common parts do for every double, shown on Runway's.

use framewright_doubles::Doubles;
use serde_json::json;

use crate::client::{bought, client, good, poll, read, runway, submit};

#[tokio::test]
async fn a_purchase_is_in_the_ledger_with_its_body_and_headers_after_a_restart() {
    let (doubles, dir) = runway().await;
    let id = bought(&doubles).await;
    drop(doubles);
    let again = Doubles::start(dir.path(), &["runway"]).await;
    let again = again.expect("it starts");
    let purchases = again.purchases("runway");
    assert_eq!(purchases.len(), 1);
    assert_eq!(purchases[0].job, id);
    assert_eq!(purchases[0].json(), good());
    assert_eq!(purchases[0].headers["authorization"], "Bearer key_1");
    assert_eq!(poll(&again, &id).await.1["status"], "PENDING");
    assert_ne!(bought(&again).await, id);
}

#[tokio::test]
async fn a_connection_dropped_after_the_purchase_leaves_it_bought_and_one_dropped_before_does_not()
{
    let (doubles, _dir) = runway().await;
    for (act, in_all) in [("drop_before", 0), ("drop_after_purchase", 1)] {
        doubles.script("runway", json!({"faults": [{"on": "submit", "do": act}]}));
        let url = format!("{}/v1/text_to_video", doubles.url("runway"));
        let request = client()
            .post(url)
            .bearer_auth("k")
            .header("x-runway-version", "2024-11-06")
            .json(&good());
        let lost = request.send().await.expect_err("no answer");
        assert!(!lost.is_connect(), "the request had left: {lost}");
        assert_eq!(doubles.purchases("runway").len(), in_all, "{act}");
    }
    let statuses = doubles.requests("runway");
    assert!(statuses.iter().all(|request| request.status.is_none()));
}

#[tokio::test]
async fn an_answer_is_scripted_with_its_headers_and_buys_nothing() {
    let (doubles, _dir) = runway().await;
    doubles.script(
        "runway",
        json!({"faults": [
            {"on": "submit", "do": "answer", "status": 429, "headers": {"retry-after": 7}, "body": {"error": "quota"}},
            {"on": "submit", "do": "answer", "status": 502, "body": "<html>Bad Gateway</html>"},
        ]}),
    );
    assert_eq!(
        submit(&doubles, &good()).await,
        (429, json!({"error": "quota"}))
    );
    assert_eq!(submit(&doubles, &good()).await.0, 502);
    assert!(doubles.purchases("runway").is_empty());
    assert_eq!(submit(&doubles, &good()).await.0, 200);
}

#[tokio::test]
async fn an_answer_without_an_id_and_one_that_cannot_be_read_were_bought_all_the_same() {
    let (doubles, _dir) = runway().await;
    doubles.script(
        "runway",
        json!({"faults": [{"on": "submit", "do": "no_id"}, {"on": "submit", "do": "garbage"}]}),
    );
    let (status, answer) = submit(&doubles, &good()).await;
    assert_eq!(
        (status, answer),
        (200, json!({"estimatedCost": {"credits": 25}}))
    );
    let (status, answer) = submit(&doubles, &good()).await;
    assert_eq!((status, answer), (200, json!(null)));
    assert_eq!(doubles.purchases("runway").len(), 2);
}

#[tokio::test]
async fn links_expire_by_fetches_or_by_a_newer_look() {
    let (doubles, _dir) = runway().await;
    doubles.script(
        "runway",
        json!({"sequence": ["SUCCEEDED"], "links": {"fetches": 1}}),
    );
    let id = bought(&doubles).await;
    let link = async || poll(&doubles, &id).await.1["output"][0].clone();
    let get =
        async |url: &serde_json::Value| read(client().get(url.as_str().expect("a link"))).await.0;
    let first = link().await;
    assert_eq!((get(&first).await, get(&first).await), (200, 403));
    let second = link().await;
    assert_eq!(get(&second).await, 200);
    doubles.script("runway", json!({"links": {"newest_only": true}}));
    let third = link().await;
    assert_eq!((get(&second).await, get(&third).await), (403, 200));
}

#[tokio::test]
async fn the_films_of_two_jobs_are_real_and_differ() {
    let (doubles, _dir) = runway().await;
    doubles.script("runway", json!({"sequence": ["SUCCEEDED"]}));
    let mut films = Vec::new();
    for _ in 0..2 {
        let id = bought(&doubles).await;
        let task = poll(&doubles, &id).await.1;
        let url = task["output"][0].as_str().expect("a link").to_owned();
        let answer = client().get(url).send().await.expect("an answer");
        films.push(answer.bytes().await.expect("a film"));
    }
    assert_eq!(&films[0][4..8], b"ftyp");
    assert_ne!(films[0], films[1]);
}
