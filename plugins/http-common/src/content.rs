//! The content of an answer as a JSON value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use segue_plugin::StepError;
use segue_plugin::http::Response;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::body::{essence, is_json};
use crate::charset::Charset;
use crate::failure::communication;

/// What a service answered: JSON where it says that it is, text where it says so, and
/// otherwise the bytes in base64. Null where there is nothing.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// JSON, as it came: not read into values, so that it is as large as its text and its
    /// numbers are as the service wrote them.
    Json(Box<RawValue>),
    /// Text, or base64.
    Text(String),
    /// Nothing.
    Nothing(()),
}

impl JsonSchema for Content {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Content".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "JSON as a value, text as text, anything else in base64; null where there is nothing"
        })
    }
}

/// Media types that are text although their names do not begin with `text/`.
const TEXTS: &[&str] = &[
    "application/ecmascript",
    "application/graphql",
    "application/javascript",
    "application/jsonl",
    "application/sql",
    "application/toml",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-sh",
    "application/x-www-form-urlencoded",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
];

impl Content {
    /// Reads the body of an answer. An error where it is not what its content type says.
    pub fn read(answer: &Response) -> Result<Content, StepError> {
        let content_type = answer.header("content-type").unwrap_or_default();
        let is_encoded = answer
            .header("content-encoding")
            .is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        if is_encoded {
            return Ok(Content::Text(STANDARD.encode(answer.body())));
        }
        if is_json(content_type) {
            return json(answer, content_type);
        }
        if answer.body().is_empty() {
            return Ok(match is_text(content_type) {
                true => Content::Text(String::new()),
                false => Content::Nothing(()),
            });
        }
        match charset(content_type) {
            Some(Ok(charset)) => Ok(Content::Text(charset.decode(answer.body()))),
            Some(Err(label)) => Err(communication("The answer could not be read").status(502).detail(format!(
                "the answer is text in the encoding `{label}`, which is none of utf-8, utf-16, iso-8859-1 and \
                 windows-1252; `output: raw` gives its bytes"
            ))),
            None if content_type.is_empty() => Ok(unnamed(answer.body())),
            None => Ok(Content::Text(STANDARD.encode(answer.body()))),
        }
    }
}

fn json(answer: &Response, content_type: &str) -> Result<Content, StepError> {
    let text = charset(content_type)
        .and_then(Result::ok)
        .unwrap_or(Charset::Utf8)
        .decode(answer.body());
    if text.trim().is_empty() {
        return Ok(Content::Nothing(()));
    }
    RawValue::from_string(text.trim().to_owned())
        .map(Content::Json)
        .map_err(|error| {
            communication("The answer could not be read")
                .status(502)
                .detail(format!(
                    "its content type is {content_type}, and it is no JSON: {error}"
                ))
        })
}

/// What comes without a content type is text where it can be.
fn unnamed(bytes: &[u8]) -> Content {
    match std::str::from_utf8(bytes) {
        Ok(text) => Content::Text(text.to_owned()),
        Err(_) => Content::Text(STANDARD.encode(bytes)),
    }
}

fn is_text(content_type: &str) -> bool {
    let media = essence(content_type);
    media.starts_with("text/")
        || media.ends_with("+xml")
        || media.ends_with("+yaml")
        || TEXTS.contains(&media.as_str())
}

/// The encoding of text, or the label of one that is not known; nothing where it is no text.
fn charset(content_type: &str) -> Option<Result<Charset, String>> {
    let label = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().to_owned())
    });
    match label {
        Some(label) => Some(Charset::named(&label).ok_or(label)),
        None => is_text(content_type).then_some(Ok(Charset::Utf8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(content_type: &str, body: &[u8]) -> Value {
        let answer = Response::new(200, [("content-type", content_type)], body);
        serde_json::to_value(Content::read(&answer).unwrap()).unwrap()
    }

    #[test]
    fn json_is_a_value_whatever_its_kind_is_called() {
        for kind in [
            "application/json",
            "application/hal+JSON; charset=utf-8",
            "text/json",
        ] {
            assert_eq!(read(kind, b" {\"a\":[1,2]}\n"), json!({"a": [1, 2]}));
        }
        assert_eq!(read("application/json", b""), Value::Null);
        assert_eq!(
            read("application/json", "\u{feff}[1]".as_bytes()),
            json!([1])
        );
    }

    #[test]
    fn numbers_of_json_stay_as_the_service_wrote_them() {
        let body = r#"{"id":12345678901234567890123,"x":1.10}"#;
        let answer = Response::new(200, [("content-type", "application/json")], body);
        let content = Content::read(&answer).unwrap();
        assert_eq!(serde_json::to_string(&content).unwrap(), body);
    }

    #[test]
    fn text_is_text_in_its_encoding() {
        assert_eq!(read("text/plain", "grüß".as_bytes()), json!("grüß"));
        assert_eq!(read("text/html; charset=ISO-8859-1", b"\xfc"), json!("ü"));
        assert_eq!(read("application/atom+xml", b"<a/>"), json!("<a/>"));
        assert_eq!(read("application/x-ndjson", b"{}\n{}\n"), json!("{}\n{}\n"));
        assert_eq!(read("text/plain", b""), json!(""));
    }

    #[test]
    fn anything_else_is_base64() {
        assert_eq!(read("image/png", b"\x89PNG"), json!("iVBORw=="));
        let zipped = [("content-type", "text/plain"), ("content-encoding", "gzip")];
        let content = Content::read(&Response::new(200, zipped, "\x1f")).unwrap();
        assert_eq!(serde_json::to_value(content).unwrap(), json!("Hw=="));
        let none: [(&str, &str); 0] = [];
        let unnamed = |body: &[u8]| {
            let content = Content::read(&Response::new(200, none, body)).unwrap();
            serde_json::to_value(content).unwrap()
        };
        assert_eq!(unnamed(b"hello"), json!("hello"));
        assert_eq!(unnamed(b"\xff"), json!("/w=="));
        assert_eq!(unnamed(b""), Value::Null);
    }

    #[test]
    fn what_is_not_what_it_says_is_an_error() {
        for (kind, body, why) in [
            ("application/json", "{", "no JSON"),
            ("text/plain; charset=koi8-r", "x", "koi8-r"),
        ] {
            let answer = Response::new(200, [("content-type", kind)], body);
            let error = Content::read(&answer).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert!(!error.is_retryable());
        }
    }
}
