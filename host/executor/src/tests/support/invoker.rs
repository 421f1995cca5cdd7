//! A scripted sandbox: a double of the port and nothing else. Components are descriptions in
//! JSON; what a step does is what the test says.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use segue_bundle::Policy;
use segue_model::problem::Kind;
use segue_model::{
    AttemptReport, Capability, Digest, Invocation, Outcome, Payload, PluginDescriptor, Problem,
    StepDescriptor, Usage, World,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::log::{Line, Log};
use crate::{Builtin, Invoker, Observer};

/// What the steps of a test do. Clones share it.
#[derive(Clone)]
pub(in crate::tests) struct Script {
    acts: Arc<Mutex<HashMap<String, Act>>>,
    loaded: Arc<Mutex<HashSet<Digest>>>,
    seen: Arc<Mutex<Vec<Invocation>>>,
    /// Steps by name that wait until they are released.
    held: watch::Sender<HashSet<String>>,
    log: Log,
}

type Act = Arc<dyn Fn(&Invocation) -> Outcome + Send + Sync>;

impl Script {
    pub(super) fn new(log: Log) -> Self {
        Script {
            acts: Arc::default(),
            loaded: Arc::default(),
            seen: Arc::default(),
            held: watch::Sender::new(HashSet::new()),
            log,
        }
    }

    /// From now on, this is what the step does. Without a script a step returns its name,
    /// its input and what it was told of its world.
    pub(in crate::tests) fn on(
        &self,
        step: &str,
        act: impl Fn(&Invocation) -> Outcome + Send + Sync + 'static,
    ) {
        lock(&self.acts).insert(step.to_owned(), Arc::new(act));
    }

    /// Attempts of the step wait, until [`Script::release`].
    pub(in crate::tests) fn hold(&self, step: &str) {
        self.held.send_modify(|held| {
            held.insert(step.to_owned());
        });
    }

    pub(in crate::tests) fn release(&self, step: &str) {
        self.held.send_modify(|held| {
            held.remove(step);
        });
    }

    /// Every invocation so far.
    pub(in crate::tests) fn seen(&self) -> Vec<Invocation> {
        lock(&self.seen).clone()
    }

    /// A restarted host has loaded nothing.
    pub(in crate::tests) fn unload(&self) {
        lock(&self.loaded).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The output of a step without a script: all that it can know, so that a difference in any
/// of it shows.
pub(in crate::tests) fn echo(invocation: &Invocation) -> Outcome {
    let world = match invocation.world {
        World::Deterministic { now, seed } => json!({"now": now, "seed": seed}),
        World::Real => json!("real"),
    };
    let output = json!({
        "step": invocation.step,
        "input": invocation.input.value(),
        "world": world,
        "key": invocation.context.idempotency_key.as_str(),
    });
    Outcome::Completed {
        output: Payload::new(output),
    }
}

fn described(component: &[u8]) -> Result<PluginDescriptor, Problem> {
    let mut descriptor: PluginDescriptor = serde_json::from_slice(component)
        .map_err(|error| Problem::new(Kind::InvalidComponent, error.to_string()))?;
    descriptor.digest = Digest::of(component);
    Ok(descriptor)
}

/// A plugin that comes with the host.
pub(in crate::tests) struct Included {
    descriptor: PluginDescriptor,
    component: Arc<[u8]>,
}

impl Included {
    pub(in crate::tests) fn port(component: Vec<u8>) -> Arc<dyn Builtin> {
        Arc::new(Included {
            descriptor: described(&component).unwrap(),
            component: component.into(),
        })
    }
}

impl Builtin for Included {
    fn descriptor(&self) -> &PluginDescriptor {
        &self.descriptor
    }

    fn component(&self) -> Result<Arc<[u8]>, Problem> {
        Ok(Arc::clone(&self.component))
    }
}

#[async_trait]
impl Invoker for Script {
    async fn inspect(&self, component: Arc<[u8]>, _: &Policy) -> Result<PluginDescriptor, Problem> {
        described(&component)
    }

    async fn load(&self, digest: Digest, component: Arc<[u8]>) -> Result<(), Problem> {
        assert_eq!(digest, Digest::of(&component));
        lock(&self.loaded).insert(digest);
        Ok(())
    }

    fn is_loaded(&self, digest: &Digest) -> bool {
        lock(&self.loaded).contains(digest)
    }

    async fn invoke(&self, invocation: &Invocation, observer: Arc<dyn Observer>) -> AttemptReport {
        assert!(
            self.is_loaded(&invocation.component),
            "invoked before it was loaded"
        );
        if matches!(invocation.world, World::Deterministic { .. }) {
            assert!(
                invocation.grants.http.is_empty(),
                "a pure step has no grants"
            );
        }
        let (step, attempt) = (invocation.step.clone(), invocation.context.attempt);
        lock(&self.seen).push(invocation.clone());
        self.log.push(Line::Invoke(step.clone(), attempt));
        observer.log("info", "test", &format!("{step} begins"));
        let mut held = self.held.subscribe();
        let _ = held.wait_for(|held| !held.contains(&step)).await;
        let act = lock(&self.acts).get(&step).cloned();
        let outcome = act.map_or_else(|| echo(invocation), |act| act(invocation));
        self.log.push(Line::Report(step, attempt));
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

/// The bytes of a component with these steps.
pub(in crate::tests) fn component(
    name: &str,
    version: &str,
    steps: &[&str],
    http: bool,
) -> Vec<u8> {
    let capabilities = if http {
        vec![Capability::Http]
    } else {
        Vec::new()
    };
    let steps = steps.iter().map(|step| StepDescriptor {
        name: (*step).to_owned(),
        title: None,
        description: None,
        input_schema: schema(step),
        output_schema: json!({}),
        capabilities: capabilities.clone(),
        limits: serde_json::from_value(json!({"time-ms": 2_000})).unwrap(),
    });
    let descriptor = PluginDescriptor {
        name: name.to_owned(),
        version: version.parse().unwrap(),
        description: None,
        digest: Digest::of(b""),
        size_bytes: 1,
        world: "segue:plugin/steps@0.1.0".to_owned(),
        imports: Vec::new(),
        capabilities: capabilities.clone(),
        producers: Vec::new(),
        steps: steps.collect(),
    };
    serde_json::to_vec(&descriptor).unwrap()
}

fn schema(step: &str) -> Value {
    match step {
        "add" => json!({"type": "object", "properties": {"n": {"type": "integer"}}}),
        _ => json!({}),
    }
}
