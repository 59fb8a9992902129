//! Faults that a test arms in the ledger's service, each for so many requests of its place. What
//! they do to an answer is told here; when they strike is the test's business (`POST /faults`).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_millis(1_500);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 429 that says when to come back.
    Busy,
    /// 429 that does not.
    BusySilent,
    /// 503 before anything is sold.
    Storm,
    /// The connection ends before anything is sold.
    ResetBefore,
    /// 401: the key was revoked.
    Revoked,
    /// 402: the balance is used up.
    OutOfMoney,
    /// Sold, and answered with 500.
    ErrorAfter,
    /// Sold, and the connection ends.
    ResetAfter,
    /// Sold, and answered with what nobody can read.
    Garbage,
    /// Sold, and answered late.
    Slow,
    /// A poll finds no job.
    Forgotten,
    /// The link to a video does not hold.
    DeadLink,
    /// A video ends before its length.
    Truncated,
}

/// Which requests a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Submit,
    Poll,
    Video,
}

impl Fault {
    #[must_use]
    pub fn place(self) -> Place {
        match self {
            Self::Forgotten => Place::Poll,
            Self::DeadLink | Self::Truncated => Place::Video,
            _ => Place::Submit,
        }
    }

    /// The answer where nothing is done for the request.
    #[must_use]
    pub fn instead(self) -> Option<Response> {
        Some(match self {
            Self::Busy => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response()
            }
            Self::BusySilent => StatusCode::TOO_MANY_REQUESTS.into_response(),
            Self::Storm => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Self::ResetBefore => reset(Bytes::new(), 1),
            Self::Revoked => StatusCode::UNAUTHORIZED.into_response(),
            Self::OutOfMoney => StatusCode::PAYMENT_REQUIRED.into_response(),
            Self::DeadLink => StatusCode::FORBIDDEN.into_response(),
            _ => return None,
        })
    }

    /// What becomes of the answer to a request that was carried out.
    pub async fn spoil(self, answer: Response) -> Response {
        match self {
            Self::ErrorAfter => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::ResetAfter => reset(Bytes::new(), 1),
            Self::Garbage => "<html>200</html>".into_response(),
            Self::Slow => {
                tokio::time::sleep(SLOW).await;
                answer
            }
            _ => answer,
        }
    }
}

/// An answer that promises `length` bytes, gives `part` and breaks the connection.
pub(super) fn reset(part: Bytes, length: usize) -> Response {
    let broken = Err(std::io::Error::other("a fault of the test"));
    let body = futures_util::stream::iter([Ok(part), broken]);
    let mut answer = Body::from_stream(body).into_response();
    answer
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length.into());
    answer
}

/// What a test arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    pub fault: Fault,
    /// How many requests it strikes.
    pub times: u32,
}

/// The armed faults of one service, and how often each has struck.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    armed: Vec<Arm>,
    struck: BTreeMap<Fault, u32>,
}

impl Faults {
    /// Arms a fault beside those that are armed.
    pub fn arm(&self, arm: Arm) {
        self.state(|state| state.armed.push(arm));
    }

    /// Takes away what is still armed.
    pub fn calm(&self) {
        self.state(|state| state.armed.clear());
    }

    /// How often each fault has struck.
    #[must_use]
    pub fn struck(&self) -> BTreeMap<Fault, u32> {
        self.state(|state| state.struck.clone())
    }

    /// The fault that strikes the next request of this place, if one is armed.
    #[must_use]
    pub fn strike(&self, place: Place) -> Option<Fault> {
        self.state(|state| {
            let armed = |arm: &&mut Arm| arm.times > 0 && arm.fault.place() == place;
            let arm = state.armed.iter_mut().find(armed)?;
            arm.times -= 1;
            *state.struck.entry(arm.fault).or_default() += 1;
            Some(arm.fault)
        })
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::{Arm, Fault, Faults, Place};

    #[test]
    fn a_fault_strikes_so_many_requests_of_its_place_and_is_counted() {
        let faults = Faults::default();
        let (fault, times) = (Fault::Forgotten, 2);
        faults.arm(Arm { fault, times });
        assert_eq!(faults.strike(Place::Submit), None);
        for _ in 0..2 {
            assert_eq!(faults.strike(Place::Poll), Some(fault));
        }
        assert_eq!(faults.strike(Place::Poll), None);
        assert_eq!(faults.struck()[&fault], 2);
    }
}
