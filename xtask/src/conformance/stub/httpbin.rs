//! As much of httpbin as workflows of the suite use: echoes, statuses, redirects, delays.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Request};

/// The longest delay; httpbin's own limit.
const DELAY_MAX: f64 = 10.0;

/// Answers what httpbin answers; nothing for anything else.
pub(super) fn answer(request: &Request) -> Option<Answer> {
    let path = request.path.trim_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    Some(match first {
        "anything" | "get" | "post" | "put" | "patch" | "delete" => echo(request),
        "headers" => Answer::json(200, &json!({"headers": headers(request)})),
        "json" => Answer::json(
            200,
            &json!({"slideshow": {"title": "Sample Slide Show", "author": "Yours Truly"}}),
        ),
        "html" => Answer::new(200, "text/html; charset=utf-8", b"<html></html>".to_vec()),
        "text" => Answer::text(200, "plain text"),
        "broken-json" => Answer::new(200, "application/json", b"{\"a\": ".to_vec()),
        "problem" => Answer::new(
            422,
            "application/problem+json",
            br#"{"type":"https://pets.test/problem","title":"No"}"#.to_vec(),
        ),
        "base64" => Answer::new(200, "application/octet-stream", STANDARD.decode(rest).ok()?),
        "response-headers" => request
            .arguments()
            .iter()
            .fold(Answer::json(200, &json!({})), |answer, (name, value)| {
                answer.with(name, value)
            }),
        "status" => status(rest.parse().ok()?),
        "redirect" => redirect(rest.parse().ok()?),
        "redirect-to" => Answer::text(302, "").with("location", &request.argument("url")?),
        "delay" => {
            let seconds: f64 = rest.parse().ok()?;
            std::thread::sleep(Duration::from_secs_f64(seconds.clamp(0.0, DELAY_MAX)));
            echo(request)
        }
        _ => return None,
    })
}

fn status(status: u16) -> Answer {
    match status {
        204 | 304 => Answer::text(status, ""),
        300..400 => Answer::text(status, "elsewhere").with("location", "/redirect/1"),
        _ => Answer::text(status, &format!("status {status}")),
    }
}

fn redirect(times: u32) -> Answer {
    let to = match times {
        0 | 1 => "/get".to_owned(),
        more => format!("/redirect/{}", more - 1),
    };
    Answer::text(302, "elsewhere").with("location", &to)
}

fn echo(request: &Request) -> Answer {
    let arguments: Map<String, Value> = request
        .arguments()
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let body = json!({
        "method": request.method,
        "url": format!("{}{}", request.address(), request.query),
        "args": arguments,
        "headers": headers(request),
        "data": request.text(),
        "json": serde_json::from_slice::<Value>(&request.body).unwrap_or_default(),
    });
    Answer::json(200, &body)
}

/// The headers, in the capitals that httpbin gives them.
fn headers(request: &Request) -> Value {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let name = |name: &str| name.split('-').map(capital).collect::<Vec<_>>().join("-");
    let all = request.headers.iter();
    all.map(|(n, value)| (name(n), Value::from(value.as_str())))
        .collect::<Map<_, _>>()
        .into()
}
