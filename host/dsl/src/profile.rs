//! The profile as a JSON Schema, for editors: they complete keys, show what each means, and mark
//! what does not belong. The front end itself does not use it; tests hold the two together.

/// The JSON Schema (2020-12) of a workflow document, as text.
pub fn profile_schema() -> &'static str {
    include_str!("../schema/workflow.json")
}
