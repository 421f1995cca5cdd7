//! What the code that `export!` writes needs. Not for plugin authors; it may change at any time.

use serde_json::error::Category;

use crate::{Capability, Context, Step, StepError, log, schema};

/// The contract, as wit-bindgen sees it.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated code"
)]
pub mod bindings {
    #[cfg(not(feature = "http"))]
    wit_bindgen::generate!({
        path: "wit",
        world: "segue:plugin/steps",
        pub_export_macro: true,
        export_macro_name: "export_plugin",
        default_bindings_module: "segue_plugin::__private::bindings",
        generate_all,
    });

    #[cfg(feature = "http")]
    wit_bindgen::generate!({
        path: "wit",
        world: "segue:plugin/steps-with-http",
        pub_export_macro: true,
        export_macro_name: "export_plugin",
        default_bindings_module: "segue_plugin::__private::bindings",
        generate_all,
    });
}

pub use bindings::exports::segue::plugin::step_handler::{Guest as Handler, PluginDescriptor};
pub use bindings::segue::plugin::types::{Context as WitContext, StepError as WitStepError};
use bindings::segue::plugin::types::{StepDescriptor, SuggestedLimits};
pub use wit_bindgen;

/// Exports the handler from the component.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_handler {
    ($handler:ident) => {
        $crate::__private::bindings::export_plugin!($handler with_types_in $crate::__private::bindings);
    };
}
pub use crate::__export_handler as export_handler;

/// What `describe` returns.
pub fn describe(
    name: &str,
    version: &str,
    description: &str,
    steps: Vec<StepDescriptor>,
) -> PluginDescriptor {
    PluginDescriptor {
        name: name.to_owned(),
        version: version.to_owned(),
        description: (!description.is_empty()).then(|| description.to_owned()),
        steps,
    }
}

/// What `describe` says of one step.
pub fn describe_step<S: Step>() -> StepDescriptor {
    let limits = S::LIMITS;
    StepDescriptor {
        name: S::NAME.to_owned(),
        title: S::TITLE.map(str::to_owned),
        description: S::DESCRIPTION.map(str::to_owned),
        input_schema: schema::of_input::<S::Input>(),
        output_schema: schema::of_output::<S::Output>(),
        capabilities: S::CAPABILITIES
            .iter()
            .map(|capability| wit_capability(*capability))
            .collect(),
        limits: SuggestedLimits {
            fuel: limits.fuel,
            memory_bytes: limits.memory_bytes,
            time_ms: limits
                .time
                .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        },
    }
}

/// Runs one step: from JSON text to JSON text.
pub fn run_step<S: Step>(context: WitContext, input: &str) -> Result<String, WitStepError> {
    attempt::<S>(&context.into(), input).map_err(WitStepError::from)
}

fn attempt<S: Step>(context: &Context, input: &str) -> Result<String, StepError> {
    let input = serde_json::from_str(input).map_err(|error| unreadable(S::NAME, &error))?;
    let output = S::run(context, input)?;
    serde_json::to_string(&output).map_err(|error| {
        StepError::other(format!("the output of `{}` is no JSON: {error}", S::NAME))
    })
}

fn unreadable(step: &str, error: &serde_json::Error) -> StepError {
    let what = match error.classify() {
        Category::Data => "does not fit",
        _ => "is no JSON",
    };
    StepError::invalid_input(format!("the input of `{step}` {what}: {error}"))
}

/// The host only asks for steps that `describe` lists; this is for a host that does not.
pub fn no_such_step(step: &str) -> WitStepError {
    StepError::invalid_input(format!("this plugin has no step `{step}`")).into()
}

/// Lets a panic leave a message in the log before it becomes a trap.
pub fn log_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| {
        log::log(log::Level::Error, "panic", &panic.to_string())
    }));
    #[cfg(not(target_arch = "wasm32"))]
    let _ = log::log;
}

fn wit_capability(capability: Capability) -> bindings::segue::plugin::types::Capability {
    match capability {
        Capability::Http => bindings::segue::plugin::types::Capability::Http,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Double;
    impl Step for Double {
        const NAME: &str = "double";
        type Input = u32;
        type Output = u32;
        fn run(_: &Context, input: u32) -> Result<u32, StepError> {
            input
                .checked_mul(2)
                .ok_or_else(|| StepError::invalid_input("too large"))
        }
    }

    fn context() -> Context {
        Context {
            run: "run-1".into(),
            workflow: "tests/double:1.0.0".into(),
            task: "/do/0/double".into(),
            iteration: 0,
            attempt: 1,
            idempotency_key: "key".into(),
            deadline_ms: 0,
            trace_parent: None,
        }
    }

    #[test]
    fn a_step_goes_from_json_text_to_json_text() {
        assert_eq!(attempt::<Double>(&context(), "21").unwrap(), "42");
    }

    #[test]
    fn an_input_that_does_not_fit_is_a_validation_error_and_no_panic() {
        let error = attempt::<Double>(&context(), "\"21\"").unwrap_err();
        assert!(error.kind().ends_with("/validation"), "{error}");
        assert!(error.to_string().contains("does not fit"), "{error}");
        let error = attempt::<Double>(&context(), "4 2").unwrap_err();
        assert!(error.to_string().contains("is no JSON"), "{error}");
    }

    #[test]
    fn the_descriptor_carries_the_schemas() {
        let step = describe_step::<Double>();
        assert_eq!(step.name, "double");
        assert!(
            step.input_schema.contains("integer"),
            "{}",
            step.input_schema
        );
        assert!(step.capabilities.is_empty());
    }
}
