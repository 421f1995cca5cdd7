//! Forms with files: `multipart/form-data` (RFC 7578).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue_plugin::StepError;
use serde_json::{Map, Value};

use crate::body::Body;
use crate::fields::scalar;

/// Encodes the members of an object as parts. A part is a text, number or boolean; a list of
/// parts; a file, which is an object with `text` or `base64` and, if wanted, `filename` and
/// `contentType`; any other object is a part of JSON. Null is left out.
///
/// The boundary is made from the content, so that the same form is the same body in every
/// attempt.
pub(crate) fn encode(members: &Map<String, Value>) -> Result<Body, StepError> {
    let mut parts = Vec::new();
    for (name, value) in members {
        let items = match value {
            Value::Null => continue,
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            parts.push(Part::read(name, item)?);
        }
    }
    let boundary = boundary(&parts);
    let mut bytes = Vec::new();
    for part in &parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n{}\r\n\r\n", part.head).as_bytes());
        bytes.extend_from_slice(&part.content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Body {
        bytes,
        content_type: Some(format!("multipart/form-data; boundary={boundary}")),
    })
}

struct Part {
    head: String,
    content: Vec<u8>,
}

impl Part {
    fn read(name: &str, value: &Value) -> Result<Part, StepError> {
        if let Some(text) = scalar(value) {
            return Ok(Part::new(name, None, None, text.into_bytes()));
        }
        let Value::Object(file) = value else {
            return Ok(Part::json(name, value));
        };
        let text = |member: &str| file.get(member).and_then(Value::as_str);
        let content = match (text("text"), text("base64")) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(encoded)) => STANDARD.decode(encoded).map_err(|error| {
                StepError::invalid_input(format!("the file `{name}` is no base64: {error}"))
            })?,
            _ => return Ok(Part::json(name, value)),
        };
        let media = text("contentType").unwrap_or("application/octet-stream");
        if media.chars().any(char::is_control) {
            return Err(StepError::invalid_input(format!(
                "the content type of the file `{name}` holds control characters"
            )));
        }
        let filename = text("filename").unwrap_or(name);
        Ok(Part::new(name, Some(filename), Some(media), content))
    }

    fn json(name: &str, value: &Value) -> Part {
        let content = value.to_string().into_bytes();
        Part::new(name, None, Some("application/json"), content)
    }

    fn new(name: &str, filename: Option<&str>, media: Option<&str>, content: Vec<u8>) -> Part {
        let mut head = format!("content-disposition: form-data; name=\"{}\"", quoted(name));
        if let Some(filename) = filename {
            head.push_str(&format!("; filename=\"{}\"", quoted(filename)));
        }
        if let Some(media) = media {
            head.push_str(&format!("\r\ncontent-type: {media}"));
        }
        Part { head, content }
    }
}

/// What browsers do with the three characters that would end a quoted name.
fn quoted(text: &str) -> String {
    text.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A line that stands in none of the parts: a hash of them (FNV-1a), counted up while it does.
fn boundary(parts: &[Part]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.head.bytes().chain(part.content.iter().copied()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    loop {
        let boundary = format!("segue-{hash:016x}");
        let stands = |content: &[u8]| {
            content
                .windows(boundary.len())
                .any(|window| window == boundary.as_bytes())
        };
        if !parts.iter().any(|part| stands(&part.content)) {
            return boundary;
        }
        hash = hash.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(value: Value) -> (String, String) {
        let body = encode(value.as_object().unwrap()).unwrap();
        let text = String::from_utf8(body.bytes).unwrap();
        (text, body.content_type.unwrap())
    }

    #[test]
    fn texts_files_and_json_are_parts() {
        let (text, kind) = form(json!({
            "id": 7,
            "file": {"filename": "a\".txt", "contentType": "text/plain", "base64": "aGk="},
            "meta": {"k": [1]},
            "none": null,
        }));
        let boundary = kind.split_once("boundary=").unwrap().1;
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"id\"\r\n\r\n7\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a%22.txt\"\r\n\
             content-type: text/plain\r\n\r\nhi\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"meta\"\r\n\
             content-type: application/json\r\n\r\n{{\"k\":[1]}}\r\n--{boundary}--\r\n"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn the_same_form_has_the_same_boundary_and_another_one_another() {
        assert_eq!(form(json!({"a": 1})), form(json!({"a": 1})));
        assert_ne!(form(json!({"a": 1})).1, form(json!({"a": 2})).1);
    }

    #[test]
    fn a_file_that_is_no_base64_is_refused_by_name() {
        let file = json!({"photo": {"base64": "***"}});
        let refused = encode(file.as_object().unwrap()).unwrap_err().to_string();
        assert!(refused.contains("photo"), "{refused}");
    }
}
