//! Standard calls, authentication, secrets.

use segue_model::ir::{AuthScheme, AuthSource, Call, GrantsOf, TaskKind, Template, Workflow};
use segue_model::secret::SecretPath;
use serde_json::json;

use super::{codes, compiled, errors, expression, task, workflow};
use crate::{Code, Purpose};

fn call<'w>(workflow: &'w Workflow, name: &str) -> &'w Call {
    match &task(workflow, name).kind {
        TaskKind::Call(call) => call,
        other => panic!("{other:?}"),
    }
}

/// `with` of a task `a`, as JSON: expressions as their source in angle brackets.
fn with(workflow: &Workflow) -> serde_json::Value {
    shown(workflow, call(workflow, "a").with.as_ref().unwrap())
}

fn shown(workflow: &Workflow, template: &Template) -> serde_json::Value {
    match template {
        Template::Literal(value) => value.clone(),
        Template::Expr(id) => json!(format!("<{}>", expression(workflow, *id).0.trim())),
        Template::Uri(text) => json!(format!("uri {text}")),
        Template::Array(items) => items.iter().map(|item| shown(workflow, item)).collect(),
        Template::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), shown(workflow, value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

#[test]
fn an_http_call_is_a_step_with_the_grants_of_the_workflow() {
    let workflow = workflow(concat!(
        "do:\n  - a:\n      call: http\n      metadata: { segue: { limits: { time: PT5S } } }\n",
        "      with: { method: post, endpoint: 'https://x.org/pet/{petId}', headers: { A: '${ .a }' },\n",
        "              query: '${ .q }', body: { deep: ['${ .b }', 1] }, output: response, redirect: true }\n"
    ));
    assert_eq!(workflow.steps[0].to_string(), "http/request:1@default");
    let call = call(&workflow, "a");
    assert_eq!(call.grants, GrantsOf::Workflow);
    assert_eq!(call.limits.time_ms, Some(5000));
    assert_eq!(
        with(&workflow),
        json!({
            "method": "post", "endpoint": "uri https://x.org/pet/{petId}", "headers": { "A": "<.a>" },
            "query": "<.q>", "body": { "deep": ["<.b>", 1] }, "output": "response", "redirect": true,
        })
    );
}

#[test]
fn headers_and_queries_are_scalars_and_lists_of_them() {
    let body = |query: &str| {
        format!(
            "do: [ a: {{ call: http, with: {{ method: get, endpoint: 'https://x.org', query: {query} }} }} ]\n"
        )
    };
    let found = workflow(&body(
        "{ limit: 10, all: true, tag: [ a, '${ .b }' ], none: null }",
    ));
    assert_eq!(
        with(&found)["query"],
        json!({ "limit": 10, "all": true, "tag": ["a", "<.b>"], "none": null })
    );
    for query in ["{ a: { b: 1 } }", "{ a: [[1]] }", "[a]", "text"] {
        assert_eq!(codes(&compiled(&body(query))), [Code::WrongType], "{query}");
    }
}

#[test]
fn endpoints_are_text_templates_or_expressions() {
    for (endpoint, expected) in [
        ("https://x.org/a", "https://x.org/a"),
        ("'https://x.org/{a}?b={c}'", "uri https://x.org/{a}?b={c}"),
        (
            "'${ \"https://x.org/\\(.id)\" }'",
            "<\"https://x.org/\\(.id)\">",
        ),
        ("{ uri: https://x.org/a }", "https://x.org/a"),
    ] {
        let body =
            format!("do: [ a: {{ call: http, with: {{ method: get, endpoint: {endpoint} }} }} ]\n");
        assert_eq!(
            with(&workflow(&body))["endpoint"],
            json!(expected),
            "{endpoint}"
        );
    }
    for endpoint in [
        "/pets",
        "x.org",
        "'https://x.org/{+a}'",
        "'https://x.org/{.a}'",
        "'https://x.org/{'",
        "ftp://x.org",
    ] {
        let body =
            format!("do: [ a: {{ call: http, with: {{ method: get, endpoint: {endpoint} }} }} ]\n");
        let compiled = compiled(&body);
        assert_eq!(codes(&compiled), [Code::InvalidValue], "{endpoint}");
    }
}

#[test]
fn fixed_endpoints_are_known_to_the_deployer() {
    let body = concat!(
        "do:\n",
        "  - a: { call: http, with: { method: get, endpoint: 'http://x.org:8080/{id}' } }\n",
        "  - b: { call: http, with: { method: get, endpoint: '${ .url }' } }\n",
        "  - c: { call: http, with: { method: get, endpoint: 'https://{host}/x' } }\n",
        "  - d: { call: openapi, with: { document: { endpoint: https://api.org/openapi.json }, operationId: x } }\n",
        "  - e:\n      call: http\n      with:\n        method: get\n        endpoint:\n          uri: https://y.org\n",
        "          authentication: { oidc: { authority: 'https://id.org/r', grant: client_credentials, client: { id: me } } }\n",
    );
    let compiled = compiled(body);
    let source = format!("{}{body}", super::HEAD);
    let sites: Vec<_> = compiled
        .endpoints
        .iter()
        .map(|site| {
            (
                site.purpose,
                site.scheme.as_str(),
                site.host.as_str(),
                site.port,
                &source[site.span.clone()],
            )
        })
        .collect();
    assert_eq!(
        sites,
        [
            (
                Purpose::Request,
                "http",
                "x.org",
                Some(8080),
                "'http://x.org:8080/{id}'"
            ),
            (
                Purpose::Document,
                "https",
                "api.org",
                None,
                "https://api.org/openapi.json"
            ),
            (
                Purpose::Authority,
                "https",
                "id.org",
                None,
                "'https://id.org/r'"
            ),
            (Purpose::Request, "https", "y.org", None, "https://y.org"),
        ]
    );
    assert_eq!(compiled.endpoints[0].pointer, "/do/0/a/with/endpoint");
    assert_eq!(compiled.calls.len(), 5);
}

#[test]
fn reading_the_description_may_have_an_authentication_of_its_own() {
    let workflow = workflow(concat!(
        "use: { secrets: [ reader ] }\n",
        "do: [ a: { call: openapi, with: { document: { endpoint: { uri: https://x.org/o.json, authentication: { basic: { use: reader } } } },\n",
        "      operationId: find, authentication: { bearer: { token: t } } } } ]\n",
    ));
    let auth = &call(&workflow, "a").auth;
    let schemes: Vec<_> = auth.iter().map(|auth| auth.scheme).collect();
    assert_eq!(schemes, [AuthScheme::Bearer, AuthScheme::Basic]);
    let document = auth.document.as_ref().unwrap();
    assert_eq!(document.from, AuthSource::Secret("reader".to_owned()));
}

#[test]
fn an_openapi_call_is_a_step_too() {
    let workflow = workflow(concat!(
        "use: { authentications: { key: { bearer: { token: '${ .token }' } } } }\n",
        "do: [ a: { call: openapi, with: { document: { name: pets, endpoint: { uri: https://x.org/o.json } },\n",
        "      operationId: find, parameters: { status: '${ .s }' }, authentication: { use: key } } } ]\n",
    ));
    assert_eq!(workflow.steps[0].to_string(), "openapi/call:1@default");
    assert_eq!(
        with(&workflow),
        json!({ "document": { "endpoint": "https://x.org/o.json" }, "operationId": "find", "parameters": { "status": "<.s>" } })
    );
    let auth = call(&workflow, "a").auth.request.as_ref().unwrap();
    assert_eq!(auth.scheme, AuthScheme::Bearer);
    let AuthSource::Members(members) = &auth.from else {
        panic!();
    };
    assert_eq!(shown(&workflow, members), json!({ "token": "<.token>" }));
}

/// A call of `https://x.org` with an authentication.
fn authenticated(authentication: &str) -> String {
    format!(
        "use: {{ secrets: [ login, key ] }}\ndo: [ a: {{ call: http, with: {{ method: get, endpoint: {{ uri: https://x.org, authentication: {authentication} }} }} }} ]\n"
    )
}

#[test]
fn every_scheme_has_its_members_or_a_secret() {
    for (authentication, scheme, members) in [
        (
            "{ basic: { username: u, password: '${ $secrets.key }' } }",
            AuthScheme::Basic,
            json!({ "username": "u", "password": "<$secrets.key>" }),
        ),
        (
            "{ digest: { username: '${ .u }', password: '${ .p }' } }",
            AuthScheme::Digest,
            json!({ "username": "<.u>", "password": "<.p>" }),
        ),
        (
            "{ bearer: { token: '${ $secrets.login.token }' } }",
            AuthScheme::Bearer,
            json!({ "token": "<$secrets.login.token>" }),
        ),
        (
            "{ oauth2: { authority: 'https://id.org/{realm}', grant: client_credentials, endpoints: { token: /t }, \
            client: { id: me, secret: '${ $secrets.key }', authentication: client_secret_basic }, scopes: [ a, b ], \
            request: { encoding: application/json } } }",
            AuthScheme::Oauth2,
            json!({ "authority": "uri https://id.org/{realm}", "grant": "client_credentials",
            "client": { "id": "me", "secret": "<$secrets.key>", "authentication": "client_secret_basic" },
            "endpoints": { "token": "/t" }, "request": { "encoding": "application/json" }, "scopes": ["a", "b"] }),
        ),
    ] {
        let workflow = workflow(&authenticated(authentication));
        let auth = call(&workflow, "a").auth.request.as_ref().unwrap();
        assert_eq!(auth.scheme, scheme);
        let AuthSource::Members(found) = &auth.from else {
            panic!("{authentication}");
        };
        assert_eq!(shown(&workflow, found), members);
    }
    for scheme in ["basic", "bearer", "digest", "oauth2", "oidc"] {
        let workflow = workflow(&authenticated(&format!("{{ {scheme}: {{ use: login }} }}")));
        let auth = call(&workflow, "a").auth.request.as_ref().unwrap();
        assert_eq!(auth.scheme.name(), scheme);
        assert_eq!(auth.from, AuthSource::Secret("login".to_owned()));
    }
}

#[test]
fn grants_that_need_a_person_are_refused() {
    for grant in [
        "authorization_code",
        "password",
        "refresh_token",
        "'urn:ietf:params:oauth:grant-type:token-exchange'",
    ] {
        for scheme in ["oauth2", "oidc"] {
            let authentication = format!(
                "{{ {scheme}: {{ authority: 'https://id.org', grant: {grant}, client: {{ id: me }} }} }}"
            );
            let compiled = compiled(&authenticated(&authentication));
            let found = errors(&compiled);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].0, Code::Unsupported);
            assert!(found[0].1.contains(grant.trim_matches('\'')), "{found:?}");
        }
    }
}

#[test]
fn a_secret_in_the_document_is_warned_about() {
    let compiled = compiled(&authenticated("{ basic: { username: u, password: p } }"));
    assert!(codes(&compiled).contains(&Code::PlainSecret));
    assert!(compiled.workflow.is_some());
}

#[test]
fn secrets_are_declared_and_what_is_read_of_them_is_gathered() {
    let compiled = compiled(concat!(
        "use: { secrets: [ mail, key ] }\n",
        "do:\n",
        "  - a: { call: http, with: { method: get, endpoint: 'https://x.org', headers: { X: '${ \"K \" + $secrets.key }' },\n",
        "         body: { user: '${ $secrets.mail.user }', password: '${ $secrets[\"mail\"].password }' } } }\n",
        "  - b: { call: 'x/y:1@default', with: { token: '${ $secrets.key }', inner: { t: '${ $secrets.mail.user }' } } }\n",
    ));
    assert_eq!(errors(&compiled), []);
    let names: Vec<_> = compiled
        .secrets
        .iter()
        .map(|site| (site.name.as_str(), site.pointer.as_str()))
        .collect();
    assert_eq!(
        names,
        [("mail", "/use/secrets/0"), ("key", "/use/secrets/1")]
    );
    let workflow = compiled.workflow.unwrap();
    assert_eq!(workflow.secrets, ["mail", "key"]);
    let path = |name: &str, members: &[&str]| SecretPath {
        name: name.to_owned(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
    };
    let expected = [
        path("key", &[]),
        path("mail", &["user"]),
        path("mail", &["password"]),
    ];
    assert_eq!(workflow.secret_paths, expected);
}

#[test]
fn secrets_stand_nowhere_else() {
    let refused = |tasks: &str| {
        let compiled = compiled(&format!(
            "use: {{ secrets: [ key ], functions: {{ f: {{ set: {{ x: 1 }} }} }} }}\ndo: [ a: {{ {tasks} }}, z: {{ call: f }} ]\n"
        ));
        let codes: Vec<_> = errors(&compiled).iter().map(|(code, _)| *code).collect();
        assert_eq!(
            codes,
            [Code::MisplacedSecret],
            "{tasks}: {:?}",
            errors(&compiled)
        );
    };
    for tasks in [
        "set: { x: '${ $secrets.key }' }",
        "if: $secrets.key == 1, set: { x: 1 }",
        "input: { from: $secrets.key }, call: 'x/y:1@default'",
        "call: 'x/y:1@default', with: { t: '${ \"Bearer \" + $secrets.key }' }",
        "call: 'x/y:1@default', with: { t: '${ $secrets }' }",
        "call: 'x/y:1@default', with: { t: 1 }, output: { as: $secrets.key }",
        "call: f, with: { t: '${ $secrets.key }' }",
        "call: http, with: { method: get, endpoint: https://x.org, body: '${ $secrets }' }",
        "call: http, with: { method: get, endpoint: https://x.org, body: '${ $secrets[.x] }' }",
        "call: http, with: { method: get, endpoint: https://x.org, body: '${ $authorization }' }",
        "run: { script: { language: js, code: x, stdin: '${ $secrets.key }' } }",
        "raise: { error: { type: x, status: 500, detail: '${ $secrets.key }' } }",
        "emit: { event: { with: { type: x, data: '${ $secrets.key }' } } }",
    ] {
        refused(tasks);
    }
}

#[test]
fn a_secret_that_is_not_declared_is_refused() {
    let compiled = compiled(&authenticated("{ bearer: { token: '${ $secrets.kye }' } }"));
    assert_eq!(errors(&compiled)[0].0, Code::UnknownReference);
    let help = compiled.diagnostics.iter().find_map(|d| d.help.clone());
    assert_eq!(help.as_deref(), Some("did you mean `key`?"));
}

#[test]
fn one_expression_is_judged_by_each_place_that_it_stands_in() {
    let compiled = compiled(concat!(
        "use: { secrets: [ key ] }\n",
        "do:\n",
        "  - a: { call: http, with: { method: get, endpoint: 'https://x.org', body: '${ \"a\" + $secrets.key }' } }\n",
        "  - b: { call: 'x/y:1@default', with: { t: '${ \"a\" + $secrets.key }' } }\n",
    ));
    assert_eq!(errors(&compiled).len(), 1);
    assert_eq!(compiled.diagnostics[0].pointer, "/do/1/b/with/t");
}

#[test]
fn the_authorization_is_known_to_calls_that_have_one() {
    let call = |endpoint: &str| {
        compiled(&format!(
            "do: [ a: {{ call: http, with: {{ method: get, headers: {{ A: '${{ $authorization.scheme }}' }}, endpoint: {endpoint} }}, \
             output: {{ as: $authorization.scheme }}, export: {{ as: $authorization.parameter }} }} ]\n"
        ))
    };
    let with = call("{ uri: https://x.org, authentication: { bearer: { token: '${ .t }' } } }");
    let workflow = super::accepted("", with);
    let known = workflow
        .expressions
        .iter()
        .filter(|e| e.variables == ["authorization"]);
    assert_eq!(known.count(), 3);
    for place in [
        "with: { method: get, endpoint: https://x.org, headers: { A: '${ $authorization.scheme }' } }",
        "with: { method: get, endpoint: https://x.org }, output: { as: $authorization.scheme }",
        "with: { method: get, endpoint: https://x.org }, export: { as: $authorization.scheme }",
    ] {
        let without = compiled(&format!("do: [ a: {{ call: http, {place} }} ]\n"));
        assert_eq!(codes(&without), [Code::MisplacedSecret], "{place}");
    }
}
