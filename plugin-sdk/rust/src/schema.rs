//! JSON Schemas (2020-12) of what goes into a step and what comes out.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// The schema of what may be read as `T`, as JSON text.
pub(crate) fn of_input<T: JsonSchema>() -> String {
    text::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what `T` is written as, as JSON text.
pub(crate) fn of_output<T: JsonSchema>() -> String {
    text::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn text<T: JsonSchema>(settings: SchemaSettings) -> String {
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Line {
        sku: String,
        quantity: u32,
    }

    #[test]
    fn a_schema_names_its_draft_and_its_required_members() {
        let schema: serde_json::Value = serde_json::from_str(&of_input::<Line>()).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["required"], serde_json::json!(["sku", "quantity"]));
    }
}
