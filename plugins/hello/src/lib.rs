//! The smallest plugin: one pure step that greets.
use segue_plugin::{Context, Step, StepError};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Greet {
    name: String,
}
impl Step for Greet {
    const NAME: &str = "greet";
    type Input = Self;
    type Output = String;
    fn run(_: &Context, input: Self) -> Result<String, StepError> {
        Ok(format!("Hello, {}!", input.name))
    }
}
segue_plugin::export!(Greet);
