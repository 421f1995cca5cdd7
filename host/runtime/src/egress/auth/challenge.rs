//! `WWW-Authenticate` (RFC 9110, section 11.6.1): challenges with their parameters, several in
//! one field and several fields.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// The most challenges that are looked at.
const CHALLENGES_MAX: usize = 16;
/// The most parameters of one of them.
const PARAMETERS_MAX: usize = 32;

/// One challenge.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Lower case.
    pub(super) scheme: String,
    /// Names in lower case, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// All challenges of a response, in order. What cannot be read ends its field.
pub(super) fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let mut found = Vec::new();
    for field in headers.get_all(WWW_AUTHENTICATE) {
        if let Ok(text) = field.to_str() {
            read(text, &mut found);
        }
    }
    found
}

fn read(text: &str, found: &mut Vec<Challenge>) {
    let mut rest = text;
    while found.len() <= CHALLENGES_MAX {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((word, after)) = token(rest) else {
            return;
        };
        let after_space = after.trim_start_matches([' ', '\t']);
        let value = after_space.strip_prefix('=');
        match (value, found.last_mut()) {
            // `name = value`: a parameter of the challenge before it.
            (Some(value), Some(challenge)) if !value.starts_with('=') => {
                let Some((value, after)) = parameter(value.trim_start_matches([' ', '\t'])) else {
                    return;
                };
                if challenge.parameters.len() < PARAMETERS_MAX {
                    let name = word.to_ascii_lowercase();
                    challenge.parameters.push((name, value));
                }
                rest = after;
            }
            (Some(_), _) => return,
            // A scheme.
            (None, _) => {
                found.push(Challenge {
                    scheme: word.to_ascii_lowercase(),
                    parameters: Vec::new(),
                });
                rest = after_space;
            }
        }
    }
}

fn token(text: &str) -> Option<(&str, &str)> {
    let part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(c);
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A token or a quoted string, and what follows.
fn parameter(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return token(text).map(|(word, after)| (word.to_owned(), after));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((value, quoted.get(i + 1..).unwrap_or_default())),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn all(fields: &[&'static str]) -> Vec<Challenge> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(field));
        }
        challenges(&headers)
    }

    #[test]
    fn several_challenges_in_one_field_and_in_several() {
        let found = all(&[
            r#"Basic realm="a, \"b\"", Digest realm=x , nonce="n=1",qop="auth,auth-int", algorithm=SHA-256"#,
            "Negotiate, Bearer",
        ]);
        let schemes: Vec<_> = found.iter().map(|c| c.scheme.as_str()).collect();
        assert_eq!(schemes, ["basic", "digest", "negotiate", "bearer"]);
        assert_eq!(found[0].get("realm"), Some("a, \"b\""));
        assert_eq!(found[1].get("nonce"), Some("n=1"));
        assert_eq!(found[1].get("qop"), Some("auth,auth-int"));
        assert_eq!(found[1].get("algorithm"), Some("SHA-256"));
        assert_eq!(found[1].get("stale"), None);
    }

    #[test]
    fn rubbish_ends_the_field() {
        for text in [
            "",
            "=x",
            "Digest realm=\"open",
            "Digest realm=,",
            "@@",
            "Negotiate abc==",
        ] {
            let mut found = Vec::new();
            read(text, &mut found);
            assert!(
                found.iter().all(|c| c.parameters.is_empty()),
                "{text}: {found:?}"
            );
        }
    }
}
