//! Which host to use: the one that was named, else the one that holds the data directory.

use std::time::Duration;

use serde_json::Value;

use super::{Client, agent};
use crate::config::Settings;
use crate::error::CliError;
use crate::files::DataDir;
use crate::record::{self, HostRecord};

/// Time for a host on this machine to say that it is there, also where it is busy.
const HELLO_TIME: Duration = Duration::from_secs(5);

/// The host, or an error that says how to start one.
pub(crate) fn connect(settings: &Settings) -> Result<Client, CliError> {
    find(settings)?.ok_or_else(|| CliError::NoHost {
        data: settings.data.clone(),
    })
}

/// The host, if there is one. A host that was named is taken at its word.
pub(crate) fn find(settings: &Settings) -> Result<Option<Client>, CliError> {
    if let Some(remote) = &settings.remote {
        return Ok(Some(Client::new(remote.address.clone(), &remote.token)));
    }
    let Some(data) = DataDir::open(&settings.data)? else {
        return Ok(None);
    };
    let Some(record) = HostRecord::read(&data)? else {
        return Ok(None);
    };
    // A host that was killed leaves its record behind, and something else may listen at its
    // address by now. Only the host of the record knows its instance, so ask before the
    // token is sent.
    if !answers(&record) {
        return Ok(None);
    }
    let token = record::read_token(&data)?;
    Ok(token.map(|token| Client::new(record.address, &token)))
}

fn answers(record: &HostRecord) -> bool {
    let request = agent(&record.address)
        .get(format!("{}/healthz", record.address))
        .config()
        .timeout_global(Some(HELLO_TIME))
        .build();
    let answer = request.call().ok();
    let text = answer.and_then(|mut answer| {
        answer
            .body_mut()
            .with_config()
            .limit(4096)
            .read_to_string()
            .ok()
    });
    let json = text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    json.is_some_and(|json| json.get("instance").and_then(Value::as_str) == Some(&record.instance))
}
