//! A server with its port and its data directory, that hears nobody yet: whatever the first request
//! relies on, such as a key that works, is written in between.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use framewright_api as api;
use framewright_engine::Engine;
use framewright_store::Store;
use tokio_util::sync::CancellationToken;

use super::{App, AppOptions, base_url, bind, parts, spawn};
use crate::{config::Role, listener::Listener};

/// Bound and opened, not yet serving: clients that connect wait in the kernel's queue.
pub struct Prepared {
    options: AppOptions,
    listener: Listener,
    address: SocketAddr,
    ground: parts::Ground,
}

impl Prepared {
    /// Takes the port and opens the data directory.
    ///
    /// # Errors
    /// Whatever keeps the server from starting, with what to do about it.
    pub async fn open(options: AppOptions) -> anyhow::Result<Self> {
        let listener = bind(&options.config).await?;
        let address = listener
            .address()
            .context("asking for the listener's address")?;
        let ground = parts::Ground::open(&options, address.port()).await?;
        Ok(Self {
            options,
            listener,
            address,
            ground,
        })
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.ground.store
    }

    /// Starts the engine, and accepts requests once this returns.
    ///
    /// # Errors
    /// Where the configured providers do not fit each other.
    pub fn serve(self) -> anyhow::Result<App> {
        let Self {
            options,
            listener,
            address,
            ground,
        } = self;
        let config = &options.config;
        let parts = ground.engine_parts(&options)?;
        let engine = match config.server.role {
            Role::All | Role::Worker => Engine::start(parts),
            Role::Api => Engine::attend(parts),
        };
        let drain = CancellationToken::new();
        let router = api::router(ground.api_parts(&options, &engine, drain.clone()));
        let grace = Duration::from_millis(config.server.drain_ms);
        let unserved = CancellationToken::new();
        let gone = unserved.clone().drop_guard();
        let listening = listener.serve(router, drain.clone(), grace);
        let serving = async move {
            listening.await;
            drop(gone);
        };
        Ok(App {
            store: ground.store,
            outbound: ground.outbound,
            engine,
            address,
            base_url: base_url(config, address),
            drain,
            grace,
            new_credits: config.credits.new_account,
            serving: spawn(serving),
            unserved,
        })
    }
}
