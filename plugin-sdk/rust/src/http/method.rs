//! The method of a request.

use std::fmt;
use std::str::FromStr;

use super::HttpError;

/// The method of a request (RFC 9110, section 9).
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are those of RFC 9110")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    /// Any other, in upper case, for example `PROPFIND`.
    Other(String),
}

impl Method {
    /// The name as it is sent.
    pub fn as_str(&self) -> &str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
            Method::Other(name) => name,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = HttpError;

    /// Reads a method in any case. `CONNECT` and `TRACE` are refused, as the host does: they
    /// turn a connection into something else, or echo what it carries.
    fn from_str(text: &str) -> Result<Self, HttpError> {
        let name = text.to_ascii_uppercase();
        Ok(match name.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            "OPTIONS" => Method::Options,
            "CONNECT" | "TRACE" => {
                return Err(HttpError::Request(format!("the method {name} is not sent")));
            }
            _ if is_token(&name) => Method::Other(name),
            _ => return Err(HttpError::Request(format!("`{text}` is no HTTP method"))),
        })
    }
}

/// Whether a text is a token (RFC 9110, section 5.6.2), as methods and the names of headers are.
fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read_in_any_case() {
        assert_eq!("get".parse(), Ok(Method::Get));
        assert_eq!("Patch".parse(), Ok(Method::Patch));
        assert_eq!(
            "propfind".parse::<Method>().map(|m| m.to_string()),
            Ok("PROPFIND".to_owned())
        );
    }

    #[test]
    fn what_is_no_method_or_not_sent_is_refused() {
        for text in ["", "GET /", "connect", "TRACE"] {
            assert!(text.parse::<Method>().is_err(), "{text}");
        }
    }
}
