//! What the server's errors mean to the callers of the store: away, busy, full, or a fault of this
//! program.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::error::StoreError;

/// The server broke the transaction off to end a deadlock or a conflict; the same may work again.
pub(super) fn is_serialisation(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED)
    )
}

pub(super) fn away(error: &Error) -> StoreError {
    StoreError::Away(text(error).into())
}

/// What a refused statement is; nothing of its transaction was written.
pub(super) fn describe(error: &Error) -> StoreError {
    let Some(code) = error.code() else {
        return away(error);
    };
    let away_codes = [
        &SqlState::ADMIN_SHUTDOWN,
        &SqlState::CRASH_SHUTDOWN,
        &SqlState::CANNOT_CONNECT_NOW,
        &SqlState::TOO_MANY_CONNECTIONS,
        &SqlState::READ_ONLY_SQL_TRANSACTION,
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    if away_codes.contains(&code) || code.code().starts_with("08") {
        return away(error);
    }
    match *code {
        SqlState::DISK_FULL => StoreError::Full,
        SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED => StoreError::Busy,
        SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => StoreError::Busy,
        _ => StoreError::Refused(text(error)),
    }
}

/// The server's words, which the driver's own leave out.
fn text(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            [Some(error.to_string()), source]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": ")
        }
    }
}
