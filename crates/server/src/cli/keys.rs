//! `keys`: who may use the server. A running one sees every change within two seconds.

use std::io::{self, IsTerminal, Read};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use framewright_core::id::KeyId;
use framewright_store::{AccountRow, KeyRow, NewKey, Scopes};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    place::{Opened, Place},
    text::{moment, plain, table},
};
use crate::app::accounts::FIRST_ACCOUNT;

#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key; it is shown once, with the account's webhook signing secret
    Create(Named),
    /// Make a key valid that you already have (for example at APIFRAME); read from standard input
    Import(Named),
    /// Show every key, without its secret part
    List,
    /// Refuse a key from now on
    Revoke {
        /// Its id, as `keys list` shows it
        id: String,
    },
    /// Show what an account's webhooks are signed with
    ShowSigningSecret {
        /// The account
        #[arg(long, default_value = FIRST_ACCOUNT)]
        account: String,
    },
}

#[derive(Debug, Args)]
struct Named {
    /// Whose key it is; the account is made if there is none of that name
    #[arg(long, default_value = FIRST_ACCOUNT)]
    account: String,
    /// A word to know it by in `keys list`
    #[arg(long, default_value = "")]
    label: String,
}

impl Keys {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let opened = self.place.open().await?;
        match self.action {
            Action::Create(named) => create(&opened, &named).await,
            Action::Import(named) => import(&opened, &named).await,
            Action::List => list(&opened).await,
            Action::Revoke { id } => revoke(&opened, &id).await,
            Action::ShowSigningSecret { account } => {
                show_secrets(&opened, &opened.account(&account).await?).await
            }
        }
    }
}

async fn create(opened: &Opened, named: &Named) -> anyhow::Result<()> {
    let account = opened.ensure_account(&named.account).await?;
    let (_, key) = opened.store.create_key(&new_key(&account, named)).await?;
    println!("API key, shown once:     {}", key.expose_secret());
    show_secrets(opened, &account).await
}

async fn import(opened: &Opened, named: &Named) -> anyhow::Result<()> {
    let key = read_key()?;
    let account = opened.ensure_account(&named.account).await?;
    match opened
        .store
        .import_key(&new_key(&account, named), &key)
        .await?
    {
        Some(id) => println!("imported as {id} for the account {:?}", account.name),
        None => bail!(
            "that is no usable key: it needs 16 to 256 visible ASCII characters, and one that \
             begins with fw_ must be unchanged"
        ),
    }
    Ok(())
}

/// Not an argument: those can be read by every process of the machine.
fn read_key() -> anyhow::Result<SecretString> {
    let mut input = io::stdin();
    if input.is_terminal() {
        eprintln!("Type or paste the key, then Enter and Ctrl-D:");
    }
    let mut text = String::new();
    input
        .read_to_string(&mut text)
        .context("reading the key from standard input")?;
    Ok(SecretString::from(text.trim()))
}

fn new_key(account: &AccountRow, named: &Named) -> NewKey {
    NewKey {
        account: account.id.clone(),
        label: named.label.clone(),
        scopes: Scopes::CLIENT,
    }
}

async fn list(opened: &Opened) -> anyhow::Result<()> {
    let keys = opened.store.list_keys(None).await?;
    let rows: Vec<_> = keys.iter().map(row).collect();
    print!(
        "{}",
        table(&["ID", "ACCOUNT", "LABEL", "CREATED", "STATE"], &rows)
    );
    Ok(())
}

fn row(key: &KeyRow) -> Vec<String> {
    let state = match key.revoked {
        Some(at) => format!("revoked {}", moment(at)),
        None if key.account.suspended => "account suspended".to_owned(),
        None => "valid".to_owned(),
    };
    let label = plain(&key.label);
    vec![
        key.id.to_string(),
        plain(&key.account.name),
        label,
        moment(key.created),
        state,
    ]
}

async fn revoke(opened: &Opened, id: &str) -> anyhow::Result<()> {
    let known = KeyId::parse(id);
    let revoked = match &known {
        Some(id) => opened.store.revoke_key(id).await?,
        None => false,
    };
    if !revoked {
        bail!("there is no valid key {id:?}; `framewright keys list` shows their ids");
    }
    println!("revoked; a running server refuses it within two seconds");
    Ok(())
}

async fn show_secrets(opened: &Opened, account: &AccountRow) -> anyhow::Result<()> {
    let secrets = opened
        .store
        .signing_secrets(&account.id, opened.clock.now())
        .await?;
    for (number, secret) in secrets.iter().enumerate() {
        let name = if number == 0 {
            "Webhook signing secret:"
        } else {
            "The former one:"
        };
        println!("{name:<24} {}", secret.0.expose_secret());
    }
    Ok(())
}
