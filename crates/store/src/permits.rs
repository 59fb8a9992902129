//! The right to one upstream job in flight on a provider key: counted from the attempts' own rows, so
//! that nothing can be leaked or forgotten. Who may send when beyond that is the engine's business.

use framewright_core::attempt::AttemptStatus;
use framewright_core::clock::Millis;

use crate::db::{Query, Stmt, args};
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

/// One provider key as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permits {
    pub provider: String,
    pub key_name: String,
    pub max_in_flight: i64,
    /// Attempts that hold a permit now.
    pub in_flight: i64,
    /// No permit is given before.
    pub cool_until: Millis,
    /// Why the provider does not take the key at all.
    pub down: Option<String>,
}

/// The name of [`guard`]'s statement.
pub(crate) const GUARD: &str = "permit";

/// Whether an attempt in this status holds a permit (an unknown one only until it is given up, which
/// the count knows by the time).
pub(crate) fn holds(status: AttemptStatus) -> bool {
    matches!(
        status,
        AttemptStatus::Intent
            | AttemptStatus::Accepted
            | AttemptStatus::Abandoned
            | AttemptStatus::Unknown
    )
}

/// Attempts of a key that hold a permit at a moment; served by the index `attempts_permits` alone.
macro_rules! in_flight {
    ($provider:literal, $key:literal, $now:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM attempts a WHERE a.provider = ",
            $provider,
            " AND a.key_name = ",
            $key,
            " AND a.status IN ('intent', 'accepted', 'abandoned', 'unknown') \
             AND (a.status <> 'unknown' OR a.resolve_until > ",
            $now,
            "))"
        )
    };
}

/// Holds up the Tx where the key has no permit free. It counts in the Tx that takes the permit, and
/// Tx of one key are written one after the other (among several writers by the lock on its row, whose
/// taking is a statement of its own, so that the count sees what the one before wrote): two can never
/// both count the last one as free.
pub(crate) fn guard(provider: &str, key_name: &str, now: Millis) -> [Stmt; 2] {
    const LOCK: &str = "SELECT provider FROM provider_keys \
        WHERE provider = $1 AND key_name = $2 FOR UPDATE";
    [
        Stmt::only_among_others("permit lock", LOCK, args![provider, key_name]),
        Stmt::new(GUARD, GUARDED, args![provider, key_name, now]).rows(1),
    ]
}

const GUARDED: &str = concat!(
    "SELECT 1 FROM provider_keys k WHERE k.provider = $1 AND k.key_name = $2 \
     AND k.down IS NULL AND k.cool_until <= $3 AND k.max_in_flight > ",
    in_flight!("$1", "$2", "$3")
);

impl Store {
    /// Makes a key known with its limit, or changes the limit. Jobs over a lowered limit run on.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn set_limit(
        &self,
        provider: &str,
        key_name: &str,
        max_in_flight: usize,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO provider_keys (provider, key_name, max_in_flight) \
            VALUES ($1, $2, $3) ON CONFLICT (provider, key_name) \
            DO UPDATE SET max_in_flight = excluded.max_in_flight \
            WHERE provider_keys.max_in_flight <> excluded.max_in_flight";
        let args = args![provider, key_name, max_in_flight];
        self.execute(Stmt::new("limit", SQL, args)).await.map(drop)
    }

    /// Gives no permits of a key before `until`, on any node. A shorter wait never undoes a longer.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn cool(
        &self,
        provider: &str,
        key_name: &str,
        until: Millis,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE provider_keys SET cool_until = $1 \
            WHERE provider = $2 AND key_name = $3 AND cool_until < $1";
        let args = args![until, provider, key_name];
        self.execute(Stmt::new("cool", SQL, args)).await.map(drop)
    }

    /// Marks a key as refused by its provider, with why; `None` puts it back.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn set_down(
        &self,
        provider: &str,
        key_name: &str,
        why: Option<&str>,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE provider_keys SET down = $1 WHERE provider = $2 AND key_name = $3";
        let args = args![why, provider, key_name];
        self.execute(Stmt::new("down", SQL, args)).await.map(drop)
    }

    /// Every key with what is in flight on it.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn permits(&self, now: Millis) -> Result<Vec<Permits>, StoreError> {
        const SQL: &str = concat!(
            "SELECT k.provider, k.key_name, k.max_in_flight, ",
            in_flight!("k.provider", "k.key_name", "$1"),
            ", k.cool_until, k.down FROM provider_keys k ORDER BY k.provider, k.key_name"
        );
        let query = Query::new(SQL, args![now]);
        let rows = self.db().read(vec![query]).await?.pop().unwrap_or_default();
        rows.into_iter()
            .map(|row| {
                let mut cells = Cells::of("provider_keys", row);
                Ok(Permits {
                    provider: cells.text("provider")?,
                    key_name: cells.text("key_name")?,
                    max_in_flight: cells.int("max_in_flight")?,
                    in_flight: cells.int("in_flight")?,
                    cool_until: cells.int("cool_until")?,
                    down: cells.maybe_text("down")?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::GUARDED;
    use crate::sqlite::plans::{assert_indexed, plan};

    #[test]
    fn counting_permits_reads_one_index_and_no_row() {
        let tables = ["attempts", "a ", "k "];
        assert_indexed(
            GUARDED,
            &tables,
            &["attempts_permits (provider=? AND key_name=?"],
        );
        assert!(
            plan(GUARDED)
                .iter()
                .any(|line| line.contains("COVERING INDEX"))
        );
    }
}
