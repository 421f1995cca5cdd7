//! Putting a request together: every argument to its place.

use http_common::{Body, Fields, Url};
use segue_plugin::StepError;
use segue_plugin::http::Method;
use serde_json::{Map, Value};

use crate::argument::{Arguments, missing_arguments};
use crate::body::{self, Wanted};
use crate::document::unusable;
use crate::operation::Operation;
use crate::parameter::{self, Parameter, Place};
use crate::server;

/// A request without what is common to all.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Fields,
    pub(crate) body: Body,
}

/// What was written so far.
#[derive(Default)]
struct Written {
    path: Vec<(String, String)>,
    query: Vec<String>,
    headers: Map<String, Value>,
    cookies: Vec<String>,
    form: Map<String, Value>,
    body: Option<Value>,
}

/// The request that calls an operation.
pub(crate) fn request(
    operation: &Operation<'_>,
    arguments: Map<String, Value>,
) -> Result<Request, StepError> {
    let parameters = parameter::all(operation)?;
    let wanted = body::wanted(operation, &parameters)?;
    let mut arguments = Arguments::new(arguments);
    let mut written = Written::default();
    let mut missing = Vec::new();
    let is_body = |parameter: &&Parameter<'_>| parameter.place == Place::Body;
    for parameter in parameters.iter().filter(|parameter| !is_body(parameter)) {
        match value(&mut arguments, parameter) {
            Some(value) => written.put(parameter, value),
            None if parameter.is_required => missing.push(parameter.name),
            None => {}
        }
    }
    let has_form = parameters
        .iter()
        .any(|parameter| parameter.place == Place::FormData);
    if let Some(wanted) = wanted.as_ref().filter(|_| !has_form) {
        written.body = wanted.take(operation, &mut arguments)?;
        if written.body.is_none() && wanted.is_required {
            missing.push(wanted.name);
        }
    }
    if !missing.is_empty() {
        return Err(missing_arguments(operation.id, &missing));
    }
    let mut known: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    known.extend(wanted.iter().flat_map(Wanted::names));
    arguments.check(operation.id, &known)?;
    written.finish(operation, wanted.as_ref())
}

/// The argument of a parameter, or its default where it is required.
fn value(arguments: &mut Arguments, parameter: &Parameter<'_>) -> Option<Value> {
    let given = arguments.take(parameter.name);
    let default = parameter.default.filter(|_| parameter.is_required);
    given.or_else(|| default.cloned())
}

impl Written {
    fn put(&mut self, parameter: &Parameter<'_>, value: Value) {
        let (name, form) = (parameter.name, &parameter.form);
        match parameter.place {
            Place::Path => self
                .path
                .push((name.to_owned(), form.in_path(name, &value))),
            Place::Query => self.query.extend(form.in_query(name, &value)),
            Place::Cookie => self.cookies.extend(form.in_cookie(name, &value)),
            Place::Header => {
                let text = form.in_header(&value);
                self.headers.insert(name.to_owned(), Value::String(text));
            }
            Place::FormData => {
                let value = if parameter.is_file {
                    file(value)
                } else {
                    value
                };
                self.form.insert(name.to_owned(), value);
            }
            // It is no parameter among others.
            Place::Body => {}
        }
    }

    fn finish(
        mut self,
        operation: &Operation<'_>,
        wanted: Option<&Wanted<'_>>,
    ) -> Result<Request, StepError> {
        let path = self.filled_path(operation)?;
        let url = Url::parse(
            &format!("{}{path}", server::base(operation)?),
            "the operation's address",
        )?;
        if !self.cookies.is_empty() {
            let cookies = Value::String(self.cookies.join("; "));
            self.headers.insert("cookie".to_owned(), cookies);
        }
        let mut headers = Fields::read(&self.headers)?;
        if let Some(accept) = body::accept(operation) {
            headers.or_set("accept", &accept);
        }
        let value = match self.form.is_empty() {
            true => self.body.unwrap_or_default(),
            false => Value::Object(self.form),
        };
        let body = match wanted {
            Some(wanted) => wanted.encode(&value, headers.get("content-type"))?,
            None => Body::default(),
        };
        let method = operation.method.parse().map_err(StepError::from)?;
        Ok(Request {
            method,
            url: url.with_encoded_query(self.query),
            headers,
            body,
        })
    }

    /// The path with its parameters. One that is empty would lead to another path.
    fn filled_path(&self, operation: &Operation<'_>) -> Result<String, StepError> {
        let mut path = String::new();
        let mut rest = operation.path;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            let found = self.path.iter().find(|(other, _)| other == name);
            let (_, value) = found.ok_or_else(|| {
                unusable(format!(
                    "the path `{}` has a parameter `{name}` that is not declared",
                    operation.path
                ))
            })?;
            if value.is_empty() || value == "." || value == ".." {
                return Err(StepError::invalid_input(format!(
                    "the parameter `{name}` of the path `{}` is `{value}`",
                    operation.path
                )));
            }
            path.push_str(before);
            path.push_str(value);
            rest = after;
        }
        path.push_str(rest);
        Ok(if path.starts_with('/') {
            path
        } else {
            format!("/{path}")
        })
    }
}

/// A text as the content of a file; an object says more about it already.
fn file(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::json!({ "text": text }),
        other => other,
    }
}
