//! Digest access authentication (RFC 7616): one challenge, and the responses to it.

use http::HeaderMap;
use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512_256};
use zeroize::Zeroizing;

use super::challenge::{Challenge, challenges};
use super::members::Login;

/// Nonces, realms and opaque data longer than this are no challenge that we answer.
const PARAMETER_BYTES_MAX: usize = 4 << 10;

/// A challenge that was accepted, and how often it was answered.
#[derive(Debug)]
pub(super) struct Session {
    algorithm: Algorithm,
    session: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// `qop=auth`; without it the server is of RFC 2069's age.
    qop: bool,
    userhash: bool,
    count: u32,
}

/// In the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
    Sha512_256,
}

/// What is being requested.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// As it stands in the request line.
    pub(super) target: &'a str,
    /// Random, of this answer alone.
    pub(super) cnonce: &'a str,
}

impl Algorithm {
    fn hash(self, text: &str) -> Zeroizing<String> {
        let bytes: Vec<u8> = match self {
            Algorithm::Md5 => Md5::digest(text).to_vec(),
            Algorithm::Sha256 => Sha256::digest(text).to_vec(),
            Algorithm::Sha512_256 => Sha512_256::digest(text).to_vec(),
        };
        Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512_256 => "SHA-512-256",
        }
    }
}

impl Session {
    /// The strongest challenge of a response that can be answered.
    pub(super) fn of(headers: &HeaderMap) -> Option<Session> {
        let found = challenges(headers);
        let digests = found.iter().filter(|c| c.scheme == "digest");
        digests
            .filter_map(Session::accept)
            .max_by_key(|session| session.algorithm)
    }

    fn accept(challenge: &Challenge) -> Option<Session> {
        let named = challenge.get("algorithm").unwrap_or("MD5");
        let upper = named.to_ascii_uppercase();
        let (base, session) = match upper.strip_suffix("-SESS") {
            Some(base) => (base, true),
            None => (upper.as_str(), false),
        };
        let algorithm = match base {
            "MD5" => Algorithm::Md5,
            "SHA-256" => Algorithm::Sha256,
            "SHA-512-256" => Algorithm::Sha512_256,
            _ => return None,
        };
        let qop = match challenge.get("qop") {
            None => false,
            Some(offered) => {
                let auth = |q: &str| q.trim().eq_ignore_ascii_case("auth");
                if !offered.split(',').any(auth) {
                    return None;
                }
                true
            }
        };
        // A session's key holds the client's nonce, which only `qop` makes known.
        if session && !qop {
            return None;
        }
        let is_true = |value: &str| value.eq_ignore_ascii_case("true");
        let text = |name: &str| {
            let value = challenge
                .get(name)
                .filter(|v| v.len() <= PARAMETER_BYTES_MAX);
            value.map(str::to_owned)
        };
        Some(Session {
            algorithm,
            session,
            realm: text("realm")?,
            nonce: text("nonce")?,
            opaque: text("opaque"),
            qop,
            userhash: challenge.get("userhash").is_some_and(is_true),
            count: 0,
        })
    }

    /// The value of `Authorization` for one request, with the next count.
    pub(super) fn answer(&mut self, login: &Login, asked: &Asked<'_>) -> String {
        self.count = self.count.saturating_add(1);
        let hash = |text: &str| self.algorithm.hash(text);
        let (user, realm, nonce) = (login.user.as_str(), &self.realm, &self.nonce);
        let secret = Zeroizing::new(format!("{user}:{realm}:{}", login.password.as_str()));
        let mut key = hash(&secret);
        if self.session {
            key = hash(&format!("{}:{nonce}:{}", key.as_str(), asked.cnonce));
        }
        let request = hash(&format!("{}:{}", asked.method, asked.target));
        let (key, request) = (key.as_str(), request.as_str());
        let count = format!("{:08x}", self.count);
        let response = if self.qop {
            let cnonce = asked.cnonce;
            hash(&format!("{key}:{nonce}:{count}:{cnonce}:auth:{request}"))
        } else {
            hash(&format!("{key}:{nonce}:{request}"))
        };
        let shown = match self.userhash {
            true => hash(&format!("{user}:{realm}")).to_string(),
            false => user.to_owned(),
        };
        let mut value = format!(
            "Digest {}, realm={}, uri={}, algorithm={}{}, nonce={}, response=\"{}\"",
            username(&shown),
            quoted(realm),
            quoted(asked.target),
            self.algorithm.name(),
            if self.session { "-sess" } else { "" },
            quoted(nonce),
            response.as_str()
        );
        if self.qop {
            value += &format!(", qop=auth, nc={count}, cnonce={}", quoted(asked.cnonce));
        }
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        if self.userhash {
            value += ", userhash=true";
        }
        value
    }
}

/// A name outside of ASCII goes in the extended notation (RFC 7616, section 3.4).
fn username(name: &str) -> String {
    if name.is_ascii() {
        format!("username={}", quoted(name))
    } else {
        format!("username*=UTF-8''{}", crate::secrets::percent(name, "%20"))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::WWW_AUTHENTICATE;

    fn session(fields: &[&str]) -> Option<Session> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(field).unwrap());
        }
        Session::of(&headers)
    }

    fn login(user: &str, password: &str) -> Login {
        Login {
            user: Zeroizing::new(user.to_owned()),
            password: Zeroizing::new(password.to_owned()),
        }
    }

    const RFC_7616: &str = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;

    /// The examples of RFC 7616, section 3.9.1.
    #[test]
    fn the_published_examples_come_out() {
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let mut session =
                session(&[&format!("Digest {RFC_7616}, algorithm={algorithm}")]).unwrap();
            let asked = Asked {
                method: "GET",
                target: "/dir/index.html",
                cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            };
            let value = session.answer(&login("Mufasa", "Circle of Life"), &asked);
            assert!(
                value.contains(&format!("response=\"{response}\"")),
                "{value}"
            );
            assert!(
                value.contains("nc=00000001") && value.contains("qop=auth,"),
                "{value}"
            );
            assert!(value.contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
            assert!(!value.contains("Circle"), "{value}");
        }
    }

    /// The example of RFC 7616, section 3.9.2: SHA-512-256, a name outside of ASCII, hashed.
    /// The RFC's figures are wrong (erratum 4897); the user's hash is the corrected one.
    #[test]
    fn a_hashed_user_name_comes_out() {
        let challenge = r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true"#;
        let mut session = session(&[challenge]).unwrap();
        let asked = Asked {
            method: "GET",
            target: "/doe.json",
            cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        };
        let value = session.answer(&login("J\u{e4}s\u{f8}n Doe", "Secret, or not?"), &asked);
        let user = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b";
        assert!(value.contains(&format!("username=\"{user}\"")), "{value}");
        let response = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
        assert!(
            value.contains(&format!("response=\"{response}\"")),
            "{value}"
        );
        assert!(value.ends_with("userhash=true"), "{value}");
    }

    /// The example of RFC 2069 as corrected by its erratum 749: without `qop`.
    #[test]
    fn an_old_server_gets_an_old_answer() {
        let challenge = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
        let mut session = session(&[challenge]).unwrap();
        let asked = Asked {
            method: "GET",
            target: "/dir/index.html",
            cnonce: "unused",
        };
        let value = session.answer(&login("Mufasa", "CircleOfLife"), &asked);
        assert!(
            value.contains("response=\"1949323746fe6a43ef61f9606e7febea\""),
            "{value}"
        );
        assert!(!value.contains("cnonce"), "{value}");
    }

    #[test]
    fn sessions_keep_their_count_and_use_the_client_nonce() {
        let mut session = session(&[&format!("Digest {RFC_7616}, algorithm=MD5-sess")]).unwrap();
        let mut answer = || {
            let asked = Asked {
                method: "GET",
                target: "/",
                cnonce: "c",
            };
            session.answer(&login("u", "p"), &asked)
        };
        let (first, second) = (answer(), answer());
        assert!(first.contains("algorithm=MD5-sess") && first.contains("nc=00000001"));
        assert!(second.contains("nc=00000002") && first != second);
    }

    #[test]
    fn the_strongest_that_can_be_answered_is_taken() {
        let (md5, sha) = (
            "Digest realm=a, nonce=1, qop=auth",
            "Digest realm=a, nonce=2, qop=auth, algorithm=SHA-256",
        );
        assert_eq!(session(&[md5, sha]).unwrap().nonce, "2");
        assert_eq!(session(&["Basic realm=x", md5]).unwrap().nonce, "1");
        for other in [
            "Digest realm=a, nonce=1, qop=auth-int",
            "Digest realm=a, nonce=1, algorithm=MD5-sess",
            "Digest realm=a, nonce=1, qop=auth, algorithm=SHA3",
            "Digest realm=a, qop=auth",
            "Basic realm=a",
        ] {
            assert!(session(&[other]).is_none(), "{other}");
        }
    }
}
