//! Header fields: which a guest may set, and which the host adds.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error, Result};

use super::policy::Destination;

/// The field that carries the attempt's idempotency key
/// (draft-ietf-httpapi-idempotency-key-header-07).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// `segue-auth: none` on a request of a guest: it goes without the attempt's authentication (a
/// document that describes a service is public, the service is not). Never sent.
const AUTH: HeaderName = HeaderName::from_static("segue-auth");

/// Takes the field out, and says whether it asks for no authentication.
pub(super) fn take_anonymous(headers: &mut HeaderMap) -> bool {
    headers.remove(AUTH).is_some_and(|value| value == "none")
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
    fn the_wish_for_no_authentication_is_not_sent() {
        let mut headers = HeaderMap::new();
        assert!(!take_anonymous(&mut headers));
        headers.insert(AUTH, HeaderValue::from_static("none"));
        assert!(take_anonymous(&mut headers) && headers.is_empty());
        headers.insert(AUTH, HeaderValue::from_static("other"));
        assert!(!take_anonymous(&mut headers) && headers.is_empty());
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
