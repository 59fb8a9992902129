//! Making an account where there is none: the same for the server's first one and for those that
//! `keys` names.

use framewright_store::{AccountRow, Caps, NewAccount, Store, StoreError};

/// The account that a server starts with.
pub(crate) const FIRST_ACCOUNT: &str = "default";

/// The account of this name, made with `credits` to spend (0: without limit) if there is none.
///
/// # Errors
/// Those of the store.
pub(crate) async fn ensure(
    store: &Store,
    credits: u32,
    name: &str,
) -> Result<AccountRow, StoreError> {
    let account = NewAccount {
        name: name.to_owned(),
        email: format!("{name}@localhost"),
        plan: "self-hosted".to_owned(),
        credit_limit: (credits > 0).then_some(credits.into()),
        caps: Caps::default(),
    };
    store.ensure_account(&account).await
}
