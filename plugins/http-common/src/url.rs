//! Absolute `http` and `https` URIs: what may be sent, and references relative to them.

use segue_plugin::StepError;

use crate::percent::{COMPONENT, encode};

/// An absolute URI, as it is sent: without a fragment, its path and query fit for a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Url {
    /// `http` or `https`.
    scheme: String,
    /// Host and, where given, port.
    authority: String,
    /// With its leading slash.
    path: String,
    /// Without the question mark.
    query: Option<String>,
}

impl Url {
    /// Reads an endpoint. Blanks and characters beyond ASCII in path and query are encoded; what
    /// cannot be meant is refused. `what` names it in the refusal.
    pub fn parse(text: &str, what: &str) -> Result<Url, StepError> {
        let refuse = |why: &str| {
            Err(StepError::invalid_input(format!(
                "{what} `{}` {why}",
                shortened(text)
            )))
        };
        let text_only = text.trim_matches(' ');
        if text_only.chars().any(char::is_control) {
            return refuse("holds line breaks or other control characters");
        }
        let Some((scheme, rest)) = text_only.split_once("://") else {
            return refuse("is not an absolute URI: it begins with http:// or https://");
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return refuse("is neither http nor https");
        }
        let rest = before(rest, '#');
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.is_empty() {
            return refuse("names no host");
        }
        if authority.contains('@') {
            return refuse("holds a user name: use `authentication` for it");
        }
        if !authority
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_~:[]%".contains(&b))
        {
            return refuse(
                "has a host with characters that no host name has; write international names in their ASCII form (xn--…)",
            );
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(tidy(query))),
            None => (rest, None),
        };
        let path = if path.is_empty() {
            "/".to_owned()
        } else {
            tidy(path)
        };
        Ok(Url {
            scheme,
            authority: authority.to_owned(),
            path,
            query,
        })
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and, where given, port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Resolves a reference against this URI (RFC 3986, section 5.2): an absolute one, or one
    /// that begins with a slash, with two, or with the name of a neighbour.
    pub fn join(&self, reference: &str, what: &str) -> Result<Url, StepError> {
        let reference = before(reference, '#');
        if reference.contains("://") {
            return Url::parse(reference, what);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Url::parse(&format!("{}://{rest}", self.scheme), what);
        }
        let path = if reference.is_empty() || reference.starts_with('?') {
            format!("{}{reference}", self.path)
        } else if reference.starts_with('/') {
            reference.to_owned()
        } else {
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{reference}")
        };
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (path.as_str(), String::new()),
        };
        let text = format!(
            "{}://{}{}{query}",
            self.scheme,
            self.authority,
            without_dots(path)
        );
        Url::parse(&text, what)
    }

    /// The URI without its query, which may hold what does not belong in a message.
    pub fn bare(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.bare())?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// The URI with more name and value pairs in its query, encoded here.
pub fn with_query(mut url: Url, pairs: &[(String, String)]) -> Url {
    let encoded = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name, COMPONENT), encode(value, COMPONENT)));
    append(&mut url, encoded);
    url
}

impl Url {
    /// The URI with more of a query, which is encoded already.
    pub fn with_encoded_query(mut self, parts: impl IntoIterator<Item = String>) -> Url {
        append(&mut self, parts);
        self
    }
}

fn append(url: &mut Url, parts: impl IntoIterator<Item = String>) {
    let present = url.query.take().filter(|query| !query.is_empty());
    let all: Vec<String> = present.into_iter().chain(parts).collect();
    url.query = (!all.is_empty()).then(|| all.join("&"));
}

/// Encodes what cannot stand in a path or query, and leaves what is encoded already.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let is_escape = c == '%'
            && rest
                .as_str()
                .get(..2)
                .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let stands = c.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=[]".contains(c);
        if stands || is_escape {
            tidied.push(c);
        } else {
            tidied.push_str(&encode(c.encode_utf8(&mut [0; 4]), COMPONENT));
        }
    }
    tidied
}

/// Removes `.` and `..` from a path (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let last = segments.len().saturating_sub(1);
    for (index, segment) in segments.into_iter().enumerate() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if index == last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

fn before(text: &str, mark: char) -> &str {
    text.split_once(mark).map_or(text, |(before, _)| before)
}

/// A text as a message shows it.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text, "the endpoint").unwrap()
    }

    #[test]
    fn blanks_and_letters_beyond_ascii_are_encoded_once() {
        let parsed = url("https://x.test/a b/ü?q=ä%20c&d=100%#part");
        assert_eq!(
            parsed.to_string(),
            "https://x.test/a%20b/%C3%BC?q=%C3%A4%20c&d=100%25"
        );
        assert_eq!(url(&parsed.to_string()), parsed);
        assert_eq!(url("HTTP://x.test?y=1").to_string(), "http://x.test/?y=1");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        for (text, why) in [
            ("/pets", "absolute"),
            ("ftp://x.test/", "neither"),
            ("https:///a", "no host"),
            ("https://me:secret@x.test/", "authentication"),
            ("https://bücher.test/", "xn--"),
            ("https://x.test/\r\nX: y", "control"),
        ] {
            let refused = Url::parse(text, "the endpoint").unwrap_err().to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = url("https://x.test/docs/v1/openapi.json?raw=1");
        for (reference, resolved) in [
            ("/v2", "https://x.test/v2"),
            ("../v2/", "https://x.test/docs/v2/"),
            ("pets", "https://x.test/docs/v1/pets"),
            (".", "https://x.test/docs/v1/"),
            ("//y.test/a", "https://y.test/a"),
            ("http://z.test", "http://z.test/"),
            ("../../../..", "https://x.test/"),
        ] {
            assert_eq!(
                base.join(reference, "the server").unwrap().to_string(),
                resolved,
                "{reference}"
            );
        }
    }

    #[test]
    fn a_query_is_added_to_the_one_that_is_there() {
        let pairs = [("a b".to_owned(), "1&2".to_owned())];
        let bare = url("https://x.test/");
        assert_eq!(
            with_query(bare.clone(), &pairs).to_string(),
            "https://x.test/?a%20b=1%262"
        );
        let one = url("https://x.test/?z=0");
        assert_eq!(
            with_query(one.clone(), &pairs).to_string(),
            "https://x.test/?z=0&a%20b=1%262"
        );
        assert_eq!(with_query(one.clone(), &[]), one);
    }
}
