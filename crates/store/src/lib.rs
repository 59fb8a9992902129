//! Framewright's durable store: the only place with SQL, and the only writer of a status.
//!
//! A write is a value (a list of statements with what each must touch) that is on disk when its call
//! returns; a read is one prepared point read or one snapshot. Each verb has a file: `submit` takes a
//! task in, `claim` leases it, `commit` writes what the rules allowed, under the lease's fence;
//! `answers` keeps what providers said, fence or not; `deliveries` is the outbox. Decides nothing
//! about a task: that is `framewright_core`.

mod accounts;
mod answers;
mod attempts;
mod backup;
mod blobs;
mod census;
mod chance;
mod claim;
mod commit;
mod credits;
mod db;
mod deliveries;
mod detail;
mod error;
mod incarnation;
mod keys;
mod links;
mod list;
mod lock;
mod made;
mod master_key;
mod migrations;
mod nodes;
mod permits;
mod postgres;
mod prune;
mod rows;
#[cfg(feature = "scratch")]
pub mod scratch;
mod seal;
mod server_keys;
#[cfg(feature = "simulation")]
pub mod simulation;
mod sqlite;
mod store;
mod submit;
mod tasks;
mod uploads;
mod work;

pub use accounts::{AccountRow, AccountSummary, Caps, NewAccount, SigningSecret};
pub use answers::{CallbackTarget, Filed, Teller};
pub use attempts::TaskAttempt;
pub use backup::{BackupError, Copied, Restored, restore};
pub use blobs::{BlobError, BlobMeta, BlobWriter, Blobs, BucketOptions, Written};
pub use census::Census;
pub use claim::{ClaimAsk, Lease};
pub use commit::CommitError;
pub use credits::Entry;
pub use db::Stats;
pub use deliveries::{DeliveryAsk, DeliveryTry, DeliveryWork, Redelivered};
pub use detail::{DeliveryDetail, Detail, EventRow, TryDetail};
pub use error::StoreError;
pub use incarnation::{Incarnation, Resume};
pub use keys::{KeyDigest, KeyRow, NewKey, Scopes};
pub use links::{LinkKeys, LinkProblem};
pub use list::{Cursor, Filter, Page};
pub use lock::DirectoryFault;
pub use master_key::MasterKeyFault;
pub use permits::Permits;
pub use prune::{PruneError, Pruned, Swept};
pub use rows::BadCell;
pub use store::{OpenError, OpenMode, Store, StoreOptions};
pub use submit::{Idempotency, Limits, NewTask, SubmitError, Submitted};
pub use tasks::{Deleted, StoredOutput};
pub use uploads::UploadRow;
