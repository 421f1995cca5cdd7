//! The errors of calls over HTTP, as the workflow language types them.

use segue_plugin::StepError;
use segue_plugin::http::{HttpError, Response};
use serde_json::{Value, json};

use crate::body::is_json;
use crate::content::Content;
use crate::url::Url;

/// The error of a service that answered with a failure, or not at all.
const COMMUNICATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/communication";
/// The error of a call that no input can make right.
const CONFIGURATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/configuration";

/// How much of an answer the detail quotes, in characters.
const EXCERPT_CHARACTERS: usize = 300;
/// How large an answer may be to become a member of the error, in bytes of JSON.
const MEMBER_BYTES: usize = 16 * 1024;

/// An error of communication; its status is 500 until one is known.
pub fn communication(title: &str) -> StepError {
    StepError::new(COMMUNICATION, title).status(500)
}

/// An error of configuration.
pub fn configuration(title: &str) -> StepError {
    StepError::new(CONFIGURATION, title).status(400)
}

/// No answer: failures of the network are worth another try, a request that cannot be sent is
/// not.
pub fn unreachable(what: &str, error: &HttpError) -> StepError {
    let detail = format!("{what}: {error}");
    match error {
        HttpError::Request(_) => StepError::invalid_input(detail),
        // The host turns this into its own problem, which says how to grant the destination.
        HttpError::Denied(_) => StepError::from(error.clone()),
        HttpError::TooLong { .. } => {
            communication("The answer is too long").detail(format!("{detail}; ask for less of it"))
        }
        HttpError::Timeout(_) => communication("No answer in time")
            .detail(detail)
            .retryable(),
        _ => communication("The service could not be reached")
            .detail(detail)
            .retryable(),
    }
}

/// An answer that is a failure. The error's status is the answer's; its member `response` has
/// what the service said, where that is not too long.
pub(crate) fn refused(what: &str, answer: &Response) -> StepError {
    let status = answer.status();
    let title = format!("The service answered with status {status}");
    let mut error = StepError::new(COMMUNICATION, title)
        .status(status)
        .detail(detail(what, answer))
        .extension("response", response(answer));
    let is_transient = matches!(status, 408 | 425 | 429 | 500..=599);
    if is_transient {
        error = match answer.retry_after() {
            Some(wait) => error.retry_after(wait),
            None => error.retryable(),
        };
    }
    error
}

fn detail(what: &str, answer: &Response) -> String {
    let status = answer.status();
    if (300..400).contains(&status) {
        let to = answer
            .header("location")
            .map_or_else(String::new, |to| format!(" to {}", cut(to)));
        return format!(
            "{what} was answered with a redirection ({status}){to}, which is an error unless `redirect: true` is set"
        );
    }
    match excerpt(answer) {
        Some(said) => format!("{what} was answered with status {status}: {said}"),
        None => format!("{what} was answered with status {status}"),
    }
}

/// The part of an answer that a person would look for.
fn excerpt(answer: &Response) -> Option<String> {
    let kind = answer.header("content-type").unwrap_or_default();
    if answer.body().is_empty() {
        return None;
    }
    if is_json(kind)
        && let Ok(Value::Object(members)) = answer.json::<Value>()
    {
        // RFC 9457 first, then what services call it by habit.
        let names = ["detail", "title", "message", "error_description", "error"];
        let said = names.iter().find_map(|name| members.get(*name)?.as_str());
        if let Some(said) = said {
            return Some(cut(said));
        }
    }
    if kind.starts_with("text/html") {
        return Some("a page of HTML".to_owned());
    }
    match Content::read(answer) {
        Ok(Content::Json(json)) => Some(cut(json.get())),
        Ok(Content::Text(text)) if std::str::from_utf8(answer.body()).is_ok() => Some(cut(&text)),
        _ => Some(format!("{} bytes of {kind}", answer.body().len())),
    }
}

/// A text on one line, cut to what a message shows.
fn cut(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(EXCERPT_CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn response(answer: &Response) -> Value {
    let content = Content::read(answer).ok().and_then(|content| {
        let text = serde_json::to_string(&content).ok()?;
        (text.len() <= MEMBER_BYTES).then(|| serde_json::from_str::<Value>(&text).ok())?
    });
    match content {
        Some(content) => json!({ "statusCode": answer.status(), "content": content }),
        None => json!({ "statusCode": answer.status() }),
    }
}

/// How messages name a request.
pub(crate) fn request_line(method: &str, url: &Url) -> String {
    format!("{method} {}", url.bare())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn error(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> StepError {
        refused(
            "GET https://x.test/",
            &Response::new(status, headers.iter().copied(), body),
        )
    }

    #[test]
    fn the_status_of_the_answer_is_that_of_the_error() {
        let body = r#"{"code":1,"type":"error","message":"Pet not found"}"#;
        let error = error(404, &[("content-type", "application/json")], body);
        assert_eq!(error.kind(), COMMUNICATION);
        assert_eq!(error.status_code(), Some(404));
        assert!(!error.is_retryable());
        assert_eq!(
            error.to_string(),
            "The service answered with status 404: GET https://x.test/ was answered with status 404: Pet not found"
        );
        assert_eq!(error.extensions()["response"]["content"]["code"], 1);
    }

    #[test]
    fn what_may_pass_is_worth_another_try_and_waits_as_it_was_told() {
        for status in [408, 429, 500, 503] {
            assert!(error(status, &[], "").is_retryable(), "{status}");
        }
        for status in [302, 400, 401, 404, 409] {
            assert!(!error(status, &[], "").is_retryable(), "{status}");
        }
        let waits = error(429, &[("retry-after", "7")], "").waits();
        assert_eq!(waits, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_long_answer_is_cut_and_stays_out_of_the_members() {
        let body = format!("a\n b{}", "x".repeat(MEMBER_BYTES));
        let error = error(500, &[("content-type", "text/plain")], &body);
        assert!(error.to_string().chars().count() < 500, "{error}");
        assert!(error.to_string().contains("a bxxx"), "{error}");
        assert_eq!(error.extensions()["response"], json!({"statusCode": 500}));
    }

    #[test]
    fn a_redirection_says_where_to_and_what_accepts_it() {
        let text = error(302, &[("location", "https://y.test/")], "").to_string();
        assert!(
            text.contains("https://y.test/") && text.contains("redirect: true"),
            "{text}"
        );
    }

    #[test]
    fn failures_of_the_network_are_status_500_and_retryable() {
        let refused = unreachable("GET x", &HttpError::Connection("refused".into()));
        assert_eq!(
            (refused.status_code(), refused.is_retryable()),
            (Some(500), true)
        );
        let long = unreachable("GET x", &HttpError::TooLong { max_bytes: 9 });
        assert_eq!(
            (long.status_code(), long.is_retryable()),
            (Some(500), false)
        );
        let bad = unreachable("GET x", &HttpError::Request("bad".into()));
        assert!(bad.kind().ends_with("/validation"));
    }
}
