//! Asking a plugin what it is: `describe()` in a limited sandbox, and everything it says
//! checked before anybody believes it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use segue_model::id::is_plugin_name;
use segue_model::limits::LimitRequest;
use segue_model::problem::Kind;
use segue_model::{Capability, Outcome, PluginDescriptor, Problem, StepDescriptor, StepLimits};
use serde_json::Value;

use crate::bindings::{WitCapability, WitPlugin, WitStep};
use crate::check::{Admission, Anatomy};
use crate::egress::Network;
use crate::invoke::{Loaded, sandbox};
use crate::log::Log;
use crate::observer::Silent;
use crate::outcome::failed;
use crate::secrets::Redactor;
use crate::state::State;

/// Fuel for instantiating a component and describing it: Python needs some ten million.
const DESCRIBE_FUEL: u64 = 2_000_000_000;
/// Wall-clock milliseconds for the same.
const DESCRIBE_TIME_MS: u64 = 20_000;
/// Bytes of a description, schemas included.
const DESCRIBE_BYTES: u64 = 1 << 20;
/// The most steps of one plugin.
const STEPS_MAX: usize = 256;

fn limits() -> StepLimits {
    StepLimits {
        fuel: DESCRIBE_FUEL,
        time_ms: DESCRIBE_TIME_MS,
        output_bytes: DESCRIBE_BYTES,
        http_requests: 0,
        ..StepLimits::default()
    }
}

/// Runs `describe` and builds the descriptor.
pub(crate) async fn describe(
    loaded: &Loaded,
    network: &Network,
    anatomy: &Anatomy,
    admission: Admission,
    size: usize,
) -> Result<PluginDescriptor, Problem> {
    let said = ask(loaded, network).await?;
    let (name, version) = (said.name.clone(), said.version.clone());
    let plugin = Said(said)
        .check()
        .map_err(|why| bad(&name, &version, &why))?;
    Ok(PluginDescriptor {
        digest: loaded.digest,
        size_bytes: size as u64,
        world: admission.world,
        imports: anatomy.imports.clone(),
        capabilities: admission.capabilities,
        producers: anatomy.producers.clone(),
        ..plugin
    })
}

fn bad(name: &str, version: &str, why: &str) -> Problem {
    let shown = |text: &str| text.chars().take(80).collect::<String>();
    let detail = format!("plugin `{}` `{}`: {why}", shown(name), shown(version));
    Problem::new(Kind::BadDescription, detail)
}

async fn ask(loaded: &Loaded, network: &Network) -> Result<WitPlugin, Problem> {
    let limits = limits();
    let no_slot = |_| Problem::new(Kind::Internal, "the runtime is shutting down");
    let _slot = loaded.class.slots.acquire().await.map_err(no_slot)?;
    let log = Log::new(Arc::new(Silent), limits.log_bytes, Redactor::default());
    let state = State::new(&loaded.digest, &limits, log, network.clone());
    let mut store = sandbox(loaded, &limits, state)
        .map_err(|e| Problem::new(Kind::Internal, format!("{e:#}")))?;
    let mut started = false;
    let call = async {
        let steps = loaded.pre.instantiate_async(&mut store).await?;
        started = true;
        let handler = steps.segue_plugin_step_handler();
        handler.call_describe(&mut store).await
    };
    let time = Duration::from_millis(limits.time_ms);
    match tokio::time::timeout(time, call).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error)) => Err(refusal(failed(&error, started, &limits))),
        Err(_) => Err(Problem::new(
            Kind::BadDescription,
            format!("describe() took more than {DESCRIBE_TIME_MS} ms"),
        )),
    }
}

fn refusal(outcome: Outcome) -> Problem {
    match outcome {
        Outcome::HostFault { detail } => Problem::new(Kind::Internal, detail),
        Outcome::Stopped { stop, detail } => {
            let detail = format!("describe() was stopped ({}): {detail}", stop.kind().slug());
            Problem::new(Kind::BadDescription, detail)
        }
        other => Problem::new(
            Kind::BadDescription,
            format!("describe() ended as {other:?}"),
        ),
    }
}

/// What a plugin said, not yet believed.
struct Said(WitPlugin);

impl Said {
    fn check(self) -> Result<PluginDescriptor, String> {
        let WitPlugin {
            name,
            version,
            description,
            steps,
        } = self.0;
        if !is_plugin_name(&name) {
            return Err(format!("the name must be {NAME_SHAPE}"));
        }
        let version = version
            .parse()
            .map_err(|e| format!("the version is not a semantic version: {e}"))?;
        if steps.is_empty() || steps.len() > STEPS_MAX {
            let n = steps.len();
            return Err(format!("a plugin has 1 to {STEPS_MAX} steps, not {n}"));
        }
        let mut names = HashSet::new();
        if let Some(twice) = steps.iter().find(|step| !names.insert(step.name.clone())) {
            return Err(format!("there are two steps named `{}`", twice.name));
        }
        Ok(PluginDescriptor {
            name,
            version,
            description,
            digest: segue_model::Digest::from_bytes([0; 32]),
            size_bytes: 0,
            world: String::new(),
            imports: Vec::new(),
            capabilities: Vec::new(),
            producers: Vec::new(),
            steps: steps.into_iter().map(step).collect::<Result<_, _>>()?,
        })
    }
}

const NAME_SHAPE: &str =
    "lower-case letters, digits and hyphens, starting with a letter, at most 63 characters";

fn step(step: WitStep) -> Result<StepDescriptor, String> {
    if !is_plugin_name(&step.name) {
        let shown: String = step.name.chars().take(80).collect();
        return Err(format!("the name of step `{shown}` must be {NAME_SHAPE}"));
    }
    let schema = |what: &str, text: &str| {
        match serde_json::from_str(text) {
            Ok(schema @ (Value::Object(_) | Value::Bool(_))) => Ok(schema),
            Ok(_) => Err("it is neither an object nor a boolean".to_owned()),
            Err(error) => Err(error.to_string()),
        }
        .map_err(|why| {
            format!(
                "the {what} schema of step `{}` is no JSON Schema: {why}",
                step.name
            )
        })
    };
    Ok(StepDescriptor {
        input_schema: schema("input", &step.input_schema)?,
        output_schema: schema("output", &step.output_schema)?,
        capabilities: step.capabilities.iter().map(capability).collect(),
        limits: LimitRequest {
            fuel: step.limits.fuel,
            time_ms: step.limits.time_ms,
            memory_bytes: step.limits.memory_bytes,
        },
        name: step.name,
        title: step.title,
        description: step.description,
    })
}

fn capability(capability: &WitCapability) -> Capability {
    match capability {
        WitCapability::Http => Capability::Http,
    }
}
