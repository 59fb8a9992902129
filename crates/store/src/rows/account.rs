//! An account and its row.

use framewright_core::id::AccountId;

use super::{BadCell, Cells};
use crate::accounts::{AccountRow, Caps};

/// The columns that make an [`AccountRow`], of the table under the name `a`.
macro_rules! account_columns {
    () => {
        "a.id, a.name, a.email, a.plan, a.suspended, a.credit_limit, a.unfinished_cap, a.rate_cap"
    };
}

pub(crate) use account_columns;

/// Reads [`account_columns`].
pub(crate) fn read(cells: &mut Cells) -> Result<AccountRow, BadCell> {
    Ok(AccountRow {
        id: AccountId::stored(cells.text("id")?),
        name: cells.text("name")?,
        email: cells.text("email")?,
        plan: cells.text("plan")?,
        suspended: cells.flag("suspended")?,
        credit_limit: cells.maybe_int("credit_limit")?,
        caps: Caps {
            unfinished: cells.maybe_int("unfinished_cap")?,
            requests_per_minute: cells.maybe_int("rate_cap")?,
        },
    })
}
