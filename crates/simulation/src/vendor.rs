//! A vendor as a host: sells jobs over the wire of the testkit's ledger, in one of the classes A, B, D
//! and E, and has faults while the weather is bad. What it sold outlives its own crashes.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use framewright_core::attempt::Class;
use framewright_core::clock::Millis;
use framewright_doubles::film::{FILM, marked};
use framewright_testkit::ledger::service::{CALLBACK_HEADER, JobView, KEY_HEADER, NAME_HEADER};
use http::{Method, StatusCode};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use turmoil::net::TcpStream;

use crate::clock::elapsed;
use crate::http::{Answer, Asked, PORT};
use crate::trace::Trace;

/// Calls back to one URL before the vendor gives up.
const CALLS: usize = 200;

/// From one call to the next.
const AGAIN: Duration = Duration::from_secs(2);

/// One job that was sold.
#[derive(Clone, Debug)]
pub struct Sale {
    pub job: String,
    /// The client's key or name; empty where the class has none.
    pub key: String,
    /// Which of the run's tasks it is for, from the request's prompt.
    pub prompt: String,
    pub slots: Vec<u8>,
    done_at: Millis,
    /// The vendor has forgotten it: for its client it was never made.
    pub forgotten: bool,
}

/// What goes wrong with a submit.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Busy,
    Storm,
    NothingBefore,
    NothingAfter,
    ErrorAfter,
    Garbage,
    Late(u64),
}

/// A vendor.
pub struct Vendor {
    pub name: String,
    pub class: Class,
    /// When its faults end, ms.
    pub calm_at: Millis,
    /// The nodes, which its callbacks reach in turn.
    pub nodes: Vec<IpAddr>,
    pub trace: Trace,
    pub book: Mutex<Book>,
}

/// What a vendor keeps on its disk, and its chance.
pub struct Book {
    pub chance: StdRng,
    pub sales: Vec<Sale>,
}

impl Vendor {
    /// Every job it sold.
    #[must_use]
    pub fn sales(&self) -> Vec<Sale> {
        self.book().sales.clone()
    }

    /// Serves its wire until its host goes.
    ///
    /// # Errors
    /// As [`crate::http::serve`].
    pub async fn live(self: Arc<Self>) -> std::io::Result<()> {
        crate::http::serve(move |asked| self.clone().answer(asked)).await
    }

    async fn answer(self: Arc<Self>, asked: Asked) -> Answer {
        let path = asked.uri.path().to_owned();
        if asked.method == Method::POST {
            return self.submit(&asked).await;
        }
        if let Some(file) = path.strip_prefix("/videos/") {
            return self.video(file.trim_end_matches(".mp4"));
        }
        if let Some(name) = path.strip_prefix("/jobs/") {
            return self.find(name);
        }
        let ids = asked
            .uri
            .query()
            .and_then(|query| query.strip_prefix("ids="));
        self.poll(ids.unwrap_or_default())
    }

    async fn submit(self: &Arc<Self>, asked: &Asked) -> Answer {
        let fault = self.fault();
        self.trace
            .note(&format!("{} is asked to sell, {fault:?}", self.name));
        match fault {
            Some(Fault::Busy) => return Answer::status(StatusCode::TOO_MANY_REQUESTS),
            Some(Fault::Storm) => return Answer::status(StatusCode::SERVICE_UNAVAILABLE),
            Some(Fault::NothingBefore) => return Answer::Nothing,
            _ => {}
        }
        let answer = self.sell(asked);
        match fault {
            Some(Fault::NothingAfter) => Answer::Nothing,
            Some(Fault::ErrorAfter) => Answer::status(StatusCode::INTERNAL_SERVER_ERROR),
            Some(Fault::Garbage) => Answer::Whole(StatusCode::OK, "<html>200</html>".into()),
            Some(Fault::Late(ms)) => {
                sleep(Duration::from_millis(ms)).await;
                answer
            }
            _ => answer,
        }
    }

    /// One submit in three has a fault while the weather is bad.
    fn fault(&self) -> Option<Fault> {
        if elapsed() >= self.calm_at {
            return None;
        }
        let mut book = self.book();
        Some(match book.chance.random_range(0..24) {
            0 => Fault::Busy,
            1 => Fault::Storm,
            2 => Fault::NothingBefore,
            3 | 4 => Fault::NothingAfter,
            5 => Fault::ErrorAfter,
            6 => Fault::Garbage,
            7 => Fault::Late(book.chance.random_range(1_000..90_000)),
            _ => return None,
        })
    }

    fn sell(self: &Arc<Self>, asked: &Asked) -> Answer {
        let name = asked.header(NAME_HEADER);
        let key = if name.is_empty() {
            asked.header(KEY_HEADER)
        } else {
            name
        };
        let mut book = self.book();
        let known = book
            .sales
            .iter()
            .find(|sale| !key.is_empty() && sale.key == key);
        let job = match known {
            Some(_) if !name.is_empty() => return Answer::status(StatusCode::CONFLICT),
            Some(sale) => sale.job.clone(),
            None => self.book_sale(&mut book, key, &asked.body),
        };
        drop(book);
        let callback = asked.header(CALLBACK_HEADER);
        if let Some((_, path)) = callback.split_once("//nodes") {
            let calling = self.clone().call_back(path.to_owned(), job.clone());
            // Ends with the host, as a vendor's calls end with the vendor.
            drop(tokio::task::spawn_local(calling));
        }
        Answer::Whole(StatusCode::OK, text(&json!({ "job": job })))
    }

    fn book_sale(&self, book: &mut Book, key: &str, body: &[u8]) -> String {
        let order: Value = serde_json::from_slice(body).unwrap_or_default();
        let slots = order["slots"].as_array().into_iter().flatten();
        let work = book.chance.random_range(1_000..20_000);
        let sale = Sale {
            job: format!("{}-{}", self.name, book.sales.len() + 1),
            key: key.to_owned(),
            prompt: order["prompt"].as_str().unwrap_or_default().to_owned(),
            slots: slots
                .filter_map(Value::as_u64)
                .map(|slot| slot as u8)
                .collect(),
            done_at: elapsed() + work,
            forgotten: false,
        };
        let job = sale.job.clone();
        self.trace.note(&format!(
            "{} sold {job} for {} {:?}",
            self.name, sale.prompt, sale.slots
        ));
        book.sales.push(sale);
        job
    }

    async fn call_back(self: Arc<Self>, path: String, job: String) {
        let body = json!({ "job": job }).to_string();
        for call in 0..CALLS {
            sleep(AGAIN).await;
            let node = self.nodes[call % self.nodes.len()];
            let told = timeout(Duration::from_secs(5), tell(node, &path, &body)).await;
            if told.is_ok_and(|told| told.is_ok_and(|status| status < 500)) {
                self.trace
                    .note(&format!("{} called back about {job}", self.name));
                return;
            }
        }
    }

    fn find(&self, name: &str) -> Answer {
        let book = self.book();
        match book.sales.iter().find(|sale| sale.key == name) {
            Some(sale) => Answer::Whole(StatusCode::OK, text(&json!({ "job": sale.job }))),
            None => Answer::status(StatusCode::NOT_FOUND),
        }
    }

    fn poll(&self, ids: &str) -> Answer {
        let mut book = self.book();
        let bad = elapsed() < self.calm_at;
        let forgets = bad && book.chance.random_bool(0.01);
        if bad && book.chance.random_bool(0.05) {
            return Answer::status(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let now = elapsed();
        let views: Vec<JobView> = ids
            .split(',')
            .filter(|id| !id.is_empty())
            .map(|id| {
                let sale = book.sales.iter_mut().find(|sale| sale.job == id);
                if let Some(sale) = sale {
                    sale.forgotten |= forgets;
                    return view(sale, now);
                }
                gone(id)
            })
            .collect();
        Answer::Whole(StatusCode::OK, text(&json!(views)))
    }

    fn video(&self, job: &str) -> Answer {
        let bytes = marked(FILM, job);
        let fault = match elapsed() < self.calm_at {
            true => self.book().chance.random_range(0..12),
            false => 12,
        };
        match fault {
            0 => Answer::status(StatusCode::FORBIDDEN),
            1 => Answer::Cut(bytes.slice(..bytes.len() / 2), bytes.len()),
            _ => Answer::Whole(StatusCode::OK, bytes),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(value: &Value) -> Bytes {
    value.to_string().into()
}

fn gone(id: &str) -> JobView {
    JobView {
        id: id.to_owned(),
        status: "gone".into(),
        progress: None,
        video: None,
    }
}

fn view(sale: &Sale, now: Millis) -> JobView {
    if sale.forgotten {
        return gone(&sale.job);
    }
    let done = now >= sale.done_at;
    JobView {
        id: sale.job.clone(),
        status: if done { "done" } else { "running" }.into(),
        progress: None,
        video: done.then(|| format!("/videos/{}.mp4", sale.job)),
    }
}

/// One call; the status of its answer.
async fn tell(node: IpAddr, path: &str, body: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(SocketAddr::new(node, PORT)).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: nodes\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut line = [0; 12];
    stream.read_exact(&mut line).await?;
    let status = std::str::from_utf8(&line[9..])
        .ok()
        .and_then(|word| word.parse().ok());
    status.ok_or_else(|| std::io::Error::other("no status line"))
}
