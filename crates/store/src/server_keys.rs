//! The server's own keys: one that signs links, the pepper of API key digests, and one that seals
//! secrets. Made at the first start, stored sealed under the master key, held in memory from then on.

use std::sync::Arc;

use framewright_core::clock::Millis;

use crate::chance::Chance;
use crate::db::{Db, Query, Row, Stmt, Tx, Val, args};
use crate::error::StoreError;
use crate::links::{LinkKey, LinkKeys};
use crate::rows::Cells;
use crate::seal::Seal;

const PURPOSES: [&str; 3] = ["link", "pepper", "seal"];

/// The first key of each purpose. Nodes that start at the same time all propose one under this name;
/// the first to commit wins and the others read it.
const FIRST_KID: &str = "k1";

/// What is sealed in `server_keys`.
const SEALED: &str = "server key";

/// The keys in use.
pub(crate) struct ServerKeys {
    pub links: LinkKeys,
    pub pepper: Vec<u8>,
    pub seal: Seal,
}

/// Reads the keys, making those that are missing.
///
/// # Errors
/// [`StoreError::Sealed`] where the master key is not the one they were sealed with.
pub(crate) async fn load(
    db: &Db,
    master: &[u8; 32],
    chance: &Arc<Chance>,
    now: Millis,
) -> Result<ServerKeys, StoreError> {
    let master = Seal::new(master, Arc::clone(chance));
    let stored = read(db, &master).await?;
    if let Some(keys) = assemble(&stored, chance) {
        return Ok(keys);
    }
    let propose = PURPOSES.map(|purpose| {
        let secret: [u8; 32] = chance.bytes();
        insert(&master, purpose, FIRST_KID, &secret, 0, now)
    });
    db.write(Tx(propose.into()))
        .await
        .map_err(|error| error.into_store_error())?;
    assemble(&read(db, &master).await?, chance).ok_or(StoreError::Sealed(SEALED))
}

/// Whether the master key opens this row of `server_keys`, whose cells stand in the order of `columns`.
pub(crate) fn opens(master: &Seal, columns: &[String], row: &Row) -> bool {
    let text = |name: &str| {
        let at = columns.iter().position(|column| column == name);
        match at.and_then(|at| row.get(at)) {
            Some(Val::Text(text)) => text.as_str(),
            _ => "",
        }
    };
    let name = row_name(text("purpose"), text("kid"));
    master.open(SEALED, &name, text("sealed")).is_ok()
}

/// Adds a link key that signs every link which ends later than any link given out so far can:
/// `now + retention`. It is used from the next start on.
///
/// # Errors
/// [`StoreError`] where it cannot be written.
pub(crate) async fn rotate_link_key(
    db: &Db,
    master: &[u8; 32],
    chance: &Arc<Chance>,
    retention: Millis,
    now: Millis,
) -> Result<(), StoreError> {
    let master = Seal::new(master, Arc::clone(chance));
    let kid = hex::encode(chance.bytes::<4>());
    let secret: [u8; 32] = chance.bytes();
    let stmt = insert(&master, "link", &kid, &secret, now + retention, now);
    db.write(Tx(vec![stmt.rows(1)]))
        .await
        .map(drop)
        .map_err(|error| error.into_store_error())
}

fn insert(
    master: &Seal,
    purpose: &'static str,
    kid: &str,
    secret: &[u8],
    signs_from: Millis,
    now: Millis,
) -> Stmt {
    const SQL: &str = "INSERT INTO server_keys (purpose, kid, sealed, signs_from, created) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (purpose, kid) DO NOTHING";
    let sealed = master.close(SEALED, &row_name(purpose, kid), secret);
    Stmt::new(
        "server key",
        SQL,
        args![purpose, kid, sealed, signs_from, now],
    )
}

fn row_name(purpose: &str, kid: &str) -> String {
    format!("{purpose}/{kid}")
}

struct StoredKey {
    purpose: String,
    key: LinkKey,
}

async fn read(db: &Db, master: &Seal) -> Result<Vec<StoredKey>, StoreError> {
    const SQL: &str = "SELECT purpose, kid, sealed, signs_from FROM server_keys";
    let mut answers = db.read(vec![Query::new(SQL, args![])]).await?;
    let rows = answers.pop().unwrap_or_default();
    rows.into_iter()
        .map(|row| {
            let mut cells = Cells::of("server_keys", row);
            let purpose = cells.text("purpose")?;
            let kid = cells.text("kid")?;
            let sealed = cells.text("sealed")?;
            let signs_from = cells.int("signs_from")?;
            let secret = master.open(SEALED, &row_name(&purpose, &kid), &sealed)?;
            let key = LinkKey {
                kid,
                secret,
                signs_from,
            };
            Ok(StoredKey { purpose, key })
        })
        .collect()
}

/// Nothing where a purpose has no key yet.
fn assemble(stored: &[StoredKey], chance: &Arc<Chance>) -> Option<ServerKeys> {
    let of = |purpose: &str| {
        let keys = stored.iter().filter(|stored| stored.purpose == purpose);
        keys.map(|stored| stored.key.clone()).collect::<Vec<_>>()
    };
    let links = of("link");
    let pepper = of("pepper").pop()?.secret;
    let seal: [u8; 32] = of("seal").pop()?.secret.try_into().ok()?;
    (!links.is_empty()).then(|| ServerKeys {
        links: LinkKeys::new(links),
        pepper,
        seal: Seal::new(&seal, Arc::clone(chance)),
    })
}
