//! `segue runs`: look at runs, and end them.

use segue_model::RunId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::args::RunsCommand;
use crate::client::{self, Client, Run, RunItem};
use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::show::{Out, journal_text, run_text, runs_text};

/// Journal entries that are asked for at once.
const PAGE: usize = 500;

/// Looks at runs.
pub(crate) fn runs(settings: &Settings, command: RunsCommand) -> Result<Exit, CliError> {
    let client = client::connect(settings)?;
    let out = Out::new(settings);
    match command {
        RunsCommand::List {
            status,
            workflow,
            parent,
            role,
            limit,
            before,
        } => {
            let filters = [
                ("status", status),
                ("workflow", workflow),
                ("parent", parent),
                ("role", role),
                ("before", before),
            ];
            let answer = client.get(&list_path(limit, &filters)?)?.json;
            let runs: Vec<RunItem> = parse(&client, answer.get("runs").unwrap_or(&Value::Null))?;
            out.result(&answer, || runs_text(&runs))?;
        }
        RunsCommand::Show { run } => {
            let answer = client.get(&format!("/v1/runs/{}", id(&run)?))?.json;
            let run: Run = parse(&client, &answer)?;
            out.result(&answer, || run_text(&run))?;
        }
        RunsCommand::Cancel { run, reason } => {
            command_run(
                &client,
                &out,
                &id(&run)?,
                "cancel",
                &json!({ "reason": reason }),
            )?;
        }
        RunsCommand::Suspend { run, reason } => {
            command_run(
                &client,
                &out,
                &id(&run)?,
                "suspend",
                &json!({ "reason": reason }),
            )?;
        }
        RunsCommand::Resume { run } => {
            command_run(&client, &out, &id(&run)?, "resume", &json!({}))?;
        }
        RunsCommand::Delete { run } => {
            let run = id(&run)?;
            client.delete(&format!("/v1/runs/{run}"))?;
            out.result(&json!({ "deleted": run.to_string() }), || {
                format!("deleted   {run}")
            })?;
        }
        RunsCommand::Journal { run, from, limit } => {
            let entries = journal(&client, &id(&run)?, from, limit.unwrap_or(usize::MAX))?;
            out.result(&json!({ "entries": entries }), || journal_text(&entries))?;
        }
    }
    Ok(Exit::Ok)
}

/// Tells a run what to do, and says where it stands then.
fn command_run(
    client: &Client,
    out: &Out,
    run: &RunId,
    verb: &str,
    body: &Value,
) -> Result<(), CliError> {
    let path = format!("/v1/runs/{run}/{verb}");
    let body = body.to_string();
    let answer = client
        .post(&path, "application/json", body.as_bytes())?
        .json;
    let run: Run = parse(client, &answer)?;
    out.result(&answer, || format!("{} {}", run.id, run.status))
}

/// Reads a journal page by page.
fn journal(client: &Client, run: &RunId, from: u64, limit: usize) -> Result<Vec<Value>, CliError> {
    let mut entries: Vec<Value> = Vec::new();
    let mut next = Some(format!(
        "/v1/runs/{run}/journal?from={from}&limit={}",
        limit.clamp(1, PAGE)
    ));
    while let Some(path) = next.filter(|_| entries.len() < limit) {
        let mut answer = client.get(&path)?.json;
        match answer.get_mut("entries").map(Value::take) {
            Some(Value::Array(page)) => entries.extend(page),
            _ => break,
        }
        next = answer
            .get("next")
            .and_then(Value::as_str)
            .map(str::to_owned);
    }
    entries.truncate(limit);
    Ok(entries)
}

fn list_path(limit: u16, filters: &[(&str, Option<String>)]) -> Result<String, CliError> {
    let mut path = format!("/v1/runs?limit={limit}");
    for (name, value) in filters {
        let Some(value) = value else { continue };
        // Statuses, workflow names and run ids need no escaping; anything else is none.
        let fits = |c: char| c.is_ascii_alphanumeric() || "-/".contains(c);
        if value.is_empty() || !value.chars().all(fits) {
            return Err(CliError::Usage(format!(
                "--{name} {value}: letters, digits and hyphens are expected"
            )));
        }
        path += &format!("&{name}={value}");
    }
    Ok(path)
}

fn id(text: &str) -> Result<RunId, CliError> {
    text.parse()
        .map_err(|error: segue_model::id::IdError| CliError::Usage(error.to_string()))
}

fn parse<T: DeserializeOwned>(client: &Client, json: &Value) -> Result<T, CliError> {
    T::deserialize(json).map_err(|error| CliError::Foreign {
        address: client.address().to_owned(),
        detail: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_a_query_and_nothing_else_gets_in() {
        let filters = [("status", Some("faulted".to_owned())), ("workflow", None)];
        assert_eq!(
            list_path(5, &filters).unwrap(),
            "/v1/runs?limit=5&status=faulted"
        );
        let hostile = [("workflow", Some("a&limit=1".to_owned()))];
        assert!(matches!(list_path(5, &hostile), Err(CliError::Usage(_))));
    }

    #[test]
    fn what_is_no_run_id_is_a_usage_error() {
        assert!(matches!(id("../plugins"), Err(CliError::Usage(_))));
    }
}
