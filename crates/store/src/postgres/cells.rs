//! Values on their way to the server and back. Every argument says its type, so that the server never
//! has to guess one from its place in a statement.

use std::error::Error;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio_postgres::RowStream;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::db::{Done, Row, Val};

/// An argument and its type.
pub(super) type Typed<'a> = (&'a Val, Type);

pub(super) fn typed(val: &Val) -> Typed<'_> {
    let its = match val {
        // Its place decides: there is nothing in it to misread.
        Val::Null => Type::UNKNOWN,
        Val::Int(_) => Type::INT8,
        Val::Real(_) => Type::FLOAT8,
        Val::Text(_) => Type::TEXT,
        Val::Blob(_) => Type::BYTEA,
    };
    (val, its)
}

impl ToSql for Val {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Real(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Val {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::BYTEA => Self::Blob(Vec::from_sql(ty, raw)?),
            _ => Self::Text(String::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8 | Type::INT4 | Type::BOOL | Type::FLOAT8 | Type::BYTEA | Type::TEXT
        )
    }
}

/// Reads a statement's rows to the end. One that returns rows counts those, any other the rows it
/// changed.
pub(super) async fn collect(stream: RowStream) -> Result<Done, tokio_postgres::Error> {
    let mut stream = pin!(stream);
    let mut rows: Vec<Row> = Vec::new();
    while let Some(row) = stream.try_next().await? {
        let cells = (0..row.len()).map(|column| row.try_get(column));
        rows.push(cells.collect::<Result<_, _>>()?);
    }
    let changed = stream.rows_affected().unwrap_or(rows.len() as u64);
    Ok(Done { changed, rows })
}
