//! The one spelling of JSON that YAML lacks: characters beyond U+FFFF as two `\u` escapes.
//!
//! JSON writers that keep to ASCII produce `\ud83d\ude00`, which YAML refuses. In a document
//! that is JSON, such a pair becomes one `\U0001f600` before the parser sees it, and places
//! are moved back.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// Bytes by which an escape shrinks: `\ud83d\ude00` has 12, `\U0001f600` has 10.
const SHRINK: usize = 2;

/// A text, and where in it escapes were joined.
pub(super) struct Joined<'s> {
    pub(super) text: Cow<'s, str>,
    ends: Vec<usize>,
}

impl Joined<'_> {
    /// The byte of the source for a byte of the joined text.
    pub(super) fn source_byte(&self, byte: usize) -> usize {
        byte + SHRINK * self.ends.partition_point(|end| *end <= byte)
    }
}

/// Joins the surrogate pairs of a JSON document; leaves any other text as it is.
pub(super) fn join_surrogates(text: &str) -> Joined<'_> {
    let unchanged = Joined {
        text: Cow::Borrowed(text),
        ends: Vec::new(),
    };
    let has_surrogates = text.contains("\\ud") || text.contains("\\uD");
    if !has_surrogates || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return unchanged;
    }
    let mut out = String::with_capacity(text.len());
    let mut ends = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let used = match pair(escape) {
            Some(c) => {
                out.push_str(&format!("\\U{:08x}", u32::from(c)));
                ends.push(out.len());
                12
            }
            // The character behind a backslash is never the start of another escape.
            None => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (escape, after) = escape.split_at_checked(used).unwrap_or((escape, ""));
        if used != 12 {
            out.push_str(escape);
        }
        rest = after;
    }
    out.push_str(rest);
    Joined {
        text: Cow::Owned(out),
        ends,
    }
}

/// The character that the two escapes at the start of `text` write.
fn pair(text: &str) -> Option<char> {
    let unit = |at: usize| {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let units = [unit(0)?, unit(6)?];
    let is_pair = (0xd800..0xdc00).contains(&units[0]);
    let mut chars = char::decode_utf16(units);
    is_pair.then(|| chars.next()?.ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_joined_and_places_move_back() {
        let text = r#"{"a": "\ud83d\ude00", "b": 1}"#;
        let joined = join_surrogates(text);
        assert_eq!(joined.text, r#"{"a": "\U0001f600", "b": 1}"#);
        let at = joined.text.find("\"b\"").unwrap();
        assert_eq!(joined.source_byte(at), text.find("\"b\"").unwrap());
        assert_eq!(joined.source_byte(3), 3);
    }

    #[test]
    fn escaped_backslashes_and_yaml_are_left_alone() {
        for text in [
            r#"{"a": "\\ud83d\\ude00"}"#,
            r"a: '\ud83d\ude00'",
            r#"{"a": "\u00e9"}"#,
        ] {
            assert_eq!(join_surrogates(text).text, text);
        }
    }
}
