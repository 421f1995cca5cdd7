//! Authentication: a policy that is written out, one of `use.authentications`, or a secret.

use segue_expr::{Embedding, embedding};
use segue_model::ir::{Auth, AuthScheme, AuthSource, Template};

use super::Cx;
use super::endpoint::{address, uri};
use super::expression::refuse_expression;
use super::reuse::Library;
use super::scope::{Env, Secrets};
use super::secrets;
use super::template::{object_of, template};
use crate::Purpose;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{Fields, Shape, text, wrong_type};
use crate::yaml::{Kind, Node};

const REFERENCE: Shape = Shape {
    what: "an authentication",
    keys: &["use", "basic", "bearer", "digest", "oauth2", "oidc"],
    unsupported: &[],
};
const POLICY: Shape = Shape {
    what: "an authentication of `use.authentications`",
    keys: &["basic", "bearer", "digest", "oauth2", "oidc"],
    unsupported: &[],
};
const PASSWORD: Shape = Shape {
    what: "this authentication",
    keys: &["use", "username", "password"],
    unsupported: &[],
};
const BEARER: Shape = Shape {
    what: "`bearer`",
    keys: &["use", "token"],
    unsupported: &[],
};
const OAUTH2: Shape = Shape {
    what: "`oauth2`",
    keys: &[
        "use",
        "authority",
        "endpoints",
        "grant",
        "client",
        "request",
        "issuers",
        "scopes",
        "audiences",
        "username",
        "password",
        "subject",
        "actor",
    ],
    unsupported: &[],
};
const OIDC: Shape = Shape {
    what: "`oidc`",
    keys: &[
        "use",
        "authority",
        "grant",
        "client",
        "request",
        "issuers",
        "scopes",
        "audiences",
        "username",
        "password",
        "subject",
        "actor",
    ],
    unsupported: &[],
};
const ENDPOINTS: Shape = Shape {
    what: "`endpoints`",
    keys: &["token", "revocation", "introspection"],
    unsupported: &[],
};
const CLIENT: Shape = Shape {
    what: "`client`",
    keys: &["id", "secret", "assertion", "authentication"],
    unsupported: &[],
};
const REQUEST: Shape = Shape {
    what: "`request`",
    keys: &["encoding"],
    unsupported: &[],
};

const SCHEMES: [AuthScheme; 5] = [
    AuthScheme::Basic,
    AuthScheme::Bearer,
    AuthScheme::Digest,
    AuthScheme::Oauth2,
    AuthScheme::Oidc,
];
/// The grant that works without a person.
const GRANT: &str = "client_credentials";
/// The other grants of the language.
const OTHER_GRANTS: [&str; 4] = [
    "authorization_code",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];
/// Members that only the other grants have a use for.
const OF_OTHER_GRANTS: [&str; 4] = ["username", "password", "subject", "actor"];
const CLIENT_AUTHENTICATIONS: [&str; 5] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
];
const ENCODINGS: [&str; 2] = ["application/x-www-form-urlencoded", "application/json"];

type Members = Vec<(String, Template)>;

/// `authentication`, where a call has one.
pub(crate) fn authentication(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Auth> {
    let env = env.with(Secrets::Inside);
    let fields = Fields::read(&mut cx.sink, node, &REFERENCE)?;
    let Some(name) = fields.get("use") else {
        return scheme(cx, node, env);
    };
    if node.len() > 1 {
        let message = "`use` stands alone: it names one of `use.authentications`";
        cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        return None;
    }
    let value = text(&mut cx.sink, name, "the name of an authentication")?;
    let help = "name one of `use.authentications`";
    if refuse_expression(cx, name, "the name of an authentication", help) {
        return None;
    }
    cx.named(Library::Authentications, name, value, |cx, node| {
        policy(cx, node, env)
    })
}

/// A policy of `use.authentications`.
pub(crate) fn policy(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Auth> {
    Fields::read(&mut cx.sink, node, &POLICY)?;
    scheme(cx, node, env.with(Secrets::Inside))
}

fn scheme(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Auth> {
    let mut found = SCHEMES
        .into_iter()
        .filter_map(|scheme| Some((scheme, node.get(scheme.name())?)));
    let (Some((scheme, members)), None) = (found.next(), found.next()) else {
        let message =
            "an authentication has exactly one of `basic`, `bearer`, `digest`, `oauth2` and `oidc`";
        cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        return None;
    };
    let shape = match scheme {
        AuthScheme::Basic | AuthScheme::Digest => &PASSWORD,
        AuthScheme::Bearer => &BEARER,
        AuthScheme::Oauth2 => &OAUTH2,
        AuthScheme::Oidc => &OIDC,
    };
    let fields = Fields::read(&mut cx.sink, members, shape)?;
    let from = match fields.get("use") {
        Some(name) => AuthSource::Secret(secret(cx, members, name)?),
        None => AuthSource::Members(match scheme {
            AuthScheme::Basic | AuthScheme::Digest => {
                texts(cx, fields, &["username", "password"], env)
            }
            AuthScheme::Bearer => texts(cx, fields, &["token"], env),
            AuthScheme::Oauth2 | AuthScheme::Oidc => oauth(cx, fields, env),
        }?),
    };
    Some(Auth { scheme, from })
}

/// `{ use: secret }`: the secret is an object with the members of the scheme.
fn secret(cx: &mut Cx<'_>, members: Node<'_>, name: Node<'_>) -> Option<String> {
    if members.len() > 1 {
        let message = "`use` stands alone: the secret holds all members of the authentication";
        cx.emit(Diagnostic::error(Code::InvalidValue, members, message));
        return None;
    }
    let value = text(&mut cx.sink, name, "the name of a secret")?;
    let help = "name one of `use.secrets`";
    if refuse_expression(cx, name, "the name of a secret", help) {
        return None;
    }
    secrets::named(cx, name, name.mark(), value)?;
    Some(value.to_owned())
}

/// An object of required texts.
fn texts(cx: &mut Cx<'_>, fields: Fields<'_>, keys: &[&str], env: Env<'_>) -> Option<Template> {
    let members = keys.iter().map(|key| {
        let node = fields.require(&mut cx.sink, key)?;
        Some(((*key).to_owned(), member(cx, node, key, env)?))
    });
    let members: Vec<_> = members.collect();
    let members: Members = members.into_iter().collect::<Option<_>>()?;
    Some(object_of(members))
}

/// A text that may be computed. One that keeps a secret should be.
fn member(cx: &mut Cx<'_>, node: Node<'_>, key: &str, env: Env<'_>) -> Option<Template> {
    let value = text(&mut cx.sink, node, &format!("`{key}`"))?;
    let is_secret = matches!(key, "password" | "token" | "secret" | "assertion");
    if is_secret && matches!(embedding(value), Embedding::None) {
        let message = format!("this `{key}` stands in the document, for everybody who may read it");
        let found = Diagnostic::warning(Code::PlainSecret, node, message);
        let help = format!(
            "keep it in a secret: `{key}: ${{ $secrets.name }}`, with its name in `use.secrets`"
        );
        cx.emit(found.help(help));
        return Some(Template::Literal(node.to_json()));
    }
    template(cx, node, env)
}

fn oauth(cx: &mut Cx<'_>, fields: Fields<'_>, env: Env<'_>) -> Option<Template> {
    let authority = fields.require(&mut cx.sink, "authority");
    let authority =
        authority.and_then(|node| address(cx, node, "`authority`", Purpose::Authority, env));
    let grant = fields.require(&mut cx.sink, "grant");
    let grant = grant.and_then(|node| grant_type(cx, node));
    let client = fields.require(&mut cx.sink, "client");
    let client = client.and_then(|node| client_of(cx, node, env));
    let mut members = vec![
        Some(("authority".to_owned(), authority?)),
        Some(("grant".to_owned(), grant?)),
        Some(("client".to_owned(), client?)),
    ];
    let mut add = |cx: &mut Cx<'_>, key: &str, lower: Lower| {
        if let Some(node) = fields.get(key) {
            members.push(lower(cx, node, key, env).map(|value| (key.to_owned(), value)));
        }
    };
    add(cx, "endpoints", endpoints);
    add(cx, "request", request);
    for key in ["issuers", "scopes", "audiences"] {
        add(cx, key, list);
    }
    for key in OF_OTHER_GRANTS {
        if let Some(node) = fields.get(key) {
            let message = format!("`{key}` has no effect: the grant `{GRANT}` does not use it");
            let span = node.key_span().unwrap_or_else(|| node.mark());
            cx.emit(Diagnostic::warning(Code::NoEffect, node, message).at(span));
        }
    }
    Some(object_of(members.into_iter().collect::<Option<_>>()?))
}

type Lower = fn(&mut Cx<'_>, Node<'_>, &str, Env<'_>) -> Option<Template>;

fn grant_type(cx: &mut Cx<'_>, node: Node<'_>) -> Option<Template> {
    let grant = text(&mut cx.sink, node, "`grant`")?;
    if refuse_expression(cx, node, "`grant`", "write `grant: client_credentials`") {
        return None;
    }
    if grant == GRANT {
        return Some(Template::Literal(node.to_json()));
    }
    let found = if OTHER_GRANTS.contains(&grant) {
        let message = format!("the grant {} is not supported", shown(grant));
        let help = "the host acts for the workflow, without a person and without a token of one: \
                    use `client_credentials`, or hand the token on with `bearer`";
        Diagnostic::error(Code::Unsupported, node, message).help(help)
    } else {
        let message = format!("{} is no grant of the language", shown(grant));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        found.help("write `grant: client_credentials`")
    };
    cx.emit(found);
    None
}

fn client_of(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Template> {
    let fields = Fields::read(&mut cx.sink, node, &CLIENT)?;
    if fields.get("assertion").is_none() {
        fields.require(&mut cx.sink, "id")?;
    }
    let members = node.fields().map(|field| {
        let value = match field.key {
            "authentication" => one_of(cx, field.value, field.key, &CLIENT_AUTHENTICATIONS),
            key => member(cx, field.value, key, env),
        };
        Some((field.key.to_owned(), value?))
    });
    let members: Vec<_> = members.collect();
    Some(object_of(members.into_iter().collect::<Option<_>>()?))
}

fn endpoints(cx: &mut Cx<'_>, node: Node<'_>, _: &str, env: Env<'_>) -> Option<Template> {
    Fields::read(&mut cx.sink, node, &ENDPOINTS)?;
    let members = node.fields().map(|field| {
        let value = uri(cx, field.value, &format!("`{}`", field.key), env)?;
        Some((field.key.to_owned(), value))
    });
    let members: Vec<_> = members.collect();
    Some(object_of(members.into_iter().collect::<Option<_>>()?))
}

fn request(cx: &mut Cx<'_>, node: Node<'_>, _: &str, _: Env<'_>) -> Option<Template> {
    let fields = Fields::read(&mut cx.sink, node, &REQUEST)?;
    let Some(encoding) = fields.get("encoding") else {
        return Some(object_of(Vec::new()));
    };
    let encoding = one_of(cx, encoding, "encoding", &ENCODINGS)?;
    Some(object_of(vec![("encoding".to_owned(), encoding)]))
}

fn list(cx: &mut Cx<'_>, node: Node<'_>, key: &str, env: Env<'_>) -> Option<Template> {
    if !matches!(node.kind(), Kind::Array) {
        wrong_type(
            &mut cx.sink,
            node,
            &format!("`{key}`"),
            "an array of strings",
        );
        return None;
    }
    let what = format!("an item of `{key}`");
    let texts = node
        .items()
        .map(|item| text(&mut cx.sink, item, &what).map(|_| ()));
    let texts: Vec<_> = texts.collect();
    texts.into_iter().collect::<Option<()>>()?;
    template(cx, node, env)
}

/// A fixed text out of a few.
pub(crate) fn one_of(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    key: &str,
    known: &[&'static str],
) -> Option<Template> {
    choice(cx, node, key, known)?;
    Some(Template::Literal(node.to_json()))
}

/// A fixed text out of a few.
pub(crate) fn choice(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    key: &str,
    known: &[&'static str],
) -> Option<&'static str> {
    let what = format!("`{key}`");
    let value = text(&mut cx.sink, node, &what)?;
    let list: Vec<String> = known.iter().map(|one| format!("`{one}`")).collect();
    let list = list.join(", ");
    if refuse_expression(cx, node, &what, &format!("it is one of {list}")) {
        return None;
    }
    let found = known.iter().copied().find(|one| *one == value);
    if found.is_none() {
        let message = format!("`{key}` cannot be {}", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(match did_you_mean(value, known.iter().copied()) {
            Some(one) => found.help(format!("did you mean `{one}`?")),
            None => found.help(format!("it is one of {list}")),
        });
    }
    found
}
