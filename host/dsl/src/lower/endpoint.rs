//! Endpoints: absolute URLs, as text, as a URI template, or as an expression.

use segue_expr::{Embedding, embedding};
use segue_model::ir::{Auth, Template};
use url::Url;

use super::auth::authentication;
use super::expression::{self, refuse_embedded};
use super::retry::optional;
use super::scope::{Env, Secrets};
use super::{Cx, Origin};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, text};
use crate::yaml::{Kind, Node};
use crate::{EndpointSite, Purpose};

const ENDPOINT: Shape = Shape {
    what: "an endpoint",
    keys: &["uri", "authentication"],
    unsupported: &[],
};

/// An endpoint, and how requests to it prove who they are.
pub(crate) struct Endpoint {
    pub(crate) uri: Template,
    pub(crate) auth: Option<Auth>,
}

/// `endpoint`: an address, or `{ uri, authentication }`.
pub(crate) fn endpoint(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    purpose: Purpose,
    env: Env<'_>,
) -> Option<Endpoint> {
    if !node.is_object() {
        let uri = address(cx, node, "`endpoint`", purpose, env)?;
        return Some(Endpoint { uri, auth: None });
    }
    let fields = Fields::read(&mut cx.sink, node, &ENDPOINT)?;
    let auth = optional(fields.get("authentication"), |node| {
        authentication(cx, node, env)
    });
    // `$authorization` is that of the requests: a document's address comes before them.
    let env = match (purpose, fields.get("authentication")) {
        (Purpose::Request, Some(_)) => env.with(Secrets::Authorized),
        _ => env,
    };
    let uri = fields.require(&mut cx.sink, "uri");
    let uri = uri.and_then(|node| address(cx, node, "`uri`", purpose, env));
    Some(Endpoint {
        uri: uri?,
        auth: auth?,
    })
}

/// An absolute URL. Where it is fixed, it is noted for the deployer.
pub(crate) fn address(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    what: &str,
    purpose: Purpose,
    env: Env<'_>,
) -> Option<Template> {
    let lowered = uri(cx, node, what, env)?;
    let text = match &lowered {
        Template::Uri(text) => text.clone(),
        Template::Literal(_) => node.as_str().unwrap_or_default().to_owned(),
        _ => return Some(lowered),
    };
    // A template that begins with a variable says nothing yet.
    if text.starts_with('{') {
        return Some(lowered);
    }
    match site(&text) {
        Ok(site) => note(cx, node, purpose, site),
        Err(fault) => {
            let message = format!("{} is no address of a service: {fault}", shown(&text));
            let found = Diagnostic::error(Code::InvalidValue, node, message);
            cx.emit(found.help("write an absolute URL: `https://example.com/pets/{petId}`"));
            return None;
        }
    }
    Some(lowered)
}

fn note(cx: &mut Cx<'_>, node: Node<'_>, purpose: Purpose, site: Option<Site>) {
    let Some(Site { scheme, host, port }) = site else {
        return;
    };
    let Origin { span, pointer } = cx.place(node);
    cx.sites.endpoints.push(EndpointSite {
        purpose,
        scheme,
        host,
        port,
        span,
        pointer,
    });
}

struct Site {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// What is fixed of an address; none where its host is a variable.
fn site(text: &str) -> Result<Option<Site>, String> {
    let filled = filled(text);
    let url = Url::parse(&filled).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "it does not begin with `https://`".to_owned(),
        error => error.to_string(),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "its scheme is `{}`, and not `https` or `http`",
            url.scheme()
        ));
    }
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("it holds a user name; use an authentication".to_owned());
    }
    if authority.contains('{') {
        return Ok(None);
    }
    Ok(url.host_str().map(|host| Site {
        scheme: url.scheme().to_owned(),
        host: host.to_owned(),
        port: url.port(),
    }))
}

/// A template with something plain in place of its variables.
fn filled(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut inside = false;
    for c in template.chars() {
        match c {
            '{' => {
                inside = true;
                out.push('1');
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// A URI as text, as a template, or as an expression.
pub(crate) fn uri(cx: &mut Cx<'_>, node: Node<'_>, what: &str, env: Env<'_>) -> Option<Template> {
    let value = text(&mut cx.sink, node, what)?;
    match embedding(value) {
        Embedding::Whole { inner, offset } => {
            expression::compile(cx, node, inner, offset, env).map(Template::Expr)
        }
        Embedding::Embedded => {
            refuse_embedded(cx, node);
            None
        }
        Embedding::None if value.is_empty() || value.contains(char::is_whitespace) => {
            let message = format!("{what} must be a URI, which has no blanks");
            cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
            None
        }
        Embedding::None if value.contains(['{', '}']) => {
            if let Some((message, help)) = template_fault(value) {
                let found = Diagnostic::error(Code::InvalidValue, node, message);
                cx.emit(found.help(help));
                return None;
            }
            Some(Template::Uri(value.to_owned()))
        }
        Embedding::None => Some(Template::Literal(node.to_json())),
    }
}

/// Why a text is no URI template that the language has: a message and the fix.
fn template_fault(text: &str) -> Option<(String, String)> {
    let mut rest = text;
    loop {
        let open = rest.find(['{', '}'])?;
        let (_, at) = rest.split_at(open);
        let Some(inner) = at.strip_prefix('{') else {
            let message = "a `}` closes nothing in this URI template".to_owned();
            return Some((message, "write `%7D` for the character itself".to_owned()));
        };
        let Some((name, after)) = inner.split_once('}') else {
            let message = "a `{` is not closed in this URI template".to_owned();
            return Some((message, "write `%7B` for the character itself".to_owned()));
        };
        if !is_variable(name) {
            return Some(variable_fault(name));
        }
        rest = after;
    }
}

fn is_variable(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "_-".contains(c);
    !name.is_empty() && name.chars().all(fits)
}

fn variable_fault(name: &str) -> (String, String) {
    let inner = name.trim();
    let message = format!(
        "{} is not a variable of a URI template",
        shown(&format!("{{{name}}}"))
    );
    let help = match inner.strip_prefix(['.', '$']) {
        Some(_) => format!("a template names a member of the input, `{{id}}`; to compute it, write the whole URI as an expression: `${{ \"https://example.com/\\({inner})\" }}`"),
        None => "a template names a top-level member of the input, such as `{petId}`, without operators; \
                 anything else is an expression: `${ \"https://example.com/\\(.pet.id)\" }`"
            .to_owned(),
    };
    (message, help)
}

/// The fixed address in a slot that cannot be computed: of a catalog, a script or a schema.
pub(crate) fn fixed<'t>(cx: &mut Cx<'_>, node: Node<'t>, what: &str) -> Option<&'t str> {
    let uri = match node.kind() {
        Kind::Object => {
            let fields = Fields::read(&mut cx.sink, node, &ENDPOINT)?;
            if let Some(auth) = fields.get("authentication") {
                let message =
                    "this authentication has no effect: the host reads its own copy of the catalog";
                cx.emit(Diagnostic::warning(Code::NoEffect, auth, message));
            }
            fields.require(&mut cx.sink, "uri")?
        }
        _ => node,
    };
    let value = text(&mut cx.sink, uri, what)?;
    let help = "it is read when the workflow is deployed, and cannot be computed";
    match expression::refuse_expression(cx, uri, what, help) {
        true => None,
        false => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Option<String> {
        let site = site(text).unwrap()?;
        let port = site.port.map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{} {}{port}", site.scheme, site.host))
    }

    #[test]
    fn what_is_fixed_of_an_address_is_known() {
        assert_eq!(
            fixed("https://a.example/pet/{id}").as_deref(),
            Some("https a.example")
        );
        assert_eq!(
            fixed("http://A.example:8080?x={y}").as_deref(),
            Some("http a.example:8080")
        );
        assert_eq!(
            fixed("https://a.example:443/").as_deref(),
            Some("https a.example")
        );
        assert_eq!(fixed("https://[::1]:9/").as_deref(), Some("https [::1]:9"));
        assert_eq!(fixed("https://{region}.example/"), None);
        assert_eq!(fixed("https://a.example:{port}/"), None);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "/pets",
            "pets",
            "ftp://a.example",
            "https://",
            "https://u:p@a.example",
            "mailto:x",
        ] {
            assert!(site(text).is_err(), "{text}");
        }
    }

    #[test]
    fn templates_have_plain_variables_alone() {
        for text in ["{a}", "x{a_b}y{c-d}", "plain"] {
            assert_eq!(template_fault(text), None, "{text}");
        }
        for text in [
            "{", "}", "{}", "{+a}", "{?a}", "{a,b}", "{a:3}", "{a*}", "{.a}", "{a b}", "{{a}}",
        ] {
            assert!(template_fault(text).is_some(), "{text}");
        }
    }
}
