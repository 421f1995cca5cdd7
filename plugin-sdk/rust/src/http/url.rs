//! The three parts of an absolute URL that a request needs.

use super::HttpError;

/// An `http` or `https` URL, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub(super) is_https: bool,
    /// Host and, where given, port.
    pub(super) authority: String,
    /// Path and query, beginning with `/`.
    pub(super) path_with_query: String,
}

/// Takes a URL apart (RFC 3986). User information is refused: it does not belong in a URL that
/// is logged; a fragment is dropped, as it is never sent.
pub(super) fn parse(url: &str) -> Result<Target, HttpError> {
    let refuse = |why: &str| Err(HttpError::Request(format!("`{url}` {why}")));
    let Some((scheme, rest)) = url.split_once("://") else {
        return refuse("is not an absolute URL");
    };
    let is_https = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return refuse("is neither http nor https"),
    };
    if url.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return refuse("holds blanks or control characters");
    }
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (authority, path) = match rest.find(['/', '?']) {
        Some(end) => rest.split_at(end),
        None => (rest, "/"),
    };
    if authority.is_empty() {
        return refuse("names no host");
    }
    if authority.contains('@') {
        return refuse("holds user information; use a header");
    }
    let path_with_query = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    Ok(Target {
        is_https,
        authority: authority.to_owned(),
        path_with_query,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (bool, String, String) {
        let target = parse(url).unwrap();
        (target.is_https, target.authority, target.path_with_query)
    }

    #[test]
    fn a_url_is_taken_apart() {
        assert_eq!(
            parts("http://localhost:80/a/b?c=d#e"),
            (false, "localhost:80".into(), "/a/b?c=d".into())
        );
        assert_eq!(
            parts("HTTPS://example.com"),
            (true, "example.com".into(), "/".into())
        );
        assert_eq!(
            parts("http://[::1]:8080?x=1"),
            (false, "[::1]:8080".into(), "/?x=1".into())
        );
    }

    #[test]
    fn what_is_no_plain_http_url_is_refused() {
        for url in [
            "example.com",
            "ftp://example.com",
            "http://",
            "http://a@b/",
            "http://a/b c",
            "http://a/\r\nX: y",
        ] {
            assert!(matches!(parse(url), Err(HttpError::Request(_))), "{url}");
        }
    }
}
