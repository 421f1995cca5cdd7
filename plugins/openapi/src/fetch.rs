//! Fetching a description.

use std::time::Duration;

use http_common::{Url, communication, unreachable};
use segue_plugin::StepError;
use segue_plugin::http::{Request, Response};

/// Large services have some megabytes; as values in memory it is several times more.
const DOCUMENT_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Descriptions move: each hop needs its own grant.
const REDIRECTS_MAX: usize = 5;
/// Longer than the host lets any exchange take.
const TIMEOUT: Duration = Duration::from_secs(600);
/// Tells the host that the request is for the document, which may have an authentication of
/// its own.
const FOR_THE_DOCUMENT: (&str, &str) = ("segue-auth", "document");

/// The text of a description, and where it was in the end.
pub(crate) fn document(mut url: Url) -> Result<(String, Url), StepError> {
    for _ in 0..=REDIRECTS_MAX {
        let what = format!("GET {}", url.bare());
        let request = Request::get(url.to_string())
            .header("accept", "application/json, application/yaml, */*;q=0.8")
            .header("user-agent", concat!("segue/", env!("CARGO_PKG_VERSION")))
            .header(FOR_THE_DOCUMENT.0, FOR_THE_DOCUMENT.1)
            .timeout(TIMEOUT)
            .max_response_bytes(DOCUMENT_BYTES_MAX);
        let answer = request.send().map_err(|error| unreachable(&what, &error))?;
        match answer.header("location") {
            Some(location) if (300..400).contains(&answer.status()) => {
                url = url.join(location, "the document's new place")?;
            }
            _ => return Ok((text(&what, answer)?, url)),
        }
    }
    Err(communication("The document could not be fetched")
        .detail(format!("more than {REDIRECTS_MAX} redirections")))
}

fn text(what: &str, answer: Response) -> Result<String, StepError> {
    if answer.is_success() {
        return Ok(answer.text());
    }
    let status = answer.status();
    let error = communication("The document could not be fetched")
        .status(status)
        .detail(format!("{what} was answered with status {status}"));
    if !matches!(status, 408 | 425 | 429 | 500..=599) {
        return Err(error);
    }
    Err(match answer.retry_after() {
        Some(wait) => error.retry_after(wait),
        None => error.retryable(),
    })
}
