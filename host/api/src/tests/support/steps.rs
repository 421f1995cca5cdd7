//! A double of the sandbox's port: components are descriptions in JSON, and a step does what
//! its name says.

use std::sync::Arc;

use async_trait::async_trait;
use segue_bundle::Policy;
use segue_executor::{Invoker, Observer};
use segue_model::problem::Kind;
use segue_model::{
    AttemptReport, Digest, Invocation, Outcome, PluginDescriptor, Problem, StepDescriptor, Usage,
};
use serde_json::{Value, json};
use tokio::sync::watch;

/// Does what steps are named after: `echo`, `fail`, and `hold`, which waits until it is let go.
pub(super) struct Steps(pub(super) watch::Receiver<bool>);

#[async_trait]
impl Invoker for Steps {
    async fn inspect(&self, component: Arc<[u8]>, _: &Policy) -> Result<PluginDescriptor, Problem> {
        let mut descriptor: PluginDescriptor = serde_json::from_slice(&component)
            .map_err(|error| Problem::new(Kind::InvalidComponent, error.to_string()))?;
        descriptor.digest = Digest::of(&component);
        Ok(descriptor)
    }

    async fn load(&self, _: Digest, _: Arc<[u8]>) -> Result<(), Problem> {
        Ok(())
    }

    fn is_loaded(&self, _: &Digest) -> bool {
        true
    }

    async fn invoke(&self, invocation: &Invocation, observer: Arc<dyn Observer>) -> AttemptReport {
        observer.log("info", "test", "begins");
        observer.progress(Some(0.5), "half of it");
        if invocation.step == "hold" {
            let _ = self.0.clone().wait_for(|released| *released).await;
        }
        let outcome = match invocation.step.as_str() {
            "fail" => Outcome::StepError {
                problem: Problem {
                    kind: "urn:test:no".to_owned(),
                    ..Problem::new(Kind::Runtime, "it always does")
                },
                retryable: false,
                retry_after_ms: None,
            },
            "trace" => Outcome::Completed {
                output: json!(invocation.context.trace_parent).into(),
            },
            _ => Outcome::Completed {
                output: invocation.input.clone(),
            },
        };
        AttemptReport {
            outcome,
            usage: Usage {
                fuel: 100,
                memory_bytes: 65_536,
                ..Usage::default()
            },
            wall_us: 7,
        }
    }
}

/// The component of the plugin `acts`.
pub(in crate::tests) fn component(version: &str, description: &str) -> Vec<u8> {
    let steps = ["echo", "fail", "hold", "trace"].map(|name| StepDescriptor {
        name: name.to_owned(),
        title: Some(format!("The step {name}")),
        description: None,
        input_schema: Value::Bool(true),
        output_schema: Value::Bool(true),
        capabilities: Vec::new(),
        limits: serde_json::from_value(json!({ "fuel": 1000 })).unwrap(),
    });
    let descriptor = PluginDescriptor {
        name: "acts".to_owned(),
        version: version.parse().unwrap(),
        description: Some(description.to_owned()),
        digest: Digest::of(b""),
        size_bytes: 1,
        world: "segue:plugin/steps@0.1.0".to_owned(),
        imports: vec!["segue:plugin/log@0.1.0".to_owned()],
        capabilities: Vec::new(),
        producers: vec!["test".to_owned()],
        steps: steps.to_vec(),
    };
    serde_json::to_vec(&descriptor).unwrap()
}
