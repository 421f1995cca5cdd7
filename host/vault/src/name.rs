//! Names of secrets.

/// The longest name of a secret.
pub const NAME_CHARS_MAX: usize = 63;

/// Whether a secret may have that name. Names without a hyphen can stand behind `$secrets.`;
/// one with a hyphen is written `$secrets["api-key"]`.
pub fn is_secret_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.len() <= NAME_CHARS_MAX && chars.next().is_some_and(first) && chars.all(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers_that_may_have_hyphens() {
        for name in ["mySecret", "api-key", "_x", "A1", &"n".repeat(63)] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["", "1a", "-a", "a.b", "a/b", "a b", "ä", &"n".repeat(64)] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
