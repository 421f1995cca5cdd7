//! The members of an authentication, read once per attempt: placeholders are replaced, secrets
//! revealed, and what cannot work is refused before the guest runs.

use segue_model::context::{AuthMembers, Authentication};
use segue_model::ir::AuthScheme;
use segue_model::problem::Kind;
use segue_model::{Outcome, Problem};
use serde_json::Value;
use zeroize::Zeroizing;

use super::client::{Client, ClientMethod, Encoding};
use crate::secrets::{Coding, Placeholders, Redactor, SecretSource, SecretValue, reveal};

/// The most scopes, audiences or issuers of one authentication.
const LIST_MAX: usize = 64;
/// Where authorities keep their token endpoint unless told otherwise.
const TOKEN_PATH_DEFAULT: &str = "/oauth2/token";
/// The only grant that needs no person.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// What proves who a request comes from.
pub(super) enum Credentials {
    Basic(Login),
    Bearer(Zeroizing<String>),
    Digest(Login),
    /// OAuth 2 and OpenID Connect: a token is fetched.
    Client(Box<Client>),
}

/// A name and a password.
pub(super) struct Login {
    pub(super) user: Zeroizing<String>,
    pub(super) password: Zeroizing<String>,
}

/// Reads the members.
///
/// # Errors
///
/// The outcome of the attempt: `authorization` for a secret or member that is missing,
/// `configuration` for members that cannot work.
pub(super) async fn read(
    auth: &Authentication,
    source: &dyn SecretSource,
    placeholders: Option<&Placeholders>,
    redactor: &Redactor,
) -> Result<Credentials, Box<Outcome>> {
    let revealed;
    let members = match &auth.from {
        AuthMembers::Inline(payload) => Members {
            value: payload.value(),
            secret: None,
            placeholders,
            redactor,
        },
        AuthMembers::Secret(name) => {
            revealed = Revealed(name, reveal(source, name).await?);
            Members {
                value: revealed.1.value(),
                secret: Some(revealed.0),
                placeholders: None,
                redactor,
            }
        }
    };
    members.credentials(auth.scheme).map_err(|problem| {
        Box::new(Outcome::StepError {
            problem,
            retryable: false,
            retry_after_ms: None,
        })
    })
}

struct Revealed<'a>(&'a str, SecretValue);

struct Members<'a> {
    value: &'a Value,
    /// The secret that they come from.
    secret: Option<&'a str>,
    placeholders: Option<&'a Placeholders>,
    redactor: &'a Redactor,
}

type Found<T> = Result<T, Problem>;

impl Members<'_> {
    fn credentials(&self, scheme: AuthScheme) -> Found<Credentials> {
        Ok(match scheme {
            AuthScheme::Basic => Credentials::Basic(self.login()?),
            AuthScheme::Digest => Credentials::Digest(self.login()?),
            AuthScheme::Bearer => Credentials::Bearer(self.confidential("/token")?),
            AuthScheme::Oauth2 => Credentials::Client(Box::new(self.client(false)?)),
            AuthScheme::Oidc => Credentials::Client(Box::new(self.client(true)?)),
        })
    }

    fn login(&self) -> Found<Login> {
        Ok(Login {
            user: self.text("/username")?,
            password: self.confidential("/password")?,
        })
    }

    fn client(&self, discovery: bool) -> Found<Client> {
        let grant = self.optional("/grant")?;
        if grant
            .as_ref()
            .is_some_and(|grant| grant.as_str() != CLIENT_CREDENTIALS)
        {
            return Err(self.unusable("/grant", "only `client_credentials` is supported"));
        }
        let authority = self.text("/authority")?;
        let path = self.optional("/endpoints/token")?;
        let token = path.map_or_else(|| TOKEN_PATH_DEFAULT.to_owned(), |path| path.to_string());
        let method = self.optional("/client/authentication")?;
        let method = match method.as_ref().map_or("client_secret_post", |m| m.as_str()) {
            "client_secret_basic" => ClientMethod::Basic(self.confidential("/client/secret")?),
            "client_secret_post" => ClientMethod::Post(self.confidential("/client/secret")?),
            "client_secret_jwt" => ClientMethod::Jwt(self.confidential("/client/secret")?),
            "private_key_jwt" => ClientMethod::Assertion(self.confidential("/client/assertion")?),
            "none" => ClientMethod::None,
            _ => return Err(self.unusable("/client/authentication", "no known method")),
        };
        let encoding = self.optional("/request/encoding")?;
        let form = "application/x-www-form-urlencoded";
        let encoding = match encoding.as_ref().map_or(form, |e| e.as_str()) {
            "application/json" => Encoding::Json,
            text if text == form => Encoding::Form,
            _ => return Err(self.unusable("/request/encoding", "neither a form nor JSON")),
        };
        Ok(Client {
            authority: authority.trim_end_matches('/').to_owned(),
            token: (!discovery).then_some(token),
            id: match method {
                // The assertion says who it is.
                ClientMethod::Assertion(_) => self.optional("/client/id")?,
                _ => Some(self.text("/client/id")?),
            },
            method,
            encoding,
            scopes: self.list("/scopes")?,
            audiences: self.list("/audiences")?,
            issuers: self.list("/issuers")?,
        })
    }

    fn list(&self, at: &str) -> Found<Vec<String>> {
        let texts = match self.value.pointer(at) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= LIST_MAX => items.as_slice(),
            Some(_) => return Err(self.unusable(at, "a list of at most 64 texts is expected")),
        };
        let text = |value: &Value| match self.resolved(value) {
            Some(text) => Ok(text.to_string()),
            None => Err(self.unusable(at, "texts are expected")),
        };
        texts.iter().map(text).collect()
    }

    /// A member that nobody may see. What stands in a secret is learned here; what is inline
    /// was learned with its placeholders, and what has none is no secret.
    fn confidential(&self, at: &str) -> Found<Zeroizing<String>> {
        let text = self.text(at)?;
        if self.secret.is_some() {
            self.redactor.learn(&text);
        }
        Ok(text)
    }

    fn text(&self, at: &str) -> Found<Zeroizing<String>> {
        match self.optional(at)? {
            Some(text) => Ok(text),
            None => Err(self.missing(at)),
        }
    }

    fn optional(&self, at: &str) -> Found<Option<Zeroizing<String>>> {
        match self.value.pointer(at) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match self.resolved(value) {
                Some(text) => Ok(Some(text)),
                None => Err(self.unusable(at, "a text is expected")),
            },
        }
    }

    fn resolved(&self, value: &Value) -> Option<Zeroizing<String>> {
        let text = value.as_str()?;
        let replaced = self
            .placeholders
            .and_then(|p| p.rules(Coding::Raw).text(text));
        Some(Zeroizing::new(replaced.unwrap_or_else(|| text.to_owned())))
    }

    fn missing(&self, at: &str) -> Problem {
        let member = dotted(at);
        match self.secret {
            Some(name) => Problem::new(
                Kind::Authorization,
                format!(
                    "the secret `{name}` has no member `{member}`, which the authentication needs; store it as a JSON object that has one"
                ),
            ),
            None => Problem::new(
                Kind::Configuration,
                format!("the authentication has no `{member}`"),
            ),
        }
    }

    fn unusable(&self, at: &str, why: &str) -> Problem {
        let whose = match self.secret {
            Some(name) => format!("the secret `{name}`"),
            None => "the authentication".to_owned(),
        };
        let detail = format!("`{}` of {whose} cannot be used: {why}", dotted(at));
        Problem::new(Kind::Configuration, detail)
    }
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::secrets::tests::Table;
    use segue_model::Payload;
    use serde_json::json;

    pub(in super::super) async fn credentials(
        scheme: AuthScheme,
        members: Value,
    ) -> Result<Credentials, Box<Outcome>> {
        let auth = Authentication {
            scheme,
            from: AuthMembers::Inline(Payload::new(members)),
        };
        read(&auth, &Table(json!({})), None, &Redactor::default()).await
    }

    fn problem(found: Result<Credentials, Box<Outcome>>) -> Problem {
        match found.map_err(|outcome| *outcome) {
            Err(Outcome::StepError { problem, .. }) => problem,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("usable"),
        }
    }

    #[tokio::test]
    async fn a_secret_gives_the_members_and_its_confidential_ones_are_learned() {
        let source = Table(json!({"login": {"username": "alice", "password": "wonderland"}}));
        let auth = Authentication {
            scheme: AuthScheme::Basic,
            from: AuthMembers::Secret("login".to_owned()),
        };
        let redactor = Redactor::default();
        let found = read(&auth, &source, None, &redactor).await;
        let Ok(Credentials::Basic(login)) = found else {
            panic!("no login")
        };
        assert_eq!(
            (login.user.as_str(), login.password.as_str()),
            ("alice", "wonderland")
        );
        assert_eq!(redactor.text("alice wonderland"), "alice [redacted]");
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let source = Table(json!({"login": {"username": "alice"}, "text": "x"}));
        for (name, want) in [
            ("login", "password"),
            ("text", "username"),
            ("gone", "`gone`"),
        ] {
            let auth = Authentication {
                scheme: AuthScheme::Digest,
                from: AuthMembers::Secret(name.to_owned()),
            };
            let problem = problem(read(&auth, &source, None, &Redactor::default()).await);
            assert!(problem.is(Kind::Authorization), "{problem:?}");
            assert!(problem.detail.unwrap().contains(want));
        }
        let inline = problem(credentials(AuthScheme::Bearer, json!({"token": null})).await);
        assert!(inline.is(Kind::Configuration), "{inline:?}");
    }

    #[tokio::test]
    async fn a_client_has_the_defaults_of_the_language() {
        let members = json!({"authority": "https://id.test/realm/", "client": {"id": "me", "secret": "s3cret"}});
        let found = credentials(AuthScheme::Oauth2, members.clone()).await;
        let Ok(Credentials::Client(client)) = found else {
            panic!("no client")
        };
        assert_eq!(client.authority, "https://id.test/realm");
        assert_eq!(client.token.as_deref(), Some("/oauth2/token"));
        assert!(matches!(client.method, ClientMethod::Post(_)));
        let found = credentials(AuthScheme::Oidc, members).await;
        assert!(matches!(found, Ok(Credentials::Client(client)) if client.token.is_none()));
    }

    #[tokio::test]
    async fn what_cannot_work_is_refused_with_its_member() {
        let with = |at: &str, value: Value| {
            let mut members = json!({"authority": "https://id.test", "client": {"id": "me", "secret": "s"}, "request": {}});
            let (above, name) = at.rsplit_once('/').unwrap();
            members.pointer_mut(above).unwrap()[name] = value;
            members
        };
        for (at, value, want) in [
            ("/grant", json!("password"), "`grant`"),
            (
                "/client/authentication",
                json!("tls"),
                "`client.authentication`",
            ),
            (
                "/client/authentication",
                json!("private_key_jwt"),
                "`client.assertion`",
            ),
            (
                "/request/encoding",
                json!("text/plain"),
                "`request.encoding`",
            ),
            ("/scopes", json!("a b"), "`scopes`"),
            ("/client/id", json!(7), "`client.id`"),
        ] {
            let problem = problem(credentials(AuthScheme::Oauth2, with(at, value)).await);
            assert!(
                problem.detail.as_ref().unwrap().contains(want),
                "{problem:?}"
            );
        }
    }
}
