//! The data of scenarios: YAML, read by another reader than the host's.

use serde_json::{Map, Number, Value};
use serde_yaml_ng::Value as Yaml;

/// A YAML text as JSON.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let yaml: Yaml = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    json(yaml)
}

fn json(yaml: Yaml) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => value.into(),
        Yaml::Number(number) => Value::Number(numeral(&number)?),
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => items
            .into_iter()
            .map(json)
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Yaml::Mapping(members) => members
            .into_iter()
            .map(|(key, value)| Ok((name(key)?, json(value)?)))
            .collect::<Result<Map<_, _>, String>>()?
            .into(),
        Yaml::Tagged(tagged) => json(tagged.value)?,
    })
}

fn numeral(number: &serde_yaml_ng::Number) -> Result<Number, String> {
    let whole = number.as_u64().map(Number::from);
    let whole = whole.or_else(|| number.as_i64().map(Number::from));
    let float = || number.as_f64().and_then(Number::from_f64);
    whole
        .or_else(float)
        .ok_or_else(|| format!("{number} is no number of JSON"))
}

fn name(key: Yaml) -> Result<String, String> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(value) => Ok(value.to_string()),
        other => Err(format!("{other:?} is no name of a member")),
    }
}
