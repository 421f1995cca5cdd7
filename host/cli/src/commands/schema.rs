//! `segue schema`: the JSON Schema of workflow documents, for editors.

use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::show::Out;

/// Prints it. It is JSON already, whatever `--output` says.
pub(crate) fn schema(settings: &Settings) -> Result<Exit, CliError> {
    Out::new(settings).text(segue_dsl::profile_schema())?;
    Ok(Exit::Ok)
}
