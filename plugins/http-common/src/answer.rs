//! What a call gives back, in the three forms of the workflow language.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use segue_plugin::StepError;
use segue_plugin::http::Response;
use serde::{Deserialize, Serialize};

use crate::content::Content;

/// What is wanted of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Its content.
    #[default]
    Content,
    /// All of it: the request, the status, the headers and the content.
    Response,
    /// Its bytes, in base64.
    Raw,
}

/// An answer in the form that was wanted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// `output: response`.
    Response(Box<Full>),
    /// `output: raw`.
    Raw(String),
    /// `output: content`.
    Content(Content),
}

/// All of an answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Full {
    /// The request as it was sent, without what the host added.
    pub request: Sent,
    /// The status.
    pub status_code: u16,
    /// The headers, by name in lower case. One that came several times has its values with a
    /// comma between them, `set-cookie` with a line break.
    pub headers: BTreeMap<String, String>,
    /// The content.
    pub content: Content,
}

/// A request that was sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Sent {
    /// The method, in upper case.
    pub method: String,
    /// The URI with its query.
    pub uri: String,
    /// The headers, by name in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Answer {
    /// Puts an answer that is no failure into the form that is wanted.
    pub(crate) fn new(sent: Sent, answer: &Response, output: Output) -> Result<Answer, StepError> {
        Ok(match output {
            Output::Content => Answer::Content(Content::read(answer)?),
            Output::Raw => Answer::Raw(STANDARD.encode(answer.body())),
            Output::Response => Answer::Response(Box::new(Full {
                request: sent,
                status_code: answer.status(),
                headers: by_name(answer.headers()),
                content: Content::read(answer)?,
            })),
        })
    }
}

/// Headers by name, in lower case.
pub(crate) fn by_name<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<String, String> {
    let mut named = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        // The one header that must not be joined by commas (RFC 6265, section 3).
        let between = if name == "set-cookie" { "\n" } else { ", " };
        named
            .entry(name)
            .and_modify(|values| {
                values.push_str(between);
                values.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_three_forms_of_one_answer() {
        let headers = [
            ("Content-Type", "application/json"),
            ("X-A", "1"),
            ("x-a", "2"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ];
        let answer = Response::new(201, headers, "{\"id\":7}");
        let sent = Sent {
            method: "POST".into(),
            uri: "https://x.test/".into(),
            headers: BTreeMap::new(),
        };
        let form = |output| {
            let answer = Answer::new(sent.clone(), &answer, output).unwrap();
            serde_json::to_value(answer).unwrap()
        };
        assert_eq!(form(Output::Content), json!({"id": 7}));
        assert_eq!(form(Output::Raw), json!("eyJpZCI6N30="));
        assert_eq!(
            form(Output::Response),
            json!({
                "request": {"method": "POST", "uri": "https://x.test/", "headers": {}},
                "statusCode": 201,
                "headers": {
                    "content-type": "application/json",
                    "set-cookie": "a=1\nb=2",
                    "x-a": "1, 2",
                },
                "content": {"id": 7},
            })
        );
    }
}
