//! `segue backup`: a copy of a host's data, from which another host can go on.

use serde_json::json;

use crate::args::BackupArgs;
use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::show::Out;
use crate::wiring;

/// Copies the database, and what opens the secrets in it.
pub(crate) fn backup(settings: &Settings, args: &BackupArgs) -> Result<Exit, CliError> {
    let bytes = wiring::backup(&settings.data, &args.directory)?;
    let place = args.directory.display().to_string();
    let json = json!({ "directory": place, "databaseBytes": bytes });
    Out::new(settings).result(&json, || {
        format!(
            "backup    {place} ({bytes} bytes of database)\nrestore   segue serve --data {place}"
        )
    })?;
    Ok(Exit::Ok)
}
