//! Where a request carries its key: `Authorization`, bare as the pages say or as `Bearer` as the
//! official clients send it, or `X-API-Key`. Never the query string: it is logged.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The key's text; none where there is not exactly one. Whether it can be a key is the store's to say.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    let name = match headers.contains_key(AUTHORIZATION) {
        true => AUTHORIZATION.as_str(),
        false => "x-api-key",
    };
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    Some(without_scheme(value.to_str().ok()?.trim()))
}

fn without_scheme(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim_start(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const KEY: &str = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";

    fn found(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a valid value");
            headers.append(*name, value);
        }
        read(&headers) == Some(KEY)
    }

    #[test]
    fn a_key_is_read_from_each_place_it_may_stand_in() {
        for value in [
            KEY.to_owned(),
            format!("Bearer {KEY}"),
            format!("bearer  {KEY}"),
            format!(" {KEY} "),
        ] {
            assert!(found(&[("authorization", &value)]), "{value}");
        }
        assert!(found(&[("x-api-key", KEY)]));
    }

    #[test]
    fn two_keys_or_another_scheme_are_no_key() {
        for value in ["", "é", "Bearer"] {
            assert!(!found(&[("authorization", value)]), "{value}");
        }
        assert!(!found(&[("authorization", &format!("{KEY}, {KEY}"))]));
        assert!(!found(&[("authorization", &format!("Basic {KEY}"))]));
        assert!(!found(&[("authorization", KEY), ("authorization", KEY)]));
        assert!(!found(&[("authorization", ""), ("x-api-key", KEY)]));
    }
}
