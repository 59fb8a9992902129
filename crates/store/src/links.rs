//! Links to our own files that carry their own permission: an HMAC over what they name and when they
//! end. Pure: the same arguments make the same link on every node and for ever.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::id::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The only method that a link allows; HEAD is the same permission.
const METHOD: &str = "GET";

/// One signing key.
#[derive(Clone)]
pub(crate) struct LinkKey {
    pub kid: String,
    pub secret: Vec<u8>,
    /// The earliest expiry that this key signs. A link's expiry never changes, so neither does the
    /// key that signs it: a rotation leaves the bytes of links already given out as they are.
    pub signs_from: Millis,
}

/// The signing keys: one, or two while a rotation is under way. Cheap to clone.
#[derive(Clone)]
pub struct LinkKeys {
    /// By `signs_from`, rising; never empty.
    keys: Arc<Vec<LinkKey>>,
}

/// Why a link does not open its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// Parameters are missing, doubled or unreadable.
    #[error("the link is incomplete")]
    Malformed,
    /// Another file, account, expiry or key than was signed.
    #[error("the link's signature does not fit")]
    Forged,
    #[error("the link has expired")]
    Expired,
}

impl LinkKeys {
    pub(crate) fn new(mut keys: Vec<LinkKey>) -> Self {
        keys.sort_by_key(|key| key.signs_from);
        Self {
            keys: Arc::new(keys),
        }
    }

    /// The link to `path` (absolute, not escaped further) of `account` until `expires`, in whole
    /// seconds: `{base_url}{path}?exp=…&kid=…&sig=…`.
    #[must_use]
    pub fn sign(&self, base_url: &str, path: &str, account: &AccountId, expires: Millis) -> String {
        let exp = (expires / SECOND).to_string();
        let key = self.signing(expires);
        let tag = signature(key, account, path, &exp).finalize().into_bytes();
        let sig = URL_SAFE_NO_PAD.encode(tag);
        format!("{base_url}{path}?exp={exp}&kid={}&sig={sig}", key.kid)
    }

    /// Checks the query of a request for `path` of `account`; the comparison takes the same time
    /// wherever the first difference lies. No grace: at its expiry a link is over.
    ///
    /// # Errors
    /// [`LinkProblem`]; a forged link is told from an expired one only if it was ours.
    pub fn verify(
        &self,
        path: &str,
        query: &str,
        account: &AccountId,
        now: Millis,
    ) -> Result<(), LinkProblem> {
        let [exp, kid, sig] = parameters(query).ok_or(LinkProblem::Malformed)?;
        let tag = URL_SAFE_NO_PAD
            .decode(sig)
            .map_err(|_| LinkProblem::Malformed)?;
        let seconds: i64 = exp.parse().map_err(|_| LinkProblem::Malformed)?;
        let key = self.keys.iter().find(|key| key.kid == kid);
        signature(key.ok_or(LinkProblem::Forged)?, account, path, exp)
            .verify_slice(&tag)
            .map_err(|_| LinkProblem::Forged)?;
        if now >= seconds.saturating_mul(SECOND) {
            return Err(LinkProblem::Expired);
        }
        Ok(())
    }

    fn signing(&self, expires: Millis) -> &LinkKey {
        let newest = self.keys.iter().rfind(|key| key.signs_from <= expires);
        newest.unwrap_or(&self.keys[0])
    }
}

/// HMAC-SHA256 over the parts, each with its length before it, so that no part can lend bytes to its
/// neighbour.
fn signature(key: &LinkKey, account: &AccountId, path: &str, exp: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.secret)
        .expect("HMAC takes a key of any length (RFC 2104)");
    for part in [METHOD, &key.kid, account.as_str(), path, exp] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

/// `exp`, `kid` and `sig`, each exactly once; other parameters are ignored.
fn parameters(query: &str) -> Option<[&str; 3]> {
    let one = |name: &str| {
        let mut values = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    };
    Some([one("exp")?, one("kid")?, one("sig")?])
}

#[cfg(test)]
mod tests {
    use super::{LinkKey, LinkKeys, LinkProblem};
    use framewright_core::id::AccountId;
    use proptest::prelude::{prop_assert_eq, proptest};

    fn keys() -> LinkKeys {
        let key = |kid: &str, signs_from| LinkKey {
            kid: kid.to_owned(),
            secret: kid.as_bytes().repeat(8),
            signs_from,
        };
        LinkKeys::new(vec![key("new1", 1_000_000), key("old1", 0)])
    }

    fn query(link: &str) -> &str {
        link.split_once('?').expect("a link has a query").1
    }

    #[test]
    fn a_link_opens_its_own_file_until_its_time_is_over() {
        let (keys, account) = (keys(), AccountId::stored("a"));
        let link = keys.sign("https://x.example", "/files/t/1.mp4", &account, 90_999);
        let check = |path, query, account: &AccountId, now| keys.verify(path, query, account, now);
        assert_eq!(
            check("/files/t/1.mp4", query(&link), &account, 89_999),
            Ok(())
        );
        assert_eq!(
            check("/files/t/1.mp4", query(&link), &account, 90_000),
            Err(LinkProblem::Expired)
        );
        let forged = Err(LinkProblem::Forged);
        assert_eq!(check("/files/t/2.mp4", query(&link), &account, 0), forged);
        assert_eq!(
            check("/files/t/1.mp4", query(&link), &AccountId::stored("b"), 0),
            forged
        );
        let later = query(&link).replace("exp=90", "exp=91");
        assert_eq!(check("/files/t/1.mp4", &later, &account, 0), forged);
        let other_key = query(&link).replace("kid=old1", "kid=new1");
        assert_eq!(check("/files/t/1.mp4", &other_key, &account, 0), forged);
    }

    #[test]
    fn a_rotation_changes_no_link_that_was_given_out() {
        let account = AccountId::stored("a");
        let before = LinkKeys::new(vec![LinkKey {
            kid: "old1".into(),
            secret: b"old1".repeat(8),
            signs_from: 0,
        }]);
        let old = before.sign("", "/files/t/1.mp4", &account, 999_000);
        assert_eq!(keys().sign("", "/files/t/1.mp4", &account, 999_000), old);
        assert!(
            keys()
                .sign("", "/f", &account, 1_000_000)
                .contains("kid=new1")
        );
    }

    #[test]
    fn a_doubled_or_missing_parameter_is_no_link() {
        let keys = keys();
        for bad in [
            "",
            "exp=1&kid=old1",
            "exp=1&exp=2&kid=old1&sig=AA",
            "exp=x&kid=k&sig=AA",
        ] {
            let verdict = keys.verify("/f", bad, &AccountId::stored("a"), 0);
            assert_eq!(verdict, Err(LinkProblem::Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic_and_none_is_accepted(text in ".{0,80}") {
            let verdict = keys().verify("/f", &text, &AccountId::stored("a"), 0);
            prop_assert_eq!(verdict.is_ok(), false);
        }
    }
}
