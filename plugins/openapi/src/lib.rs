//! `call: openapi` of the workflow language. One step, `call`, reads the description of a
//! service (OpenAPI 3.0 and 3.1, Swagger 2.0; JSON and YAML), finds an operation in it, puts the
//! request together and sends it.

mod argument;
mod body;
mod document;
mod fetch;
mod operation;
mod parameter;
mod place;
mod server;
mod style;
mod yaml;

use http_common::{Answer, Call, Output, Url};
use segue_plugin::{Capability, Context, Step, StepError};
use serde::Deserialize;
use serde_json::{Map, Value};

use document::Document;

/// An operation to be called.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Operation {
    /// The description of the service.
    document: Source,
    /// Which operation of it.
    operation_id: String,
    /// Arguments by the names of the operation's parameters. The request body stands under
    /// `body`, or its members stand beside the other arguments.
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    /// What is wanted of the answer; its content if absent.
    #[serde(default)]
    output: Option<Output>,
    /// Whether a redirection (300 to 399) is an answer like any other, and not an error.
    #[serde(default)]
    redirect: Option<bool>,
}

/// Where a description is.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Source {
    /// Its absolute `http` or `https` URI.
    endpoint: String,
}

impl Step for Operation {
    const NAME: &str = "call";
    const TITLE: Option<&str> = Some("Call an operation of a described service");
    const DESCRIPTION: Option<&str> = Some(
        "Reads an OpenAPI 3.x or Swagger 2.0 description, and calls the operation with that `operationId`. Errors of \
         the service are those of `http/request`; a description that cannot be used, or lacks the operation, is an \
         error of the type `configuration`; a missing or unknown argument is one of the type `validation`.",
    );
    const CAPABILITIES: &[Capability] = &[Capability::Http];
    type Input = Self;
    type Output = Answer;

    fn run(_: &Context, input: Self) -> Result<Answer, StepError> {
        let endpoint = Url::parse(&input.document.endpoint, "the document's endpoint")?;
        let (text, url) = fetch::document(endpoint)?;
        input.call(&Document::read(&text, url)?)?.perform()
    }
}

impl Operation {
    fn call(self, document: &Document) -> Result<Call, StepError> {
        let operation = operation::find(document, &self.operation_id)?;
        let request = place::request(&operation, self.parameters.unwrap_or_default())?;
        Ok(Call {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            output: self.output.unwrap_or_default(),
            redirect: self.redirect.unwrap_or_default(),
        })
    }
}

segue_plugin::export!(Operation);

#[cfg(test)]
mod tests;
