//! Ids of jobs in the shapes that vendors use. The same double gives its n-th purchase the same id in
//! every run.

use sha2::{Digest, Sha256};

/// A version 4 UUID in its usual writing.
#[must_use]
pub fn uuid(double: &str, n: usize) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(format!("{double}/{n}"))[..16]);
    bytes[6] = 0x40 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let text = hex::encode(bytes);
    let [a, b, c, d] = [&text[..8], &text[8..12], &text[12..16], &text[16..20]];
    format!("{a}-{b}-{c}-{d}-{}", &text[20..])
}

/// Twenty-six lower-case letters and digits.
#[must_use]
pub fn token(double: &str, n: usize) -> String {
    let mut text = hex::encode(Sha256::digest(format!("{double}/{n}")));
    text.truncate(26);
    text
}

/// Eighteen digits, rising.
#[must_use]
pub fn digits(n: usize) -> String {
    format!("{}", 867_283_741_759_111_201_u64 + n as u64)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_is_one_and_is_the_jobs_own() {
        let id = super::uuid("a", 1);
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert_ne!(id, super::uuid("a", 2));
        assert_ne!(id, super::uuid("b", 1));
    }
}
