//! Parts of a path that came with a request. A path that cannot be decoded names nothing, and is
//! answered in the shape of every other 404.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The named parts of the path, in order.
pub(crate) struct InPath<T>(pub T);

impl<T, S> FromRequestParts<S> for InPath<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<T>::from_request_parts(head, state).await;
        path.map(|Path(parts)| Self(parts))
            .map_err(|_| ApiError::NotFound("there is nothing at this path".into()))
    }
}

/// One parameter of a query, decoded; the first where it is given twice.
pub(crate) fn parameter(head: &Parts, name: &str) -> Option<String> {
    let query = head.uri.query()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}
