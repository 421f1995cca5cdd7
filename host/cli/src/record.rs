//! What a running host leaves in its data directory, so that other commands find it.

use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::files::DataDir;

/// The file that says where the host listens. It is there while the host runs; after a
/// crash it stays, and whoever reads it finds nobody at the address, or somebody else.
const RECORD: &str = "host.json";
/// The file that holds the token. It outlives the host, so that callers may keep it.
const TOKEN: &str = "token";
/// Random bytes of a generated token.
const TOKEN_BYTES: usize = 32;
/// Random bytes of an instance's name.
const INSTANCE_BYTES: usize = 16;

/// Where a host listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostRecord {
    /// `http://127.0.0.1:7420`.
    pub(crate) address: String,
    /// Names this start of the host. `/healthz` says it too, which shows that it is the host
    /// of this directory before the token is sent.
    pub(crate) instance: String,
    /// Its process.
    pub(crate) pid: u32,
}

impl HostRecord {
    /// The record of the directory, where there is one that can be read.
    pub(crate) fn read(data: &DataDir) -> Result<Option<Self>, CliError> {
        let bytes = data.read(RECORD)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Writes the record, for its owner only.
    pub(crate) fn write(&self, data: &DataDir) -> Result<(), CliError> {
        // A record of strings and a number always serialises.
        let json = serde_json::to_vec(self).unwrap_or_default();
        Ok(data.write_secret(RECORD, &json)?)
    }

    /// Removes the record.
    pub(crate) fn remove(data: &DataDir) -> Result<(), CliError> {
        Ok(data.remove(RECORD)?)
    }
}

/// The directory's token, where there is one.
pub(crate) fn read_token(data: &DataDir) -> Result<Option<String>, CliError> {
    let bytes = data.read(TOKEN)?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty()))
}

/// The directory's token; made where there is none.
pub(crate) fn token(data: &DataDir) -> Result<String, CliError> {
    if let Some(token) = read_token(data)? {
        return Ok(token);
    }
    let token = random_hex(TOKEN_BYTES)?;
    data.write_secret(TOKEN, format!("{token}\n").as_bytes())?;
    Ok(token)
}

/// A name for this start of the host, that nobody can guess.
pub(crate) fn instance() -> Result<String, CliError> {
    random_hex(INSTANCE_BYTES)
}

/// Random bytes from the system, as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> Result<String, CliError> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(|error| CliError::Start {
        detail: "the system gives no random bytes".to_owned(),
        source: Some(Box::new(error)),
    })?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_made_once_and_kept() {
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::create(&above.path().join("data")).unwrap();
        assert_eq!(read_token(&data).unwrap(), None);
        let made = token(&data).unwrap();
        assert_eq!(token(&data).unwrap(), made);
        assert!(segue_api::Token::new(&made).is_ok());
    }

    #[test]
    fn a_record_reads_back_and_half_a_record_is_none() {
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::create(&above.path().join("data")).unwrap();
        let record = HostRecord {
            address: "http://127.0.0.1:1".to_owned(),
            instance: instance().unwrap(),
            pid: 7,
        };
        record.write(&data).unwrap();
        assert_eq!(HostRecord::read(&data).unwrap(), Some(record));
        data.write_secret(RECORD, b"{\"address\":").unwrap();
        assert_eq!(HostRecord::read(&data).unwrap(), None);
        HostRecord::remove(&data).unwrap();
        assert_eq!(HostRecord::read(&data).unwrap(), None);
    }
}
