//! Header fields: which a guest may set, and which the host adds.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error, Result};

use super::policy::Destination;

/// The field that carries the attempt's idempotency key
/// (draft-ietf-httpapi-idempotency-key-header-07).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// `segue-auth: document` on a request of a guest: it is for the document that describes the
/// service, which has an authentication of its own or none. Never sent.
const AUTH: HeaderName = HeaderName::from_static("segue-auth");

/// What a request of a guest is for, and so which authentication goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The call itself.
    Request,
    /// The document that describes the service.
    Document,
}

/// Takes the field out, and says what the request is for.
pub(super) fn take_use(headers: &mut HeaderMap) -> Use {
    match headers
        .remove(AUTH)
        .is_some_and(|value| value == "document")
    {
        true => Use::Document,
        false => Use::Request,
    }
}

/// Fields that belong to the connection or to a proxy, and so to the host (RFC 9110,
/// section 7.6.1); a guest that could set them could smuggle requests.
pub(super) fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name)
        || *name == header::TE
        || *name == header::TRAILER
        || *name == header::EXPECT
        || name.as_str().starts_with("proxy-")
}

/// Sets `Host` to the checked destination and adds the idempotency key, unless the guest
/// set one of its own.
pub(super) fn prepare(headers: &mut HeaderMap, destination: &Destination, key: &str) -> Result<()> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| Error::InternalError(Some("header".to_owned())))
    };
    headers.insert(header::HOST, value(&destination.host_field())?);
    if !headers.contains_key(IDEMPOTENCY_KEY) {
        headers.insert(IDEMPOTENCY_KEY, value(key)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination() -> Destination {
        Destination::of(&"http://pay.test:99/".parse().unwrap()).unwrap()
    }

    #[test]
    fn connection_and_proxy_fields_are_the_hosts() {
        for name in [
            "host",
            "connection",
            "proxy-anything",
            "te",
            "upgrade",
            "transfer-encoding",
        ] {
            assert!(is_forbidden(&HeaderName::from_static(name)), "{name}");
        }
        assert!(!is_forbidden(&HeaderName::from_static("content-type")));
        assert!(!is_forbidden(&IDEMPOTENCY_KEY));
    }

    #[test]
    fn what_a_request_is_for_is_not_sent() {
        let mut headers = HeaderMap::new();
        assert_eq!(take_use(&mut headers), Use::Request);
        headers.insert(AUTH, HeaderValue::from_static("document"));
        assert_eq!(take_use(&mut headers), Use::Document);
        assert!(headers.is_empty());
        headers.insert(AUTH, HeaderValue::from_static("other"));
        assert_eq!(take_use(&mut headers), Use::Request);
        assert!(headers.is_empty());
    }

    #[test]
    fn the_key_is_added_and_a_guests_own_is_kept() {
        let mut headers = HeaderMap::new();
        prepare(&mut headers, &destination(), "k-1").unwrap();
        assert_eq!(headers["idempotency-key"], "k-1");
        assert_eq!(headers["host"], "pay.test:99");
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_static("mine"));
        prepare(&mut headers, &destination(), "k-2").unwrap();
        assert_eq!(headers["idempotency-key"], "mine");
    }
}
