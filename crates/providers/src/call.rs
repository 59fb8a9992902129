//! What a call to an upstream means for the purchase: the part of the paid submit's table that all
//! providers over HTTP share (design section 5). What a vendor's own codes mean is its adapter's
//! business, which asks here only for the rest.

use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_outbound::{Answer, CallError};
use http::StatusCode;

use crate::provider::{PollError, SubmitError};

/// How much of an upstream's text is kept as private detail, in bytes.
const DETAIL_BYTES: usize = 500;

/// What a submit without any answer means: safe to repeat only where no byte left.
#[must_use]
pub fn submit_lost(error: &CallError) -> SubmitError {
    let detail = error.to_string();
    match error {
        CallError::NotSent(_) => SubmitError::NotSent { detail },
        CallError::Unknown(_) => SubmitError::Unknown { detail },
    }
}

/// What an answer other than a readable acceptance means, by its status alone. `shed` are the
/// statuses that this vendor documents as refused before any work; `now` is for `Retry-After`.
///
/// 408 and everything from 500 up prove nothing, and neither does a success that could not be read.
#[must_use]
pub fn submit_refused(answer: &Answer, shed: &[u16], now: Millis) -> SubmitError {
    let detail = detail(answer);
    match answer.status {
        StatusCode::TOO_MANY_REQUESTS => SubmitError::Busy {
            retry_after: retry_after(answer, now),
            detail,
        },
        status if shed.contains(&status.as_u16()) => SubmitError::Shed { detail },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SubmitError::Unauthorized { detail },
        StatusCode::PAYMENT_REQUIRED => SubmitError::OutOfMoney { detail },
        StatusCode::REQUEST_TIMEOUT => SubmitError::Unknown { detail },
        status if status.is_client_error() => SubmitError::Rejected(
            Failure::new(FailureCode::Rejected, "the provider refused the request")
                .with_detail(detail),
        ),
        _ => SubmitError::Unknown { detail },
    }
}

/// What a poll without an answer means: nothing, for the job.
#[must_use]
pub fn poll_lost(error: &CallError) -> PollError {
    PollError::NoAnswer(error.to_string())
}

/// What an answer to a poll means that is not about the job.
#[must_use]
pub fn poll_refused(answer: &Answer, now: Millis) -> PollError {
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PollError::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => PollError::Busy {
            retry_after: retry_after(answer, now),
        },
        _ => PollError::NoAnswer(detail(answer)),
    }
}

fn retry_after(answer: &Answer, now: Millis) -> Option<Millis> {
    let wait = answer.retry_after()?.wait(u64::try_from(now).unwrap_or(0));
    Some(Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX))
}

/// Status and the start of the body, scrubbed, for the operator's eyes.
fn detail(answer: &Answer) -> String {
    let cut = answer.body.len().min(DETAIL_BYTES);
    let text = String::from_utf8_lossy(&answer.body[..cut]);
    framewright_outbound::scrub(&format!("{}: {text}", answer.status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::{submit_lost, submit_refused};
    use crate::provider::SubmitError;
    use framewright_outbound::{Answer, CallError, FetchError};
    use http::{HeaderMap, HeaderValue, StatusCode};

    fn answer(status: u16) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).expect("the tests name valid statuses"),
            headers: HeaderMap::from_iter([(
                http::header::RETRY_AFTER,
                HeaderValue::from_static("7"),
            )]),
            body: "no".into(),
        }
    }

    #[test]
    fn only_a_connection_that_never_was_is_safe_to_repeat() {
        let not_sent = CallError::NotSent(FetchError::Dns("x".into()));
        let unknown = CallError::Unknown(FetchError::Deadline);
        assert!(matches!(
            submit_lost(&not_sent),
            SubmitError::NotSent { .. }
        ));
        assert!(matches!(submit_lost(&unknown), SubmitError::Unknown { .. }));
    }

    #[test]
    fn statuses_that_prove_nothing_are_unknown() {
        for status in [200, 202, 302, 408, 500, 502, 503, 504] {
            let meaning = submit_refused(&answer(status), &[], 0);
            assert!(matches!(meaning, SubmitError::Unknown { .. }), "{status}");
        }
    }

    #[test]
    fn a_vendors_own_shed_statuses_and_429_are_not_purchases() {
        let shed = submit_refused(&answer(503), &[503], 0);
        assert!(matches!(shed, SubmitError::Shed { .. }));
        let busy = submit_refused(&answer(429), &[], 0);
        assert!(
            matches!(
                busy,
                SubmitError::Busy {
                    retry_after: Some(7_000),
                    ..
                }
            ),
            "{busy:?}"
        );
    }

    #[test]
    fn definite_refusals_keep_their_reason_apart() {
        assert!(matches!(
            submit_refused(&answer(401), &[], 0),
            SubmitError::Unauthorized { .. }
        ));
        assert!(matches!(
            submit_refused(&answer(402), &[], 0),
            SubmitError::OutOfMoney { .. }
        ));
        assert!(matches!(
            submit_refused(&answer(422), &[], 0),
            SubmitError::Rejected(_)
        ));
    }
}
