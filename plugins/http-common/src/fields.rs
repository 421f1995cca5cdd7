//! Headers and query parameters out of JSON objects.

use schemars::{Schema, SchemaGenerator, json_schema};
use segue_plugin::StepError;
use serde_json::{Map, Value};

/// Fields that belong to the connection, and so to the host (RFC 9110, section 7.6.1).
const OF_THE_HOST: &[&str] = &[
    "connection",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Beginnings of such names; what begins with `segue-` is between plugins and the host.
const PREFIXES_OF_THE_HOST: &[&str] = &["proxy-", "segue-"];

/// The headers of a request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the headers that a workflow gives: text, numbers and booleans; a list sends a header
    /// several times, null leaves it out.
    pub fn read(headers: &Map<String, Value>) -> Result<Fields, StepError> {
        let mut fields = Fields::default();
        for (name, value) in headers {
            check_name(name)?;
            for text in texts(value, || format!("the header `{name}`"))? {
                fields.add(name, text)?;
            }
        }
        Ok(fields)
    }

    /// Adds a header whose name is known to be good.
    pub fn add(&mut self, name: &str, value: String) -> Result<(), StepError> {
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(StepError::invalid_input(format!(
                "the header `{name}` holds a line break or another control character"
            )));
        }
        self.0.push((name.to_owned(), value));
        Ok(())
    }

    /// Sets a header where it is not there yet.
    pub fn or_set(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Sets a header in place of any that are there.
    pub fn replace(&mut self, name: &str, value: String) {
        self.0
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.0.push((name.to_owned(), value));
    }

    /// The first header of that name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn check_name(name: &str) -> Result<(), StepError> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(StepError::invalid_input(format!(
            "`{name}` is no name of a header"
        )));
    }
    let lower = name.to_ascii_lowercase();
    let of_the_host = OF_THE_HOST.contains(&lower.as_str())
        || PREFIXES_OF_THE_HOST
            .iter()
            .any(|prefix| lower.starts_with(prefix));
    if of_the_host {
        return Err(StepError::invalid_input(format!(
            "the header `{name}` is set by the host; leave it out"
        )));
    }
    Ok(())
}

/// Reads query parameters in the same way as headers.
pub fn query_pairs(query: &Map<String, Value>) -> Result<Vec<(String, String)>, StepError> {
    let mut pairs = Vec::new();
    for (name, value) in query {
        for text in texts(value, || format!("the query parameter `{name}`"))? {
            pairs.push((name.clone(), text));
        }
    }
    Ok(pairs)
}

/// The texts of a value: none for null, several for a list.
fn texts(value: &Value, what: impl Fn() -> String) -> Result<Vec<String>, StepError> {
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let text = |item: &Value| {
        scalar(item).ok_or_else(|| {
            StepError::invalid_input(format!(
                "{} is {}; it is a text, a number, a boolean or a list of those",
                what(),
                kind(item)
            ))
        })
    };
    items.iter().map(text).collect()
}

/// A text, number or boolean as text.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a value is, for a message.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
        _ => "a plain value",
    }
}

/// The schema of headers and query parameters.
pub fn fields_schema(_: &mut SchemaGenerator) -> Schema {
    let plain = ["string", "number", "boolean", "null"];
    json_schema!({
        "type": ["object", "null"],
        "additionalProperties": {
            "type": ["string", "number", "boolean", "null", "array"],
            "items": { "type": plain }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(headers: Value) -> Result<Fields, StepError> {
        Fields::read(headers.as_object().unwrap())
    }

    #[test]
    fn plain_values_become_text_lists_repeat_and_null_is_left_out() {
        let fields = read(json!({"X-A": 1, "x-b": ["p", true], "x-c": null})).unwrap();
        let all: Vec<_> = fields.iter().collect();
        assert_eq!(all, [("X-A", "1"), ("x-b", "p"), ("x-b", "true")]);
        assert_eq!(fields.get("x-a"), Some("1"));
    }

    #[test]
    fn what_belongs_to_the_host_or_is_no_header_is_refused_by_name() {
        for name in [
            "Host",
            "proxy-x",
            "Segue-Auth",
            "transfer-encoding",
            "a b",
            "",
        ] {
            let refused = read(json!({name: "x"})).unwrap_err().to_string();
            assert!(refused.contains(name), "{name}: {refused}");
        }
        for value in [json!({"a": 1}), json!([[1]]), json!("a\r\nb: c")] {
            let refused = read(json!({"x-a": value})).unwrap_err().to_string();
            assert!(refused.contains("x-a"), "{refused}");
        }
    }

    #[test]
    fn a_default_does_not_replace() {
        let mut fields = read(json!({"Accept": "text/plain"})).unwrap();
        fields.or_set("accept", "*/*");
        fields.or_set("user-agent", "segue");
        assert_eq!(fields.get("accept"), Some("text/plain"));
        assert_eq!(fields.get("user-agent"), Some("segue"));
    }
}
