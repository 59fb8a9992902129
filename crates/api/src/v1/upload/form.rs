//! The multipart form of an upload, as a stream. The form's own first line says its boundary, and is
//! believed over the header: the official Python client sends forms as `application/json`.

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, once};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::error::{ApiError, Problem};

/// What a form may have around its file, in bytes: boundaries, headers, other fields.
const FRAME: usize = 64 << 10;

/// The longest first line: two hyphens, at most 70 characters (RFC 2046, 5.1.1), the line end.
const FIRST_LINE: usize = 2 + 70 + 2;

/// A form whose file has not been found yet.
pub(super) struct Form {
    multipart: Multipart<'static>,
    fields: &'static [&'static str],
    cap: usize,
}

/// The file of a form, chunk by chunk.
pub(super) struct FilePart {
    field: Field<'static>,
    name: &'static str,
    cap: usize,
    taken: usize,
}

/// Opens the form of a request.
///
/// # Errors
/// `Invalid` where the body is no form, or is announced as larger than a file of `cap` bytes needs.
pub(super) async fn open(
    head: &Parts,
    body: Body,
    cap: usize,
    fields: &'static [&'static str],
) -> Result<Form, ApiError> {
    let announced = head.headers.get(CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    let whole = (cap + FRAME) as u64;
    if announced.is_some_and(|length| length > whole) {
        return Err(too_large(fields[0], cap));
    }
    let (start, rest) = first_bytes(body.into_data_stream()).await?;
    let header = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let boundary = boundary_of(&start)
        .or_else(|| multer::parse_boundary(header?).ok())
        .ok_or_else(|| no_form(fields))?;
    let stream: BoxStream<'static, Result<Bytes, axum::Error>> =
        once(async move { Ok(start) }).chain(rest).boxed();
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole));
    Ok(Form {
        multipart: Multipart::with_constraints(stream, boundary, limits),
        fields,
        cap,
    })
}

impl Form {
    /// The first part with a name that the endpoint takes; parts before it are skipped.
    pub(super) async fn file(&mut self) -> Result<FilePart, ApiError> {
        loop {
            let field = self.multipart.next_field().await;
            let field = field.map_err(|error| unreadable(&error, self.fields[0], self.cap))?;
            let field = field.ok_or_else(|| no_form(self.fields))?;
            let wanted = self.fields.iter().find(|name| Some(**name) == field.name());
            if let Some(name) = wanted {
                return Ok(FilePart {
                    field,
                    name,
                    cap: self.cap,
                    taken: 0,
                });
            }
        }
    }
}

impl FilePart {
    /// The next bytes of the file; none at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        let chunk = self.field.chunk().await;
        let chunk = chunk.map_err(|error| unreadable(&error, self.name, self.cap))?;
        self.taken += chunk.as_ref().map_or(0, Bytes::len);
        match self.taken > self.cap {
            true => Err(too_large(self.name, self.cap)),
            false => Ok(chunk),
        }
    }
}

/// Reads until the first line is whole, or too long to be a boundary.
async fn first_bytes(mut rest: BodyDataStream) -> Result<(Bytes, BodyDataStream), ApiError> {
    let mut start = BytesMut::new();
    while start.len() < FIRST_LINE && !start.contains(&b'\n') {
        match rest.next().await {
            Some(Ok(chunk)) => start.extend_from_slice(&chunk),
            Some(Err(_)) => {
                return Err(ApiError::one(Problem::request(
                    "the body ended early or came too slowly",
                )));
            }
            None => break,
        }
    }
    Ok((start.freeze(), rest))
}

/// The boundary that the first line of a form is made of.
fn boundary_of(start: &[u8]) -> Option<String> {
    let line = start.split(|byte| *byte == b'\n').next()?;
    let line = line
        .strip_suffix(b"\r")
        .unwrap_or(line)
        .strip_prefix(b"--")?;
    let plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let fits = (1..=70).contains(&line.len()) && line.iter().all(plain);
    fits.then(|| String::from_utf8(line.to_vec()).ok())?
}

fn no_form(fields: &[&'static str]) -> ApiError {
    let name = fields[0];
    ApiError::one(Problem::field(
        name,
        format!("{name} is required: send a multipart/form-data body with the file in it"),
    ))
}

fn too_large(field: &'static str, cap: usize) -> ApiError {
    ApiError::one(Problem::field(
        field,
        format!("{field} must be a file of at most {cap} bytes"),
    ))
}

fn unreadable(error: &multer::Error, field: &'static str, cap: usize) -> ApiError {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            too_large(field, cap)
        }
        _ => ApiError::one(Problem::request(
            "the multipart form cannot be read to its end",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::boundary_of;

    #[test]
    fn the_first_line_of_a_form_is_its_boundary() {
        let body = b"--abc123\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n";
        assert_eq!(boundary_of(body).as_deref(), Some("abc123"));
        assert_eq!(boundary_of(b"--abc\nx").as_deref(), Some("abc"));
        for bad in [
            &b""[..],
            b"{}",
            b"--",
            b"--\r\n",
            b"\x89PNG\r\n",
            &[b'-'; 200],
        ] {
            assert_eq!(boundary_of(bad), None, "{bad:?}");
        }
    }
}
