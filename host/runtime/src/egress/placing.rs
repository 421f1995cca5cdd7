//! Values in the place of placeholders: in paths, queries and header fields. Bodies follow in
//! [`super::outgoing`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Uri};
use zeroize::Zeroizing;

use crate::secrets::{Coding, Placeholders, Redactor};

/// Replaces in the head of a request; the error says where a value does not fit.
pub(super) fn place<B>(
    request: &mut Request<B>,
    placeholders: &Placeholders,
    redactor: &Redactor,
) -> Result<(), &'static str> {
    let uri = in_uri(request.uri(), placeholders).ok_or("a URL")?;
    if let Some(uri) = uri {
        *request.uri_mut() = uri;
    }
    in_headers(request.headers_mut(), placeholders, redactor)
}

/// The URI with values in path and query; `Some(None)` where it has no placeholder. The
/// authority is left alone: it was checked against the grants.
#[expect(clippy::option_option, reason = "changed, unchanged, impossible")]
fn in_uri(uri: &Uri, placeholders: &Placeholders) -> Option<Option<Uri>> {
    let path = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let Some(placed) = placeholders.rules(Coding::Percent).text(path) else {
        return Some(None);
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(placed.parse().ok()?);
    Uri::from_parts(parts).ok().map(Some)
}

fn in_headers(
    headers: &mut HeaderMap,
    placeholders: &Placeholders,
    redactor: &Redactor,
) -> Result<(), &'static str> {
    let raw = placeholders.rules(Coding::Raw);
    for (name, value) in headers.iter_mut() {
        let placed = match basic(value).filter(|_| *name == AUTHORIZATION) {
            Some(pair) => raw.whole(&pair).map(|pair| {
                let encoded = STANDARD.encode(&*Zeroizing::new(pair));
                redactor.learn(&encoded);
                format!("Basic {encoded}").into_bytes()
            }),
            None => raw.whole(value.as_bytes()),
        };
        if let Some(placed) = placed {
            *value = HeaderValue::from_bytes(&placed).map_err(|_| "a header field")?;
            value.set_sensitive(true);
        }
    }
    Ok(())
}

/// The name and password of basic credentials: a guest that makes them itself encodes the
/// placeholder.
fn basic(value: &HeaderValue) -> Option<Vec<u8>> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    is_basic.then(|| STANDARD.decode(encoded.trim()).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::tests::Table;
    use segue_model::SecretPath;
    use segue_model::secret::SecretBinding;
    use serde_json::json;

    async fn placeholders(value: &str, redactor: &Redactor) -> Placeholders {
        let binding = SecretBinding {
            placeholder: "segue-secret-0a".to_owned(),
            path: SecretPath::whole("key"),
        };
        let source = Table(json!({"key": value}));
        let mut invocation = crate::egress::tests::invocation();
        invocation.input = segue_model::Payload::new(json!("segue-secret-0a"));
        invocation.secrets = vec![binding];
        let found = Placeholders::reveal(&source, &invocation, redactor);
        found.await.unwrap().unwrap()
    }

    async fn placed(value: &str, uri: &str, field: &str) -> Result<Request<()>, &'static str> {
        let mut request = Request::get(uri)
            .header(AUTHORIZATION, field)
            .body(())
            .unwrap();
        let redactor = Redactor::default();
        let placeholders = placeholders(value, &redactor).await;
        place(&mut request, &placeholders, &redactor).map(|()| request)
    }

    #[tokio::test]
    async fn paths_and_queries_are_encoded_and_authorities_left_alone() {
        let uri = "http://segue-secret-0a:80/a/segue-secret-0a?k=segue-secret-0a&n=1";
        let request = placed("x/y&z ?", uri, "none").await.unwrap();
        assert_eq!(
            request.uri().to_string(),
            "http://segue-secret-0a:80/a/x%2Fy%26z%20%3F?k=x%2Fy%26z%20%3F&n=1"
        );
    }

    #[tokio::test]
    async fn fields_take_the_value_as_it_is() {
        let request = placed("t0ken", "http://a/", "Bearer segue-secret-0a")
            .await
            .unwrap();
        let field = &request.headers()[AUTHORIZATION];
        assert_eq!(field, "Bearer t0ken");
        assert!(field.is_sensitive());
        let smuggled = placed("a\r\nx: y", "http://a/", "Bearer segue-secret-0a").await;
        assert_eq!(smuggled.unwrap_err(), "a header field");
    }

    #[tokio::test]
    async fn basic_credentials_are_looked_into() {
        let field = format!("Basic {}", STANDARD.encode("alice:segue-secret-0a"));
        let request = placed("wonderland", "http://a/", &field).await.unwrap();
        let want = format!("Basic {}", STANDARD.encode("alice:wonderland"));
        assert_eq!(request.headers()[AUTHORIZATION], want.as_str());
    }
}
