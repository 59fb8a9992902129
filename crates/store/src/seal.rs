//! Sealing of secrets at rest: XChaCha20-Poly1305, bound to what the secret is for and whose it is, so
//! that a sealed cell cannot be moved to another row. Not for API keys: those are digests (`keys`).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::chance::Chance;
use crate::error::StoreError;

/// Marks the form of a sealed text, so that another cipher can follow.
const FORM: &str = "x1:";

/// XChaCha20's nonce is long enough to be drawn at random for ever.
const NONCE_BYTES: usize = 24;

/// A key that seals.
#[derive(Clone)]
pub(crate) struct Seal {
    cipher: XChaCha20Poly1305,
    chance: Arc<Chance>,
}

impl Seal {
    pub fn new(key: &[u8; 32], chance: Arc<Chance>) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&(*key).into()),
            chance,
        }
    }

    /// Seals `plain` for a `purpose` and the row it is stored in.
    pub fn close(&self, purpose: &str, row: &str, plain: &[u8]) -> String {
        let nonce: [u8; NONCE_BYTES] = self.chance.bytes();
        let aad = bound_to(purpose, row);
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("only a text near 256 GiB is refused, and secrets are short");
        let bytes = [&nonce[..], &sealed].concat();
        format!("{FORM}{}", STANDARD_NO_PAD.encode(bytes))
    }

    /// Opens what [`Self::close`] made for the same purpose and row.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] where the key, purpose or row is another, or the text was changed.
    pub fn open(
        &self,
        purpose: &'static str,
        row: &str,
        sealed: &str,
    ) -> Result<Vec<u8>, StoreError> {
        self.try_open(purpose, row, sealed)
            .ok_or(StoreError::Sealed(purpose))
    }

    /// As [`Self::open`], for text.
    pub fn open_text(
        &self,
        purpose: &'static str,
        row: &str,
        sealed: &str,
    ) -> Result<String, StoreError> {
        String::from_utf8(self.open(purpose, row, sealed)?).map_err(|_| StoreError::Sealed(purpose))
    }

    fn try_open(&self, purpose: &str, row: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD_NO_PAD.decode(sealed.strip_prefix(FORM)?).ok()?;
        let (nonce, msg) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let aad = bound_to(purpose, row);
        let payload = Payload { msg, aad: &aad };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// A NUL between the two: no purpose holds one, so no two pairs make the same bytes.
fn bound_to(purpose: &str, row: &str) -> Vec<u8> {
    [purpose.as_bytes(), b"\0", row.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::Seal;
    use crate::chance::Chance;
    use rand::{SeedableRng, rngs::StdRng};
    use std::sync::Arc;

    fn seal(key: u8) -> Seal {
        let chance = Chance::new(Box::new(StdRng::seed_from_u64(1)));
        Seal::new(&[key; 32], Arc::new(chance))
    }

    #[test]
    fn a_secret_opens_only_with_its_key_for_its_purpose_in_its_row() {
        let seal_a = seal(1);
        let sealed = seal_a.close("p", "r", b"secret");
        assert_eq!(seal_a.open("p", "r", &sealed).expect("its own"), b"secret");
        for (seal, purpose, row) in [
            (seal(2), "p", "r"),
            (seal(1), "q", "r"),
            (seal(1), "p", "s"),
        ] {
            seal.open(purpose, row, &sealed).expect_err("not its place");
        }
        let changed = sealed.replacen(
            &sealed[10..11],
            if &sealed[10..11] == "A" { "B" } else { "A" },
            1,
        );
        seal_a.open("p", "r", &changed).expect_err("changed");
    }

    #[test]
    fn the_same_secret_is_never_sealed_to_the_same_text() {
        let seal = seal(1);
        assert_ne!(seal.close("p", "r", b"s"), seal.close("p", "r", b"s"));
    }
}
