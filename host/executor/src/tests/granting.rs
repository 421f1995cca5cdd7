//! Plugins that come with the host, the grants of workflows, and secrets.

use std::sync::Arc;

use segue_bundle::Policy;
use segue_dsl::{Code, Severity};
use segue_model::ir::GrantsOf;
use segue_model::{EffectClass, World as Sight};
use serde_json::json;

use crate::Builtin;

use super::support::{Included, World, component, ended, kind, start, workflows};

const CALL: &str = "
  - pets:
      call: http
      with:
        method: get
        endpoint: https://pets.example/v2/pet/{petId}
";

const GRANT: &str = "[[workflows.\"test/*\".grants.http]]\nscheme = \"https\"\n\
                     host = \"*.example\"\nport = 443\n";

fn http(version: &str) -> Arc<dyn Builtin> {
    Included::port(component("http", version, &["request"], true))
}

fn world() -> World {
    let mut world = World::new();
    world.builtin = vec![http("1.0.0")];
    world.policy = Policy::from_toml(GRANT).unwrap();
    world
}

#[tokio::test(start_paused = true)]
async fn a_standard_call_has_the_grants_of_its_workflow() {
    let world = world();
    let host = world.host().await;
    host.deploy_workflow(&workflows::flow(CALL)).await.unwrap();
    ended(&host, &start(&host).await).await;
    let seen = world.script.seen();
    assert_eq!(seen[0].plugin, "http:1.0.0");
    assert_eq!(seen[0].grants_of, GrantsOf::Workflow);
    assert_eq!(seen[0].grants.http[0].host, "*.example");
    assert_eq!(seen[0].world, Sight::Real);
}

#[tokio::test(start_paused = true)]
async fn a_destination_without_a_grant_is_refused_with_what_would_allow_it() {
    let mut world = world();
    world.policy = Policy::default();
    let host = world.host().await;
    let source = workflows::flow(CALL);
    let rejection = host.deploy_workflow(&source).await.unwrap_err();
    let [finding] = rejection.diagnostics.as_slice() else {
        panic!("{:?}", rejection.diagnostics);
    };
    assert_eq!(
        (finding.code, finding.severity),
        (Code::NotGranted, Severity::Error)
    );
    assert!(source[finding.span.clone()].contains("pets.example"));
    let help = finding.help.clone().unwrap();
    let pasted = help.split_once("\n\n").unwrap().1;
    world.policy = Policy::from_toml(pasted).unwrap();
    let host = world.host().await;
    assert!(host.deploy_workflow(&source).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_plugin_of_the_host_cannot_be_replaced() {
    let world = world();
    let host = world.host().await;
    for name in segue_bundle::HOST_NAMES {
        let other = component(name, "9.0.0", &["request"], false);
        let problem = host.deploy_plugin(other).await.unwrap_err();
        assert_eq!(kind(&problem), "conflict", "{name}");
        assert!(problem.to_string().contains("the host's own"), "{problem}");
    }
    host.deploy_workflow(&workflows::flow(CALL)).await.unwrap();
    let plugins = host.plugins().await.unwrap();
    assert_eq!(plugins.len(), 1);
    assert!(plugins[0].builtin);
    assert_eq!(
        plugins[0].decisions[0].decision.effect,
        EffectClass::Effectful
    );
}

#[tokio::test(start_paused = true)]
async fn a_newer_host_brings_its_own_plugins_and_runs_in_flight_keep_theirs() {
    let mut world = world();
    let host = world.host().await;
    let tasks = format!(
        "  - nap:\n      wait: {{ hours: 1 }}\n{}",
        CALL.trim_start_matches('\n')
    );
    host.deploy_workflow(&workflows::flow(&tasks))
        .await
        .unwrap();
    let old = start(&host).await;
    drop(host);
    // Another build under the same version, and a newer version of the same.
    let other = Included::port(component("http", "1.0.0", &["request", "more"], true));
    for builtin in [other, http("1.1.0")] {
        world.builtin = vec![builtin];
        world.script.unload();
        let host = world.host().await;
        let again = host
            .deploy_workflow(&workflows::flow(&tasks))
            .await
            .unwrap();
        assert!(again.created);
    }
    world.script.unload();
    let host = world.host().await;
    let new = start(&host).await;
    ended(&host, &old).await;
    ended(&host, &new).await;
    let seen = world.script.seen();
    let plugin = |run: &segue_model::RunId| {
        let of_run = seen.iter().find(|i| i.context.run == *run);
        of_run.unwrap().plugin.clone()
    };
    assert_eq!(plugin(&old), "http:1.0.0");
    assert_eq!(plugin(&new), "http:1.1.0");
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_sealed_listed_by_name_and_removed() {
    let world = World::new();
    let host = world.host().await;
    assert!(
        host.put_secret("mail", &json!({ "password": "p" }))
            .await
            .unwrap()
    );
    assert!(!host.put_secret("mail", &json!("q")).await.unwrap());
    let names: Vec<String> = host
        .secrets()
        .await
        .unwrap()
        .into_iter()
        .map(|secret| secret.name)
        .collect();
    assert_eq!(names, ["mail"]);
    let sealed = host.store().secret("mail").await.unwrap().unwrap();
    assert_eq!(sealed, b"sealed mail: 3 bytes");
    host.delete_secret("mail").await.unwrap();
    let problem = host.delete_secret("mail").await.unwrap_err();
    assert_eq!(kind(&problem), "not-found");
    for (name, value) in [("", json!("a")), ("a/b", json!("a")), ("a", json!(5))] {
        let problem = host.put_secret(name, &value).await.unwrap_err();
        assert_eq!(kind(&problem), "bad-request", "{name} {value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_or_workflow_that_is_missing_is_warned_of_and_no_more() {
    let world = World::new();
    let host = world.host().await;
    let body = "use:
  secrets: [mail]
do:
  - other:
      run:
        workflow: { namespace: test, name: other, version: '1.0.0' }
";
    let source = workflows::document("warned", "1.0.0", body);
    let deployment = host.deploy_workflow(&source).await.unwrap();
    let found: Vec<_> = deployment
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .map(|finding| finding.code)
        .collect();
    assert!(found.contains(&Code::UnknownSecret), "{found:?}");
    assert!(found.contains(&Code::UnknownWorkflow), "{found:?}");
    host.put_secret("mail", &json!("p")).await.unwrap();
    let again = host.check_workflow(&source).await;
    assert!(
        again
            .iter()
            .all(|finding| finding.code != Code::UnknownSecret)
    );
}
