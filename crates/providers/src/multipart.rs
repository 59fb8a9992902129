//! A form with one file, as upload targets take it (RFC 7578). Not a stream: the file is in memory.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

/// The file of a form.
#[derive(Clone, Debug)]
pub struct FilePart<'a> {
    /// Its name in the form, mostly `file`.
    pub name: &'a str,
    pub filename: &'a str,
    pub mime: &'a str,
    pub bytes: &'a [u8],
    /// SHA-256 of the bytes, lower-case hex: what parts the form, since no file holds its own hash.
    pub sha256: &'a str,
}

/// Headers and body of a form: the fields in order, the file last, as storage services want it.
#[must_use]
pub fn form<'a>(
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    file: &FilePart<'_>,
) -> (HeaderMap, Bytes) {
    let boundary = format!("framewright-{}", file.sha256);
    let mut body = BytesMut::with_capacity(file.bytes.len() + 4_096);
    for (name, value) in fields {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
            quoted(name)
        );
        body.put(head.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
         Content-Type: {}\r\n\r\n",
        quoted(file.name),
        quoted(file.filename),
        file.mime
    );
    body.put(head.as_bytes());
    body.put(file.bytes);
    body.put(format!("\r\n--{boundary}--\r\n").as_bytes());
    let kind = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
    let kind = kind.unwrap_or_else(|_| HeaderValue::from_static("multipart/form-data"));
    (HeaderMap::from_iter([(CONTENT_TYPE, kind)]), body.freeze())
}

/// A name inside quotes, escaped as browsers do.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::{FilePart, form};

    #[test]
    fn the_file_comes_last_and_whole_and_no_name_breaks_out() {
        let file = FilePart {
            name: "file",
            filename: "a\"\r\n.png",
            mime: "image/png",
            bytes: b"\x00--x\r\n",
            sha256: "ab",
        };
        let (headers, body) = form([("key", "k"), ("policy", "p")], &file);
        let kind = &headers[http::header::CONTENT_TYPE];
        assert_eq!(kind, "multipart/form-data; boundary=framewright-ab");
        let text = String::from_utf8_lossy(&body);
        let whole = "--framewright-ab\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n\
             --framewright-ab\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\np\r\n\
             --framewright-ab\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"a%22%0D%0A.png\"\r\nContent-Type: image/png\r\n\r\n\u{0}--x\r\n\r\n\
             --framewright-ab--\r\n";
        assert_eq!(text, whole);
    }
}
