//! Pages of tasks, newest first, by keyset: a page costs the same however far back it is. No counts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use framewright_core::clock::Millis;
use framewright_core::id::{AccountId, TaskId};
use framewright_core::task::Task;

use crate::db::{Query, args};
use crate::error::StoreError;
use crate::rows::task;
use crate::store::Store;

/// Which tasks; what is absent does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Status words; empty: all.
    pub statuses: Vec<String>,
    pub task_type: Option<String>,
    /// From this moment on.
    pub created_after: Option<Millis>,
    /// Before this moment.
    pub created_before: Option<Millis>,
}

/// Where a page ended. Opaque to clients: [`Self::encode`] and [`Self::decode`] are its only form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    created: Millis,
    id: TaskId,
}

impl Cursor {
    /// The cursor as a client carries it.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}", self.created, self.id))
    }

    /// Reads a cursor of ours; nothing for any other text.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (created, id) = plain.split_once('.')?;
        Some(Self {
            created: created.parse().ok()?,
            id: TaskId::parse(id)?,
        })
    }
}

/// A page of tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Newest first.
    pub tasks: Vec<Task>,
    /// Where the next page starts; absent on the last.
    pub next: Option<Cursor>,
}

macro_rules! page {
    ($whose:literal, $start:literal, $order:literal) => {
        concat!(
            "SELECT ",
            task::task_columns!(),
            " FROM tasks WHERE ",
            $whose,
            " AND deleted = 0 AND COALESCE(expires, $2 + 1) > $2 AND ",
            $start,
            " AND created >= $5 \
             AND ($6 = '' OR $6 LIKE '%,' || status || ',%') \
             AND ($7 = '' OR task_type = $7) ORDER BY ",
            $order,
            " LIMIT $8"
        )
    };
}

const OF_ACCOUNT: &str = page!(
    "account = $1",
    "(created, id) < ($3, $4)",
    "created DESC, id DESC"
);

/// Ids are made with the moment in front, so over all accounts their own order is newest first, and
/// the primary key serves it.
const OF_ALL: &str = page!(
    "CAST($1 AS TEXT) IS NULL",
    "created < $3 AND id < $4",
    "id DESC"
);

/// Sorts after every id.
const PAST_ALL_IDS: &str = "~";

impl Store {
    /// One page of an account's tasks, or of everybody's for the operator. `limit` is at least 1.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn list(
        &self,
        account: Option<&AccountId>,
        filter: &Filter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let (sql, (created, id)) = match account {
            Some(_) => (OF_ACCOUNT, start(filter, cursor)),
            None => (OF_ALL, start_of_all(filter, cursor)),
        };
        let args = args![
            account,
            self.now(),
            created,
            id,
            filter.created_after.unwrap_or(i64::MIN),
            words(&filter.statuses),
            filter.task_type.as_deref().unwrap_or(""),
            limit + 1,
        ];
        let mut answers = self.db().read(vec![Query::new(sql, args)]).await?;
        let rows = answers.pop().unwrap_or_default();
        let more = rows.len() > limit;
        let tasks: Vec<Task> = rows
            .into_iter()
            .take(limit)
            .map(|row| task::from_row(row, self.seal()))
            .collect::<Result<_, _>>()?;
        let next = tasks.last().filter(|_| more).map(|last| Cursor {
            created: last.created,
            id: last.id.clone(),
        });
        Ok(Page { tasks, next })
    }
}

/// Where the page starts: behind the cursor, or just before `created_before`, whichever is older.
fn start(filter: &Filter, cursor: Option<&Cursor>) -> (Millis, String) {
    let top = match filter.created_before {
        // No id sorts below the empty one: nothing of that very moment is in.
        Some(before) => (before, String::new()),
        None => (i64::MAX, PAST_ALL_IDS.to_owned()),
    };
    match cursor {
        Some(cursor) => top.min((cursor.created, cursor.id.as_str().to_owned())),
        None => top,
    }
}

/// The operator's page starts behind the cursor's id; its moment only filters.
fn start_of_all(filter: &Filter, cursor: Option<&Cursor>) -> (Millis, String) {
    let id = cursor.map_or(PAST_ALL_IDS, |cursor| cursor.id.as_str());
    (filter.created_before.unwrap_or(i64::MAX), id.to_owned())
}

/// `,a,b,` for a LIKE over whole words; empty for no filter.
fn words(statuses: &[String]) -> String {
    if statuses.is_empty() {
        return String::new();
    }
    format!(",{},", statuses.join(","))
}

#[cfg(test)]
mod tests {
    use super::{Cursor, OF_ACCOUNT, OF_ALL, TaskId};
    use crate::sqlite::plans::{assert_indexed, plan};

    #[test]
    fn a_page_is_read_along_its_index_and_never_sorted() {
        assert_indexed(OF_ACCOUNT, &["tasks"], &["tasks_listed (account=? AND"]);
        assert_indexed(OF_ALL, &["tasks"], &["sqlite_autoindex_tasks_1 (id<?)"]);
        for sql in [OF_ACCOUNT, OF_ALL] {
            assert!(!plan(sql).iter().any(|line| line.contains("TEMP B-TREE")));
        }
    }

    #[test]
    fn a_cursor_survives_the_client_and_no_other_text_is_one() {
        let cursor = Cursor {
            created: 1_700_000_000_000,
            id: TaskId::stored("29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a"),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for bad in ["", "!!", "MTIz", "MS54"] {
            assert_eq!(Cursor::decode(bad), None, "{bad}");
        }
    }
}
