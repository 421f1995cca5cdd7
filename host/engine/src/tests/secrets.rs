//! Secrets and authentication: a run has placeholders, never values.

use segue_model::context::AuthMembers;
use segue_model::ir::{
    Auth, AuthScheme, AuthSource, Auths, Call, GrantsOf, Task, TaskKind, Template,
};
use segue_model::limits::LimitRequest;
use segue_model::problem::Kind;
use segue_model::{SecretPath, Seed};
use serde_json::json;

use super::build::{EFFECTFUL, builder, finish, started};
use super::driver::Driver;
use super::random::{Builder, plain};

/// The seed of the driver's run.
const SEED: Seed = Seed([3; 32]);

fn password() -> SecretPath {
    SecretPath {
        name: "mail".to_owned(),
        members: vec!["password".to_owned()],
    }
}

fn calling(with: Option<Template>, auth: Option<Auth>) -> Task {
    let call = Call {
        step: EFFECTFUL,
        with,
        limits: LimitRequest::default(),
        grants: GrantsOf::Workflow,
        auth: Auths {
            request: auth,
            document: None,
        },
    };
    plain("call", "/do/0/call", TaskKind::Call(call))
}

fn run(mut builder: Builder, task: Task) -> Driver {
    builder.workflow.secrets = vec!["mail".to_owned()];
    builder.workflow.secret_paths = vec![password()];
    started(finish(builder, vec![task]))
}

fn members(builder: &mut Builder, name: &str, source: &str) -> AuthSource {
    let value = Template::Expr(builder.expr(source, &["secrets"]));
    AuthSource::Members(Template::Object(vec![(name.to_owned(), value)]))
}

#[test]
fn an_expression_sees_placeholders_and_the_attempt_says_what_they_stand_for() {
    let mut builder = builder();
    let with = builder.expr("{pass: $secrets.mail.password}", &["secrets"]);
    let mut driver = run(builder, calling(Some(Template::Expr(with)), None));
    driver.crash();
    let attempt = &driver.in_flight[0];
    let placeholder = password().placeholder(&SEED);
    assert_eq!(attempt.input.value(), &json!({"pass": placeholder}));
    assert_eq!(attempt.grants, GrantsOf::Workflow);
    assert!(attempt.auth.is_empty());
    let [binding] = &attempt.secrets[..] else {
        panic!()
    };
    assert_eq!(
        (&binding.placeholder, &binding.path),
        (&placeholder, &password())
    );
}

#[test]
fn members_of_an_authentication_are_evaluated_and_survive_a_crash() {
    let mut builder = builder();
    let from = members(&mut builder, "token", "$secrets.mail.password");
    let auth = Auth {
        scheme: AuthScheme::Bearer,
        from,
    };
    let with = builder.expr("$authorization", &["authorization"]);
    let mut task = calling(Some(Template::Expr(with)), Some(auth));
    task.output.transform = Some(Template::Expr(
        builder.expr("$authorization.scheme", &["authorization"]),
    ));
    let mut driver = run(builder, task);
    let before = driver.in_flight.clone();
    driver.crash();
    assert_eq!(driver.in_flight, before);
    let attempt = &driver.in_flight[0];
    let placeholder = password().placeholder(&SEED);
    assert_eq!(
        attempt.input.value(),
        &json!({"scheme": "bearer", "parameter": placeholder})
    );
    let auth = attempt.auth.request.as_ref().unwrap();
    assert_eq!(auth.scheme, AuthScheme::Bearer);
    let expected = AuthMembers::Inline(json!({"token": placeholder}).into());
    assert_eq!(auth.from, expected);
    driver.complete(json!(1));
    assert_eq!(driver.output(), json!("bearer"));
}

#[test]
fn a_whole_secret_as_authentication_is_named_and_bound() {
    let from = AuthSource::Secret("login".to_owned());
    let auth = Auth {
        scheme: AuthScheme::Basic,
        from,
    };
    let driver = run(builder(), calling(None, Some(auth)));
    let attempt = &driver.in_flight[0];
    let from = &attempt.auth.request.as_ref().unwrap().from;
    assert_eq!(from, &AuthMembers::Secret("login".to_owned()));
    let whole = SecretPath::whole("login");
    assert!(attempt.secrets.iter().any(|binding| binding.path == whole));
}

#[test]
fn the_description_of_a_service_has_an_authentication_of_its_own() {
    let mut builder = builder();
    let from = members(&mut builder, "token", "$secrets.mail.password");
    let auth = Auth {
        scheme: AuthScheme::Bearer,
        from,
    };
    let mut task = calling(None, None);
    if let TaskKind::Call(call) = &mut task.kind {
        call.auth.document = Some(auth);
    }
    let mut driver = run(builder, task);
    driver.crash();
    let auth = &driver.in_flight[0].auth;
    assert_eq!(auth.request, None);
    let token = json!({"token": password().placeholder(&SEED)});
    let from = &auth.document.as_ref().unwrap().from;
    assert_eq!(from, &AuthMembers::Inline(token.into()));
}

#[test]
fn members_that_fail_fail_the_task() {
    let mut builder = builder();
    let from = members(&mut builder, "token", "error(\"no\")");
    let auth = Auth {
        scheme: AuthScheme::Bearer,
        from,
    };
    let driver = run(builder, calling(None, Some(auth)));
    assert!(driver.problem().is(Kind::Expression));
}

#[test]
fn a_uri_template_is_filled_from_the_input() {
    let mut builder = builder();
    let with = Template::Object(vec![(
        "endpoint".to_owned(),
        Template::Uri("https://host/{n}?missing={m}".to_owned()),
    )]);
    let task = calling(Some(with), None);
    let body = builder.add_block(vec![task]);
    let driver = started(builder.finish(body));
    let input = driver.in_flight[0].input.value().clone();
    assert_eq!(input, json!({"endpoint": "https://host/0?missing="}));
}
