//! What can go wrong below every verb of the store, told apart only where a caller acts differently.
//! A verb's own refusals (no credits, lease lost) stand beside that verb.

use std::sync::Arc;

use crate::rows::BadCell;

/// The store could not do what was asked, for reasons that are not the caller's.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing was written; writes work again once there is room.
    #[error("the disk of the database is full")]
    Full,
    /// Another process kept the database locked for too long. Nothing was written.
    #[error("the database is locked by another process")]
    Busy,
    /// The database server cannot be reached, or takes no more connections. Nothing was written; the
    /// next try connects anew.
    #[error("the database cannot be reached: {0}")]
    Away(Arc<str>),
    /// A commit failed and whether it happened could not be learnt either.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(Arc<str>),
    /// The writer stopped after a fault of the disk; the process should end.
    #[error("the database takes no more writes: {0}")]
    Stopped(Arc<str>),
    /// A cell holds what no version of this program writes.
    #[error(transparent)]
    Cell(#[from] BadCell),
    /// A sealed value does not open: the master key is another, or the row was tampered with.
    #[error("a sealed value does not open: {0}")]
    Sealed(&'static str),
    /// The database refused a statement: a fault of this program.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}
