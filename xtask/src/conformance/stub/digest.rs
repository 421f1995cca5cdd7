//! Digest access authentication (RFC 7616), as a server checks it.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::accounts::welcome;
use crate::exchange::{Answer, Request};

/// A server may use a nonce for as long as it wants; this one lasts for ever.
const NONCE: &str = "dcd98b7102dd2f0e8b11d0f600bfb0c0";
const REALM: &str = "me@suite.test";

/// Challenges, or lets in.
pub(super) fn answer(
    request: &Request,
    qop: &str,
    user: &str,
    password: &str,
    algorithm: &str,
) -> Answer {
    let given = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Digest "));
    if given.is_some_and(|given| holds(request, given, user, password, algorithm)) {
        return welcome(user);
    }
    let challenge = format!(
        "Digest realm=\"{REALM}\", nonce=\"{NONCE}\", qop=\"{qop}\", opaque=\"suite\", algorithm={algorithm}, stale=FALSE"
    );
    Answer::text(401, "who are you?").with("www-authenticate", &challenge)
}

fn holds(request: &Request, given: &str, user: &str, password: &str, algorithm: &str) -> bool {
    let hash = match algorithm {
        "MD5" => hex::<Md5>,
        "SHA-256" => hex::<Sha256>,
        _ => return false,
    };
    let member = |name: &str| member(given, name).unwrap_or_default();
    let secret = hash(&format!("{user}:{REALM}:{password}"));
    let asked = hash(&format!("{}:{}", request.method, member("uri")));
    let (nonce, count, own) = (member("nonce"), member("nc"), member("cnonce"));
    let expected = match member("qop").as_str() {
        "" => hash(&format!("{secret}:{nonce}:{asked}")),
        qop => hash(&format!("{secret}:{nonce}:{count}:{own}:{qop}:{asked}")),
    };
    let (path, _) = split(&member("uri"));
    member("username") == user
        && nonce == NONCE
        && path == request.path
        && member("response") == expected
}

fn split(uri: &str) -> (String, String) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    (path.to_owned(), query.to_owned())
}

/// `name="value"` or `name=value` of a header that is a list of these.
fn member(header: &str, name: &str) -> Option<String> {
    header.split(',').find_map(|part| {
        let (found, value) = part.trim().split_once('=')?;
        (found == name).then(|| value.trim_matches('"').to_owned())
    })
}

fn hex<D: Digest>(text: &str) -> String {
    let bytes = D::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_computed_as_it_says() {
        // RFC 7616, section 3.9.1, with its SHA-256 answer.
        let secret = hex::<Sha256>("Mufasa:http-auth@example.org:Circle of Life");
        let asked = hex::<Sha256>("GET:/dir/index.html");
        let text = format!(
            "{secret}:7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v:00000001:f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ:auth:{asked}"
        );
        assert_eq!(
            hex::<Sha256>(&text),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }
}
