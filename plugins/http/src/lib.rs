//! `call: http` of the workflow language. One step, `request`, sends one request.

use http_common::{Answer, Call, Fields, Output, Url, encode, query_pairs, with_query};
use segue_plugin::http::Method;
use segue_plugin::{Capability, Context, Step, StepError};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A request to be sent.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Request {
    /// The method, in any case.
    method: String,
    /// The absolute `http` or `https` URI.
    endpoint: String,
    /// Headers: text, numbers or booleans; a list sends one several times, null leaves it out.
    #[serde(default)]
    #[schemars(schema_with = "http_common::fields_schema")]
    headers: Option<Map<String, Value>>,
    /// Parameters that are added to the query of the endpoint, in the same forms.
    #[serde(default)]
    #[schemars(schema_with = "http_common::fields_schema")]
    query: Option<Map<String, Value>>,
    /// The body: text as it is, anything else as JSON, or as a form where the header
    /// `content-type` says so. Null is no body.
    #[serde(default)]
    body: Value,
    /// What is wanted of the answer; its content if absent.
    #[serde(default)]
    output: Option<Output>,
    /// Whether a redirection (300 to 399) is an answer like any other, and not an error. It is
    /// never followed.
    #[serde(default)]
    redirect: Option<bool>,
}

impl Step for Request {
    const NAME: &str = "request";
    const TITLE: Option<&str> = Some("Send an HTTP request");
    const DESCRIPTION: Option<&str> = Some(
        "Sends one request and returns its answer. A status that is no success ends in an error of the type \
         `communication` with that status; 408, 425, 429 and 5xx can be retried. Its member `response` has what the \
         service said.",
    );
    const CAPABILITIES: &[Capability] = &[Capability::Http];
    type Input = Self;
    type Output = Answer;

    fn run(_: &Context, input: Self) -> Result<Answer, StepError> {
        input.call()?.perform()
    }
}

impl Request {
    fn call(self) -> Result<Call, StepError> {
        let method: Method = self
            .method
            .trim()
            .parse()
            .map_err(|error| StepError::invalid_input(format!("`method`: {error}")))?;
        let url = Url::parse(&self.endpoint, "the endpoint")?;
        let query = query_pairs(&self.query.unwrap_or_default())?;
        let headers = Fields::read(&self.headers.unwrap_or_default())?;
        let body = encode(&self.body, headers.get("content-type"))?;
        Ok(Call {
            method,
            url: with_query(url, &query),
            headers,
            body,
            output: self.output.unwrap_or_default(),
            redirect: self.redirect.unwrap_or_default(),
        })
    }
}

segue_plugin::export!(Request);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(input: Value) -> Result<Call, StepError> {
        serde_json::from_value::<Request>(input).unwrap().call()
    }

    #[test]
    fn a_request_is_put_together() {
        let call = call(json!({
            "method": "post",
            "endpoint": "https://x.test/pets?a=1",
            "headers": {"X-Count": 2},
            "query": {"b": ["x y", 3], "none": null},
            "body": {"name": "Rex"},
            "output": "response",
            "redirect": true,
        }))
        .unwrap();
        assert_eq!(call.method, Method::Post);
        assert_eq!(call.url.to_string(), "https://x.test/pets?a=1&b=x%20y&b=3");
        assert_eq!(call.headers.get("x-count"), Some("2"));
        assert_eq!(call.body.bytes, br#"{"name":"Rex"}"#);
        assert_eq!(call.body.content_type.as_deref(), Some("application/json"));
        assert_eq!((call.output, call.redirect), (Output::Response, true));
    }

    #[test]
    fn only_method_and_endpoint_are_needed() {
        let call = call(json!({"method": "GET", "endpoint": "https://x.test"})).unwrap();
        assert!(call.body.bytes.is_empty());
        assert_eq!((call.output, call.redirect), (Output::Content, false));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (change, name) in [
            (json!({"method": "NOT A METHOD"}), "method"),
            (json!({"endpoint": "/relative"}), "endpoint"),
            (json!({"headers": {"host": "y.test"}}), "host"),
            (json!({"query": {"filter": {"a": 1}}}), "filter"),
        ] {
            let mut input = json!({"method": "GET", "endpoint": "https://x.test"});
            input
                .as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            let refused = call(input).unwrap_err();
            assert!(refused.kind().ends_with("/validation"));
            assert!(refused.to_string().contains(name), "{refused}");
        }
    }

    #[test]
    fn a_form_that_names_no_boundary_gets_one() {
        let call = call(json!({
            "method": "post",
            "endpoint": "https://x.test",
            "headers": {"Content-Type": "multipart/form-data"},
            "body": {"a": 1},
        }))
        .unwrap();
        let kind = call.body.content_type.unwrap();
        assert!(
            kind.starts_with("multipart/form-data; boundary=segue-"),
            "{kind}"
        );
    }
}
