//! The database that the nodes share, asked from outside: who owns what, what ended when; and what an
//! operator can do to it. Not the store: it judges by SQL what the nodes say by theirs.

use std::collections::BTreeSet;

use anyhow::Context;
use framewright_store::scratch;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// A database of its own on the server that the environment names.
pub struct Database {
    pub url: SecretString,
    config: Config,
}

impl Database {
    /// A new, empty one; none where the environment names no server.
    ///
    /// # Errors
    /// When its URL cannot be read.
    pub async fn fresh() -> anyhow::Result<Option<Self>> {
        let Some(url) = scratch::database("chaos").await else {
            return Ok(None);
        };
        let config = url.expose_secret().parse().context("the database's URL")?;
        Ok(Some(Self { url, config }))
    }

    /// The socket of its server, for whoever stands between.
    ///
    /// # Errors
    /// When the server is not reached by a socket of this machine.
    pub fn socket(&self) -> anyhow::Result<std::path::PathBuf> {
        let hosts = self.config.get_hosts().iter();
        let mut sockets = hosts.filter_map(|host| match host {
            tokio_postgres::config::Host::Unix(directory) => Some(directory.join(".s.PGSQL.5432")),
            tokio_postgres::config::Host::Tcp(_) => None,
        });
        sockets.next().context("the server has no socket here")
    }

    /// The same database as it is reached over TCP at this port of loopback.
    #[must_use]
    pub fn over_tcp(&self, port: u16) -> SecretString {
        let name = self.config.get_dbname().unwrap_or_default();
        format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable").into()
    }

    /// Runs something with a connection of its own, which ends with it.
    ///
    /// # Errors
    /// When the server cannot be reached, and those of `what`.
    pub async fn with<T>(
        &self,
        what: impl AsyncFnOnce(Client) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let (client, connection) = self.config.connect(NoTls).await?;
        let mut done = std::pin::pin!(what(client));
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            done = &mut done => done,
            // The server closed it: the client's own next word says how.
            _ = &mut connection => done.await,
        }
    }

    /// The first column of what this SQL answers.
    ///
    /// # Errors
    /// Of the server.
    pub async fn ask(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        let answer = self
            .with(async |client: Client| Ok(client.simple_query(sql).await?))
            .await
            .with_context(|| format!("ask {sql}"))?;
        let rows = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// One number.
    ///
    /// # Errors
    /// Of the server; an answer that is no number.
    pub async fn count(&self, sql: &str) -> anyhow::Result<u64> {
        let rows = self.ask(sql).await?;
        let first = rows.first().context("no row came")?;
        first.parse().with_context(|| format!("{sql} said {first}"))
    }

    /// Every node that ever was.
    ///
    /// # Errors
    /// Of the server.
    pub async fn nodes(&self) -> anyhow::Result<BTreeSet<String>> {
        let rows = self.ask("SELECT id FROM nodes").await?;
        Ok(rows.into_iter().collect())
    }

    /// How many unfinished tasks this node owns.
    ///
    /// # Errors
    /// Of the server.
    pub async fn owned(&self, node: &str) -> anyhow::Result<u64> {
        let sql = format!("SELECT count(*) FROM tasks WHERE open = 1 AND owner = '{node}'");
        self.count(&sql).await
    }
}
