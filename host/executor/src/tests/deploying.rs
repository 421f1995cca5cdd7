//! Deploying plugins and workflows, and what their steps are given.

use segue_dsl::Code;
use segue_model::Digest;
use segue_model::EffectClass;
use segue_store::RunStatus;

use super::support::{
    LONG, World, complete, component, deploy, kind, net_plugin, pure_plugin, start, workflows,
};

/// The plugin links, and every call is refused.
const DENIED: &str = "[plugins.net.grants]\ndeny = [\"http\"]\n";

#[tokio::test(start_paused = true)]
async fn the_same_plugin_again_is_no_error_and_another_of_its_version_is_a_conflict() {
    let world = World::new();
    let host = world.host().await;
    let first = host.deploy_plugin(pure_plugin()).await.unwrap();
    assert_eq!(host.deploy_plugin(pure_plugin()).await.unwrap(), first);
    let other = component("calc", "1.0.0", &["add"], false);
    let problem = host.deploy_plugin(other).await.unwrap_err();
    assert_eq!(kind(&problem), "conflict");
    assert!(
        problem
            .to_string()
            .contains("give the new one a new version"),
        "{problem}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_import_without_a_grant_is_refused_when_the_plugin_is_deployed() {
    let mut world = World::new();
    world.policy = segue_bundle::Policy::default();
    let host = world.host().await;
    let problem = host.deploy_plugin(net_plugin()).await.unwrap_err();
    assert_eq!(kind(&problem), "import-refused");
    assert!(
        problem.to_string().contains("[[plugins.net.grants.http]]"),
        "{problem}"
    );
    assert!(host.plugins().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_source_needs_another_version_and_the_same_is_deployed_once() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let same = host
        .deploy_workflow(&workflows::flow(workflows::SLOW))
        .await
        .unwrap();
    assert!(!same.created);
    let other = host
        .deploy_workflow(&workflows::flow(workflows::NAP))
        .await
        .unwrap_err();
    assert_eq!(kind(&other.problem), "conflict");
    assert!(
        other
            .problem
            .to_string()
            .contains("raise `document.version`")
    );
    let next = workflows::named("flow", "1.0.1", workflows::NAP);
    assert!(host.deploy_workflow(&next).await.unwrap().created);
    assert_eq!(host.workflows().await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_source_again_pins_newer_plugins_and_runs_in_flight_keep_theirs() {
    let world = World::new();
    let host = world.host_with(workflows::NAP).await;
    let old = start(&host).await;
    let newer = component("calc", "1.1.0", &["add"], false);
    host.deploy_plugin(newer.clone()).await.unwrap();
    let again = host
        .deploy_workflow(&workflows::flow(workflows::NAP))
        .await
        .unwrap();
    assert!(again.created);
    let new = start(&host).await;
    for run in [&old, &new] {
        let view = host.wait(run, LONG).await.unwrap();
        assert_eq!(view.status, RunStatus::Completed);
    }
    let seen = world.script.seen();
    let component = |run: &segue_model::RunId| {
        let mut of_run = seen.iter().filter(|i| i.context.run == *run);
        of_run.next().unwrap().component
    };
    assert_eq!(component(&old), Digest::of(&pure_plugin()));
    assert_eq!(component(&new), Digest::of(&newer));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_not_deployed_is_found_at_its_line() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let source = workflows::named("typo", "1.0.0", "  - a:\n      call: calc/addd:1@default\n");
    let rejection = host.deploy_workflow(&source).await.unwrap_err();
    assert_eq!(kind(&rejection.problem), "unknown-step");
    let [finding] = rejection.diagnostics.as_slice() else {
        panic!("{:?}", rejection.diagnostics);
    };
    assert_eq!(finding.code, Code::InvalidCall);
    assert_eq!(finding.help.as_deref(), Some("did you mean `add`?"));
    assert!(source[finding.span.clone()].contains("calc/addd:1@default"));
    assert_eq!(host.check_workflow(&source).await, rejection.diagnostics);
}

#[tokio::test(start_paused = true)]
async fn a_literal_input_is_checked_against_the_schema_of_its_step() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let tasks = "  - a:\n      call: calc/add:1@default\n      with: { n: one }\n";
    let source = workflows::named("misfit", "1.0.0", tasks);
    let rejection = host.deploy_workflow(&source).await.unwrap_err();
    assert_eq!(kind(&rejection.problem), "invalid-workflow");
    let finding = &rejection.diagnostics[0];
    assert_eq!(finding.code, Code::InvalidInput);
    assert!(finding.message.contains("calc/add"), "{}", finding.message);
    assert_eq!(finding.pointer, "/do/0/a/with/n");
    assert_eq!(&source[finding.span.clone()], "one");
    // What is known only at run time is not checked here.
    let tasks = "  - a:\n      call: calc/add:1@default\n      with: { n: '${ .n }' }\n";
    let source = workflows::named("dynamic", "1.0.0", tasks);
    assert!(host.deploy_workflow(&source).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_pinned_pure_step_gets_no_later_grant_and_a_pinned_effectful_one_loses_a_revoked_one() {
    let mut world = World::new();
    let granted = world.policy.clone();
    world.policy = segue_bundle::Policy::from_toml(DENIED).unwrap();
    deploy(&world.host().await, workflows::CHARGE).await;
    // The grant comes later: the pin says pure, so the script sees a deterministic world.
    world.policy = granted;
    complete(&world.host().await).await;
    let seen = world.script.seen();
    assert!(seen[0].grants.http.is_empty());
    assert_ne!(seen[0].world, segue_model::World::Real);
    // Deployed again, it is effectful; then the grant goes.
    let host = world.host().await;
    host.deploy_workflow(&workflows::flow(workflows::CHARGE))
        .await
        .unwrap();
    complete(&host).await;
    world.policy = segue_bundle::Policy::from_toml(DENIED).unwrap();
    complete(&world.host().await).await;
    let seen = world.script.seen();
    assert_eq!(seen[1].grants.http.len(), 1);
    assert!(seen[2].grants.http.is_empty());
    assert_eq!(seen[2].world, segue_model::World::Real);
}

#[tokio::test(start_paused = true)]
async fn plugins_are_listed_with_what_the_policy_makes_of_their_steps() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let plugins = host.plugins().await.unwrap();
    let effects: Vec<_> = plugins
        .iter()
        .map(|plugin| plugin.decisions[0].decision.effect)
        .collect();
    assert_eq!(effects, [EffectClass::Pure, EffectClass::Effectful]);
    let json = serde_json::to_value(&plugins[1]).unwrap();
    assert_eq!(json["descriptor"]["name"], "net");
    assert_eq!(json["decisions"][0]["step"], "charge");
    assert_eq!(
        json["decisions"][0]["grants"]["http"][0]["host"],
        "pay.example"
    );
}
