//! Percent-encoding (RFC 3986, section 2) and the form encoding of browsers.

use std::fmt::Write as _;

/// What stands for itself in any component, beside letters and digits: RFC 3986's unreserved.
pub const COMPONENT: &str = "-._~";
/// The reserved characters as well, for values that are parts of a URI already.
pub const RESERVED: &str = "-._~:/?#[]@!$&'()*+,;=";

/// Encodes what is neither a letter, a digit nor in `keep`.
pub fn encode(text: &str, keep: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Name and value pairs as `application/x-www-form-urlencoded` (the URL standard, section 5.2).
pub fn form<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let part = |text: &str| encode(text, "*-._ ").replace(' ', "+");
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", part(name), part(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unreserved_stands_for_itself() {
        assert_eq!(encode("a-b_c.d~e", COMPONENT), "a-b_c.d~e");
        assert_eq!(encode("a b/ü", COMPONENT), "a%20b%2F%C3%BC");
        assert_eq!(encode("a/b?c d", RESERVED), "a/b?c%20d");
    }

    #[test]
    fn a_form_has_its_own_blanks() {
        let pairs = [
            ("a b".to_owned(), "1+2".to_owned()),
            ("c".to_owned(), String::new()),
        ];
        assert_eq!(form(&pairs), "a+b=1%2B2&c=");
    }
}
