//! Two request headers that travel with a run: `Idempotency-Key` and `traceparent`.

use axum::http::HeaderMap;

use crate::failure::{Answer, Failure};
use crate::limits::{KEY_CHARS_MAX, TRACE_PARENT_CHARS_MAX};

/// The key of a request (draft-ietf-httpapi-idempotency-key-header-07): a Structured Field
/// string (RFC 9651) such as `"8e03978e"`. The bare text, which many clients send, is taken too.
pub(crate) fn key(headers: &HeaderMap) -> Answer<Option<String>> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Failure::bad_request(
            "Idempotency-Key stands there more than once",
        ));
    }
    let text = value.to_str().ok().map(str::trim).and_then(unquoted);
    match text {
        Some(key) if !key.is_empty() && key.len() <= KEY_CHARS_MAX => Ok(Some(key)),
        _ => Err(Failure::bad_request(format!(
            "Idempotency-Key holds 1 to {KEY_CHARS_MAX} printable ASCII characters, \
             best in double quotes: Idempotency-Key: \"8e03978e-40d5-43dd\""
        ))),
    }
}

/// The characters of a Structured Field string, or of a bare text without quotes.
fn unquoted(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return (!text.contains('"')).then(|| text.to_owned());
    };
    let inner = rest.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\')) => out.push(escaped),
                _ => return None,
            },
            c => out.push(c),
        }
    }
    Some(out)
}

/// The `traceparent` of a request (W3C Trace Context), where it is well formed; a malformed
/// one is ignored, as that specification asks.
pub(crate) fn trace_parent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    is_trace_parent(value).then(|| value.to_owned())
}

fn is_trace_parent(text: &str) -> bool {
    let hex = |part: &str, len: usize| {
        part.len() == len
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let nonzero = |part: &str| part.bytes().any(|b| b != b'0');
    let mut parts = text.splitn(5, '-');
    let mut next = || parts.next().unwrap_or_default();
    let (version, trace, parent, flags, rest) = (next(), next(), next(), next(), next());
    text.len() <= TRACE_PARENT_CHARS_MAX
        && hex(version, 2)
        && version != "ff"
        && (version != "00" || rest.is_empty())
        && hex(trace, 32)
        && nonzero(trace)
        && hex(parent, 16)
        && nonzero(parent)
        && hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", value.parse().unwrap());
        key(&headers).ok().flatten()
    }

    #[test]
    fn keys_are_structured_strings_or_bare() {
        assert_eq!(parsed("\"a b\"").as_deref(), Some("a b"));
        assert_eq!(parsed("\"a\\\"b\\\\\"").as_deref(), Some("a\"b\\"));
        assert_eq!(parsed("8e03978e-40d5").as_deref(), Some("8e03978e-40d5"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in ["\"", "\"a", "\"a\"b\"", "a\"b", "\"\"", "\"\\x\"", " "] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
        assert_eq!(parsed(&"k".repeat(KEY_CHARS_MAX + 1)), None);
        let mut twice = HeaderMap::new();
        twice.append("idempotency-key", "a".parse().unwrap());
        twice.append("idempotency-key", "b".parse().unwrap());
        assert!(key(&twice).is_err());
        assert!(matches!(key(&HeaderMap::new()), Ok(None)));
    }

    #[test]
    fn trace_parents_follow_the_specification() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_trace_parent(good));
        assert!(is_trace_parent(&format!("cc{}-later", &good[2..])));
        assert!(!is_trace_parent(&format!("{good}-extra")));
        assert!(!is_trace_parent(&good.replace('4', "G")));
        assert!(!is_trace_parent(
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01"
        ));
        assert!(!is_trace_parent(&good.replacen("00", "ff", 1)));
    }
}
