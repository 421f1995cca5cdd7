//! `segue callbacks`: what runs wait for somebody to say.

use segue_model::RunId;
use serde_json::Value;

use crate::args::CallbacksCommand;
use crate::client::{self, Client};
use crate::config::{Settings, parse_input};
use crate::error::{CliError, Exit};
use crate::show::{Out, line};

/// Characters of a title or address in the list.
const SHOWN_CHARS: usize = 200;

pub(crate) fn callbacks(settings: &Settings, command: CallbacksCommand) -> Result<Exit, CliError> {
    let client = client::connect(settings)?;
    let out = Out::new(settings);
    match command {
        CallbacksCommand::List { run } => {
            let answer = client.get(&path(&run)?)?.json;
            out.result(&answer, || list_text(pending(&answer)))?;
        }
        CallbacksCommand::Answer { run, answer, task } => {
            let answer = parse_input(&answer)?;
            let listed = client.get(&path(&run)?)?.json;
            let chosen = choose(pending(&listed), task.as_deref(), &run)?;
            let place = place(&client, chosen)?;
            let body = answer.to_string();
            let taken = client
                .post(&place, "application/json", body.as_bytes())?
                .json;
            out.result(&taken, || "answered".to_owned())?;
        }
    }
    Ok(Exit::Ok)
}

fn path(run: &str) -> Result<String, CliError> {
    let run: RunId = run
        .parse()
        .map_err(|error: segue_model::id::IdError| CliError::Usage(error.to_string()))?;
    Ok(format!("/v1/runs/{run}/callbacks"))
}

fn pending(answer: &Value) -> &[Value] {
    let list = answer.get("callbacks").and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn text<'v>(callback: &'v Value, name: &str) -> &'v str {
    callback
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn list_text(callbacks: &[Value]) -> String {
    if callbacks.is_empty() {
        return "no callbacks".to_owned();
    }
    let one = |callback: &Value| {
        let shown = |name| line(text(callback, name), SHOWN_CHARS);
        format!(
            "{}\n  {}\n  {}",
            shown("task"),
            shown("title"),
            shown("url")
        )
    };
    callbacks.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The one callback that is meant.
fn choose<'v>(
    callbacks: &'v [Value],
    task: Option<&str>,
    run: &str,
) -> Result<&'v Value, CliError> {
    let meant: Vec<&Value> = callbacks
        .iter()
        .filter(|callback| task.is_none_or(|task| text(callback, "task") == task))
        .collect();
    match meant.as_slice() {
        [only] => Ok(only),
        [] => Err(CliError::Usage(match task {
            Some(task) => format!("run {run} waits for no callback at {task}"),
            None => format!("run {run} waits for no callback"),
        })),
        several => {
            let tasks: Vec<&str> = several.iter().map(|c| text(c, "task")).collect();
            Err(CliError::Usage(format!(
                "run {run} waits for several callbacks; name one with --task: {}",
                tasks.join(", ")
            )))
        }
    }
}

/// The path of the callback's address: the address itself may be the host's public one.
fn place(client: &Client, callback: &Value) -> Result<String, CliError> {
    let url = text(callback, "url");
    url.find("/v1/callbacks/")
        .and_then(|at| url.get(at..))
        .map(str::to_owned)
        .ok_or_else(|| CliError::Foreign {
            address: client.address().to_owned(),
            detail: "a callback without an address".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_only_callback_needs_no_name_and_several_do() {
        let one = [json!({"task": "/do/0/a"})];
        assert_eq!(choose(&one, None, "r").unwrap(), &one[0]);
        let two = [json!({"task": "/do/0/a"}), json!({"task": "/do/1/b"})];
        assert_eq!(choose(&two, Some("/do/1/b"), "r").unwrap(), &two[1]);
        let error = choose(&two, None, "r").unwrap_err().to_string();
        assert!(error.contains("/do/0/a, /do/1/b"), "{error}");
        assert!(choose(&[], None, "r").is_err());
        assert!(choose(&two, Some("/do/2/c"), "r").is_err());
    }
}
