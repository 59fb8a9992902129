//! API keys: made, imported, found, listed, revoked. Only their digests are stored; a key's text is
//! shown once, by whoever asked for it.

use framewright_core::clock::Millis;
use framewright_core::id::{AccountId, KeyId};
use hmac::Mac;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::AccountRow;
use crate::db::{Query, Stmt, args};
use crate::error::StoreError;
use crate::rows::{BadCell, Cells, account};
use crate::store::Store;

/// Keys that we made begin with this and end with a checksum.
const PREFIX: &str = "fw_";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random characters: 190 bits.
const RANDOM: usize = 32;

/// Characters of the checksum: 32 bits in base 62.
const CHECKSUM: usize = 6;

/// Imported keys: any visible ASCII of this length, so that a caller can keep the key it has.
const IMPORTED: std::ops::RangeInclusive<usize> = 16..=256;

/// HMAC-SHA256 of a key under the server's pepper, lower-case hex. Keys are random, so this needs no
/// slow hash; without the pepper a stolen database does not even tell which guess is right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyDigest(String);

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes {
    pub submit: bool,
    pub fetch: bool,
    /// Everybody's tasks, the dashboard, metrics.
    pub admin: bool,
}

impl Scopes {
    /// A client's ordinary key.
    pub const CLIENT: Self = Self {
        submit: true,
        fetch: true,
        admin: false,
    };

    fn words(self) -> String {
        let words = [
            ("submit", self.submit),
            ("fetch", self.fetch),
            ("admin", self.admin),
        ];
        let held: Vec<_> = words
            .iter()
            .filter(|(_, held)| *held)
            .map(|(word, _)| *word)
            .collect();
        held.join(" ")
    }

    fn read(words: &str) -> Option<Self> {
        let scopes = Self {
            submit: words.split(' ').any(|word| word == "submit"),
            fetch: words.split(' ').any(|word| word == "fetch"),
            admin: words.split(' ').any(|word| word == "admin"),
        };
        // A word that this version does not know must not be lost silently.
        (scopes.words() == words).then_some(scopes)
    }
}

/// A key to be made or imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub account: AccountId,
    pub label: String,
    pub scopes: Scopes,
}

/// A key as stored, with its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    pub id: KeyId,
    pub label: String,
    pub scopes: Scopes,
    pub created: Millis,
    /// When it was revoked; it opens nothing since.
    pub revoked: Option<Millis>,
    pub account: AccountRow,
}

impl Store {
    /// The digest of what a caller sent as its key; nothing for text that cannot be a key, so that it
    /// is refused before any look at the database.
    #[must_use]
    pub fn digest(&self, key: &str) -> Option<KeyDigest> {
        if !can_be_a_key(key) {
            return None;
        }
        let mut mac = self.pepper();
        mac.update(key.as_bytes());
        Some(KeyDigest(hex::encode(mac.finalize().into_bytes())))
    }

    /// The key of this digest, revoked or not. The index compares digests, not keys: how long it
    /// takes tells nothing that leads to a key.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn find_key(&self, digest: &KeyDigest) -> Result<Option<KeyRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT k.id, k.label, k.scopes, k.created, k.revoked, ",
            account::account_columns!(),
            " FROM api_keys k JOIN accounts a ON a.id = k.account WHERE k.digest = $1"
        );
        let row = self.row(SQL, args![&digest.0]).await?;
        row.map(|row| Ok(read(&mut Cells::of("api_keys", row))?))
            .transpose()
    }

    /// Makes a key and returns its text, which is stored nowhere.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn create_key(&self, new: &NewKey) -> Result<(KeyId, SecretString), StoreError> {
        let key = SecretString::from(self.chance().with(fresh_key));
        let id = self.import_key(new, &key).await?;
        let id = id.ok_or_else(|| StoreError::Refused("a fresh key was refused".to_owned()))?;
        Ok((id, key))
    }

    /// Makes a key valid that the caller brings along. Importing it again changes nothing and returns
    /// the same id. `None`: it is not 16 to 256 visible ASCII characters, or looks like one of ours
    /// with a wrong checksum.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn import_key(
        &self,
        new: &NewKey,
        key: &SecretString,
    ) -> Result<Option<KeyId>, StoreError> {
        const SQL: &str = "INSERT INTO api_keys (id, account, digest, label, scopes, created) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING";
        let Some(digest) = self.digest(key.expose_secret()) else {
            return Ok(None);
        };
        let now = self.now();
        let id = self.chance().with(|rng| KeyId::fresh(now, rng));
        let args = args![
            &id,
            &new.account,
            &digest.0,
            &new.label,
            new.scopes.words(),
            now
        ];
        self.execute(Stmt::new("key", SQL, args)).await?;
        Ok(self.find_key(&digest).await?.map(|known| known.id))
    }

    /// Every key of an account, or of all, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn list_keys(&self, account: Option<&AccountId>) -> Result<Vec<KeyRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT k.id, k.label, k.scopes, k.created, k.revoked, ",
            account::account_columns!(),
            " FROM api_keys k JOIN accounts a ON a.id = k.account \
             WHERE COALESCE($1, k.account) = k.account ORDER BY k.created, k.id"
        );
        let query = Query::new(SQL, args![account]);
        let rows = self.db().read(vec![query]).await?.pop().unwrap_or_default();
        rows.into_iter()
            .map(|row| Ok(read(&mut Cells::of("api_keys", row))?))
            .collect()
    }

    /// Revokes a key for good. `false`: there is no such key, or it was revoked before.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn revoke_key(&self, id: &KeyId) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE api_keys SET revoked = $1 WHERE id = $2 AND revoked IS NULL";
        let changed = self
            .execute(Stmt::new("revoke", SQL, args![self.now(), id]))
            .await?;
        Ok(changed == 1)
    }
}

fn read(cells: &mut Cells) -> Result<KeyRow, BadCell> {
    Ok(KeyRow {
        id: KeyId::stored(cells.text("id")?),
        label: cells.text("label")?,
        scopes: cells.word("scopes", Scopes::read)?,
        created: cells.int("created")?,
        revoked: cells.maybe_int("revoked")?,
        account: account::read(cells)?,
    })
}

fn fresh_key(rng: &mut dyn rand::RngCore) -> String {
    let random: String = (0..RANDOM)
        .map(|_| char::from(BASE62[rng.random_range(0..BASE62.len())]))
        .collect();
    let checksum = checksum(&random);
    format!("{PREFIX}{random}{checksum}")
}

fn checksum(random: &str) -> String {
    let mut rest = crc32fast::hash(random.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % BASE62.len()];
        rest /= BASE62.len();
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

fn can_be_a_key(key: &str) -> bool {
    match key.strip_prefix(PREFIX) {
        Some(ours) if ours.len() == RANDOM + CHECKSUM && ours.is_ascii() => {
            let (random, sum) = ours.split_at(RANDOM);
            checksum(random) == sum
        }
        _ => IMPORTED.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Scopes, can_be_a_key, fresh_key};
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn our_keys_carry_their_own_check_and_one_wrong_character_is_seen() {
        let mut rng = StdRng::seed_from_u64(1);
        let key = fresh_key(&mut rng);
        assert_eq!(key.len(), 41);
        assert!(can_be_a_key(&key));
        let at = 10;
        let other = if &key[at..=at] == "A" { "B" } else { "A" };
        let wrong = format!("{}{other}{}", &key[..at], &key[at + 1..]);
        assert!(!can_be_a_key(&wrong));
        assert_ne!(key, fresh_key(&mut rng));
    }

    #[test]
    fn imported_keys_are_visible_ascii_of_some_length() {
        assert!(can_be_a_key("29e983ca-7e86-4017"));
        for bad in [
            "",
            "fifteen--------",
            "with a space in it",
            "ümlaut-ümlaut-ümlaut",
        ] {
            assert!(!can_be_a_key(bad), "{bad}");
        }
        assert!(!can_be_a_key(&"x".repeat(257)));
    }

    #[test]
    fn scopes_survive_their_column_and_an_unknown_word_is_not_lost() {
        for scopes in [
            Scopes::CLIENT,
            Scopes {
                admin: true,
                ..Scopes::CLIENT
            },
            Scopes {
                submit: false,
                fetch: true,
                admin: false,
            },
        ] {
            assert_eq!(Scopes::read(&scopes.words()), Some(scopes));
        }
        assert_eq!(Scopes::read("submit fetch delete"), None);
    }
}
