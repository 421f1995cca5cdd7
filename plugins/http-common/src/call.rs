//! One call: send, then judge the answer.

use std::time::Duration;

use segue_plugin::StepError;
use segue_plugin::http::{Method, Request, Response};

use crate::answer::{Answer, Output, Sent, by_name};
use crate::body::Body;
use crate::failure::{refused, request_line, unreachable};
use crate::fields::Fields;
use crate::url::Url;

/// How much of an answer is read: more than a step's output may hold, so that what is larger
/// is refused with the host's own words, and little enough for a step's memory.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longer than the host lets any exchange take: its limit is the one that counts.
const TIMEOUT: Duration = Duration::from_secs(600);
/// What answers are preferred, where the workflow does not say.
const ACCEPT: &str = "application/json, */*;q=0.8";
/// Some services refuse requests without one.
const USER_AGENT: &str = concat!("segue/", env!("CARGO_PKG_VERSION"));

/// A request and what is wanted of its answer.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The headers that the workflow gave.
    pub headers: Fields,
    /// The body.
    pub body: Body,
    /// What is wanted.
    pub output: Output,
    /// Whether redirections are answers like any other. They are never followed.
    pub redirect: bool,
}

impl Call {
    /// Sends the request, and returns the answer or the error that it is.
    pub fn perform(mut self) -> Result<Answer, StepError> {
        self.complete();
        let what = request_line(self.method.as_str(), &self.url);
        let mut request = Request::new(self.method.clone(), self.url.to_string())
            .body(std::mem::take(&mut self.body.bytes))
            .timeout(TIMEOUT)
            .max_response_bytes(ANSWER_BYTES_MAX);
        for (name, value) in self.headers.iter() {
            request = request.header(name, value);
        }
        let answer = request.send().map_err(|error| unreachable(&what, &error))?;
        self.judge(&what, &answer)
    }

    /// Adds the headers that every request has.
    fn complete(&mut self) {
        if let Some(content_type) = self.body.content_type.take() {
            self.headers.replace("content-type", content_type);
        }
        self.headers.or_set("accept", ACCEPT);
        self.headers.or_set("user-agent", USER_AGENT);
    }

    fn judge(&self, what: &str, answer: &Response) -> Result<Answer, StepError> {
        let accepted = if self.redirect { 200..400 } else { 200..300 };
        if !accepted.contains(&answer.status()) {
            return Err(refused(what, answer));
        }
        let sent = Sent {
            method: self.method.to_string(),
            uri: self.url.to_string(),
            headers: by_name(self.headers.iter()),
        };
        Answer::new(sent, answer, self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(redirect: bool) -> Call {
        Call {
            method: Method::Get,
            url: Url::parse("https://x.test/a?token=t", "the endpoint").unwrap(),
            headers: Fields::default(),
            body: Body::default(),
            output: Output::Content,
            redirect,
        }
    }

    fn judged(redirect: bool, status: u16) -> Result<Answer, StepError> {
        let none: [(&str, &str); 0] = [];
        call(redirect).judge("GET x", &Response::new(status, none, ""))
    }

    #[test]
    fn what_is_an_error_depends_on_redirect() {
        for (status, without, with) in [
            (200, true, true),
            (204, true, true),
            (302, false, true),
            (304, false, true),
            (400, false, false),
            (500, false, false),
        ] {
            assert_eq!(judged(false, status).is_ok(), without, "{status}");
            assert_eq!(judged(true, status).is_ok(), with, "{status}");
        }
    }

    #[test]
    fn every_request_says_what_it_accepts_and_who_sends_it() {
        let mut call = call(false);
        call.body.content_type = Some("application/json".into());
        call.complete();
        let names: Vec<_> = call.headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["content-type", "accept", "user-agent"]);
    }

    #[test]
    fn messages_leave_the_query_out() {
        let failure = call(false).perform().unwrap_err().to_string();
        assert!(failure.contains("GET https://x.test/a:"), "{failure}");
        assert!(!failure.contains("token"), "{failure}");
    }
}
