//! What every handler shares: the parts and what is kept in memory beside them.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use framewright_core::clock::{Clock, Millis};
use framewright_core::id::{TaskId, UploadId};
use framewright_store::{Blobs, LinkKeys, Store};
use http::request::Parts as Head;
use rand::RngCore;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{Auth, Caller};
use crate::error::ApiError;
use crate::parts::{ApiParts, ApiSettings, OnCallback, Readiness, Route};
use crate::v1::models::Models;

/// Uploads that may be under way at once.
const MAX_UPLOADS: usize = 32;

/// Event streams that may be open at once.
const MAX_STREAMS: usize = 256;

/// A cheap handle on the shared state.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// What the handle points to.
pub(crate) struct Inner {
    pub store: Store,
    pub blobs: Blobs,
    pub links: Arc<LinkKeys>,
    pub clock: Arc<dyn Clock>,
    pub route: Route,
    pub callback: OnCallback,
    pub hurry: Arc<dyn Fn() + Send + Sync>,
    pub metrics_text: Arc<dyn Fn() -> String + Send + Sync>,
    pub readiness: Arc<dyn Fn() -> Readiness + Send + Sync>,
    pub drain: CancellationToken,
    pub settings: ApiSettings,
    pub models: Models,
    /// The OpenAPI document of this configuration.
    pub openapi: Bytes,
    pub uploads: Semaphore,
    pub streams: Arc<Semaphore>,
    auth: Auth,
    rng: Mutex<Box<dyn RngCore + Send>>,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: ApiParts, openapi: Bytes, models: Models) -> Self {
        Self(Arc::new(Inner {
            auth: Auth::new(&parts.settings, Arc::clone(&parts.clock)),
            rng: Mutex::new(parts.rng),
            store: parts.store,
            blobs: parts.blobs,
            links: parts.links,
            clock: parts.clock,
            route: parts.route,
            callback: parts.callback,
            hurry: parts.hurry,
            metrics_text: parts.metrics_text,
            readiness: parts.readiness,
            drain: parts.drain,
            settings: parts.settings,
            models,
            openapi,
            uploads: Semaphore::new(MAX_UPLOADS),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
        }))
    }
}

impl Inner {
    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Who asks to read.
    pub(crate) async fn reader(&self, head: &Head) -> Result<Caller, ApiError> {
        let caller = self.auth.caller(head, &self.store, &self.settings).await?;
        match caller.scopes.fetch {
            true => Ok(caller),
            false => Err(ApiError::Forbidden("this key may not read tasks".into())),
        }
    }

    /// Who asks to begin or end something.
    pub(crate) async fn submitter(&self, head: &Head) -> Result<Caller, ApiError> {
        let caller = self.auth.caller(head, &self.store, &self.settings).await?;
        match caller.scopes.submit {
            true => Ok(caller),
            false => Err(ApiError::Forbidden(
                "this key may not submit or change tasks".into(),
            )),
        }
    }

    /// Refuses what would begin something new in a process that is on its way out.
    pub(crate) fn open_for_new(&self) -> Result<(), ApiError> {
        match self.drain.is_cancelled() {
            true => Err(ApiError::Draining),
            false => Ok(()),
        }
    }

    pub(crate) fn new_task_id(&self, now: Millis) -> TaskId {
        TaskId::fresh(
            now,
            &mut **self.rng.lock().unwrap_or_else(PoisonError::into_inner),
        )
    }

    pub(crate) fn new_upload_id(&self, now: Millis) -> UploadId {
        UploadId::fresh(
            now,
            &mut **self.rng.lock().unwrap_or_else(PoisonError::into_inner),
        )
    }
}
