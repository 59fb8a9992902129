//! Accounts and keys that cases need, made beside the running server as an operator makes them.

use anyhow::Context;
use framewright_core::id::AccountId;
use framewright_store::{Caps, NewAccount, NewKey, Scopes};
use secrecy::ExposeSecret;

use super::world::World;

impl World {
    /// A key of the account of this name, which is made with this credit limit.
    pub(super) async fn account(&self, name: &str, credits: Option<i64>) -> anyhow::Result<String> {
        let account = self.account_id(name, credits).await?;
        let new = key_of(account, name);
        let (_, key) = self.store.create_key(&new).await?;
        Ok(key.expose_secret().to_owned())
    }

    /// Gives the account of this name another limit.
    pub(super) async fn top_up(&self, name: &str, credits: i64) -> anyhow::Result<()> {
        let account = self.store.account_by_name(name).await?;
        let account = account.context("no such account")?;
        self.store
            .set_credit_limit(&account.id, Some(credits))
            .await?;
        Ok(())
    }

    pub(super) async fn suspended(&self) -> anyhow::Result<String> {
        let key = self.account("suspended", None).await?;
        let account = self.account_id("suspended", None).await?;
        self.store.set_suspended(&account, true).await?;
        Ok(key)
    }

    pub(super) async fn revoked(&self) -> anyhow::Result<String> {
        let account = self.account_id("revoked", None).await?;
        let (id, key) = self.store.create_key(&key_of(account, "revoked")).await?;
        self.store.revoke_key(&id).await?;
        Ok(key.expose_secret().to_owned())
    }

    async fn account_id(&self, name: &str, credits: Option<i64>) -> anyhow::Result<AccountId> {
        let new = NewAccount {
            name: name.to_owned(),
            email: format!("{name}@video.example"),
            plan: "test".to_owned(),
            credit_limit: credits,
            caps: Caps {
                unfinished: None,
                requests_per_minute: None,
            },
        };
        Ok(self.store.ensure_account(&new).await?.id)
    }
}

fn key_of(account: AccountId, label: &str) -> NewKey {
    NewKey {
        account,
        label: label.to_owned(),
        scopes: Scopes::CLIENT,
    }
}
