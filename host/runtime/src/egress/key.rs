//! The idempotency keys of a step's requests: stable over attempts, different between
//! different requests.

use std::collections::HashMap;

use http::{Method, Uri};
use segue_model::Digest;

/// Mints `<key>-<method and URL>-<ordinal>`: the second attempt of a step mints the same
/// keys as the first as long as it sends the same requests, in whatever order it sends
/// requests to different URLs.
#[derive(Debug)]
pub(super) struct KeyMint {
    key: String,
    /// How many requests went to each method and URL.
    sent: HashMap<String, u32>,
}

impl KeyMint {
    pub(super) fn new(key: &str) -> Self {
        KeyMint {
            key: key.to_owned(),
            sent: HashMap::new(),
        }
    }

    pub(super) fn mint(&mut self, method: &Method, uri: &Uri) -> String {
        let request = Digest::of(format!("{method} {uri}").as_bytes()).short();
        // At most as many entries as requests, which are limited.
        let ordinal = self.sent.entry(request.clone()).or_insert(0);
        *ordinal = ordinal.saturating_add(1);
        format!("{}-{request}-{ordinal}", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_method_url_and_ordinal_not_order() {
        let (a, b): (Uri, Uri) = ("http://a/x".parse().unwrap(), "http://a/y".parse().unwrap());
        let mut first = KeyMint::new("k");
        let a1 = first.mint(&Method::POST, &a);
        let b1 = first.mint(&Method::POST, &b);
        let a2 = first.mint(&Method::POST, &a);
        let mut second = KeyMint::new("k");
        assert_eq!(second.mint(&Method::POST, &b), b1);
        assert_eq!(second.mint(&Method::POST, &a), a1);
        assert_eq!(second.mint(&Method::POST, &a), a2);
        assert!(a1.starts_with("k-") && a1 != a2 && a1 != b1);
        assert_ne!(second.mint(&Method::GET, &b), b1);
    }
}
