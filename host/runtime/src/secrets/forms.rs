//! The forms in which a value may come back: as it is, and as the encodings of the web write
//! it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The shortest value that is looked for. A shorter one stands in any text by chance: replacing
/// it would destroy the text, and tell by where it did.
pub(super) const REDACT_BYTES_MIN: usize = 4;
/// The shortest line of a value of several lines (a key in PEM form) that is looked for by
/// itself.
const LINE_BYTES_MIN: usize = 16;

/// Every form of `value` that is looked for. Empty where the value is too short.
pub(super) fn forms(value: &str) -> Vec<Vec<u8>> {
    if value.len() < REDACT_BYTES_MIN {
        return Vec::new();
    }
    let mut forms: Vec<Vec<u8>> = vec![value.into()];
    forms.push(json(value).into_bytes());
    forms.push(json_ascii(value).into_bytes());
    forms.push(percent(value, "%20").into_bytes());
    forms.push(percent(value, "+").into_bytes());
    // Without padding, each is the beginning of the padded form.
    forms.push(STANDARD_NO_PAD.encode(value).into_bytes());
    forms.push(URL_SAFE_NO_PAD.encode(value).into_bytes());
    let lines = value.lines().map(str::trim);
    forms.extend(
        lines
            .filter(|line| line.len() >= LINE_BYTES_MIN && line.len() < value.len())
            .map(|line| line.as_bytes().to_vec()),
    );
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// As it stands between the quotes of a JSON string.
pub(super) fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
    inner.unwrap_or(&quoted).to_owned()
}

/// The same, as writers do it that leave nothing but ASCII and escape the slash.
fn json_ascii(value: &str) -> String {
    let mut out = String::new();
    for c in json(value).chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

/// Percent-encoded: everything but the unreserved characters of RFC 3986.
pub(crate) fn percent(value: &str, space: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push_str(space),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_forms_of_the_web() {
        let forms = forms("pä/ \"s?w");
        for want in [
            "pä/ \"s?w",
            "pä/ \\\"s?w",
            "p\\u00e4\\/ \\\"s?w",
            "p%C3%A4%2F%20%22s%3Fw",
            "p%C3%A4%2F+%22s%3Fw",
            "cMOkLyAicz93",
        ] {
            assert!(forms.contains(&want.as_bytes().to_vec()), "{want}");
        }
    }

    #[test]
    fn too_short_a_value_is_not_looked_for() {
        assert!(forms("abc").is_empty());
        assert_eq!(forms("abcd").len(), 2);
    }

    #[test]
    fn long_lines_are_looked_for_alone() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nshort\n-----END KEY-----\n";
        let forms = forms(key);
        assert!(forms.contains(&b"MIIEvQIBADANBgkqhkiG".to_vec()));
        assert!(!forms.contains(&b"short".to_vec()));
    }
}
