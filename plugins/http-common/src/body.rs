//! The body of a request, out of a JSON value and the content type that the workflow names.

use segue_plugin::StepError;
use serde_json::{Map, Value};

use crate::fields::scalar;
use crate::multipart;
use crate::percent::form;

/// A body, and the content type to send with it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Body {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The content type: the one that was named, completed, or the one that fits. Absent
    /// without a body.
    pub content_type: Option<String>,
}

/// Encodes a body. Objects, lists, numbers and booleans are JSON, unless an object's content
/// type is one of the two kinds of forms; a text is sent as it is; null is no body.
pub fn encode(value: &Value, content_type: Option<&str>) -> Result<Body, StepError> {
    let media = content_type.map(essence).unwrap_or_default();
    match value {
        Value::Null => Ok(Body::default()),
        Value::String(text) => Ok(Body {
            bytes: text.clone().into_bytes(),
            content_type: Some(content_type.unwrap_or("text/plain; charset=utf-8").into()),
        }),
        Value::Object(members) if media == "application/x-www-form-urlencoded" => Ok(Body {
            bytes: form(&form_pairs(members)?).into_bytes(),
            content_type: content_type.map(str::to_owned),
        }),
        Value::Object(members) if media == "multipart/form-data" => multipart::encode(members),
        json => Ok(Body {
            bytes: serde_json::to_vec(json).map_err(StepError::other)?,
            content_type: Some(content_type.unwrap_or("application/json").into()),
        }),
    }
}

/// The pairs of a form: lists repeat their name, objects are JSON, null is left out.
fn form_pairs(members: &Map<String, Value>) -> Result<Vec<(String, String)>, StepError> {
    let mut pairs = Vec::new();
    for (name, value) in members {
        let items = match value {
            Value::Null => continue,
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            let text = scalar(item).unwrap_or_else(|| item.to_string());
            pairs.push((name.clone(), text));
        }
    }
    Ok(pairs)
}

/// A media type without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a media type, with or without parameters, is one of JSON (RFC 6839 names the suffix).
pub fn is_json(content_type: &str) -> bool {
    let media = essence(content_type);
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn encoded(value: Value, content_type: Option<&str>) -> (String, Option<String>) {
        let body = encode(&value, content_type).unwrap();
        (String::from_utf8(body.bytes).unwrap(), body.content_type)
    }

    #[test]
    fn objects_and_lists_are_json_unless_the_content_type_says_otherwise() {
        let json_type = Some("application/json".to_owned());
        assert_eq!(
            encoded(json!({"b": 1, "a": [true]}), None),
            (r#"{"b":1,"a":[true]}"#.into(), json_type.clone())
        );
        assert_eq!(encoded(json!([1]), None), ("[1]".into(), json_type.clone()));
        assert_eq!(encoded(json!(1.50), None), ("1.5".into(), json_type));
        let (text, kept) = encoded(json!({"a": 1}), Some("application/merge-patch+json"));
        assert_eq!(text, r#"{"a":1}"#);
        assert_eq!(kept.as_deref(), Some("application/merge-patch+json"));
    }

    #[test]
    fn a_text_is_sent_as_it_is() {
        let (text, kind) = encoded(json!("<a/>"), Some("application/xml"));
        assert_eq!(
            (text.as_str(), kind.as_deref()),
            ("<a/>", Some("application/xml"))
        );
        let (_, kind) = encoded(json!("hello"), None);
        assert_eq!(kind.as_deref(), Some("text/plain; charset=utf-8"));
    }

    #[test]
    fn an_object_is_a_form_where_the_content_type_says_so() {
        let value = json!({"name": "a b", "tag": ["x", 2], "none": null, "more": {"k": 1}});
        let (text, _) = encoded(
            value,
            Some("Application/X-WWW-Form-URLencoded; charset=utf-8"),
        );
        assert_eq!(text, "name=a+b&tag=x&tag=2&more=%7B%22k%22%3A1%7D");
    }

    #[test]
    fn null_is_no_body() {
        assert_eq!(encode(&Value::Null, None).unwrap(), Body::default());
    }
}
