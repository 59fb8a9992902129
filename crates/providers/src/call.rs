//! What a call to an upstream means for the purchase: the part of the paid submit's table that all
//! providers over HTTP share. What a vendor's own codes mean is its adapter's
//! business, which asks here only for the rest.

use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_outbound::{Answer, CallError};
use http::{HeaderValue, StatusCode};
use secrecy::ExposeSecret;

use crate::provider::{PollError, PrepareError, ProviderKey, SubmitError};

/// The statuses by which a server refuses a request before it does anything with it (RFC 9110,
/// 15.5, and RFC 6585, 4 and 5). The other 4xx may come from something on the way, or after work: a
/// vendor that documents more adds them in its adapter.
pub const DEFINITE: [u16; 15] = [
    400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429, 431,
];

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
/// What is not [`DEFINITE`] proves nothing: 408, all from 500 up, and a success that could not be read.
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
        status if DEFINITE.contains(&status.as_u16()) => SubmitError::Rejected(
            Failure::new(FailureCode::Rejected, "the provider refused the request")
                .with_detail(detail),
        ),
        _ => SubmitError::Unknown { detail },
    }
}

/// The same refusal in the vendor's own words, made safe to show; anything but a refusal stays as it
/// is.
#[must_use]
pub fn in_its_words(refused: SubmitError, said: &str) -> SubmitError {
    match refused {
        SubmitError::Rejected(failure) if !said.is_empty() => SubmitError::Rejected(Failure {
            public: format!("{}: {}", failure.public, framewright_outbound::scrub(said)),
            ..failure
        }),
        other => other,
    }
}

/// What a free call that taught nothing means while a request is prepared: nothing was bought.
#[must_use]
pub fn unprepared(error: &PollError) -> PrepareError {
    match error {
        PollError::Unauthorized => PrepareError::Never(Failure::new(
            FailureCode::Unauthorized,
            "the provider does not accept this server's key; its operator has to look at it",
        )),
        PollError::Busy { .. } | PollError::NoAnswer(_) => PrepareError::Later(error.to_string()),
    }
}

/// A key as the value of a header, after what the vendor wants before it, such as `Bearer `.
#[must_use]
pub fn credential(scheme: &str, key: &ProviderKey) -> HeaderValue {
    let value = HeaderValue::from_str(&format!("{scheme}{}", key.secret.expose_secret()));
    let mut value = value.expect("a key is visible ASCII: the settings refuse others");
    value.set_sensitive(true);
    value
}

/// An id of the vendor's as one segment of a path: whatever it is, it cannot lead elsewhere.
#[must_use]
pub fn segment(id: &str) -> String {
    let steps = id.bytes().all(|byte| byte == b'.');
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"-_~:@".contains(&byte) || (byte == b'.' && !steps)
    };
    let escaped = id.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    escaped.collect()
}

/// What a poll without an answer means: nothing, for the job.
#[must_use]
pub fn poll_lost(error: &CallError) -> PollError {
    PollError::NoAnswer(error.to_string())
}

/// What an answer about another job than the one asked for means: nothing, for either.
#[must_use]
pub fn another_job() -> PollError {
    PollError::NoAnswer("an answer about another job".to_owned())
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
#[must_use]
pub fn detail(answer: &Answer) -> String {
    let cut = answer.body.len().min(DETAIL_BYTES);
    let text = String::from_utf8_lossy(&answer.body[..cut]);
    framewright_outbound::scrub(&format!("{}: {text}", answer.status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::{in_its_words, segment, submit_lost, submit_refused};
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
        for status in [200, 202, 302, 408, 409, 425, 499, 500, 502, 503, 504] {
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

    #[test]
    fn a_refusal_is_told_in_the_vendors_words_and_nothing_else_is() {
        let said = in_its_words(submit_refused(&answer(400), &[], 0), "bad\nratio");
        let SubmitError::Rejected(failure) = said else {
            panic!("{said:?}");
        };
        assert!(failure.public.ends_with(": bad\\nratio"), "{failure:?}");
        let unknown = submit_refused(&answer(500), &[], 0);
        assert_eq!(in_its_words(unknown.clone(), "bad"), unknown);
    }

    #[test]
    fn an_id_stays_within_its_segment() {
        assert_eq!(segment("17f20503-6c24"), "17f20503-6c24");
        assert_eq!(segment("../a?b#c%"), "..%2Fa%3Fb%23c%25");
        assert_eq!(segment(".."), "%2E%2E");
    }
}
