//! `segue secrets`: store, list and delete secrets of a host.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::args::SecretsCommand;
use crate::client;
use crate::config::Settings;
use crate::error::{CliError, Exit};
use crate::files::{self, STDIN};
use crate::show::{Out, ask_unseen, clean, secrets_text};

/// Does what was asked for.
pub(crate) fn secrets(settings: &Settings, command: SecretsCommand) -> Result<Exit, CliError> {
    let out = Out::new(settings);
    match command {
        SecretsCommand::Put { name, from_file } => {
            let path = path(&name)?;
            // Before anybody types a secret for a host that is not there.
            let client = client::connect(settings)?;
            let value = value(&read(&name, from_file)?);
            let body = Zeroizing::new(value.to_string());
            client.put(&path, "application/json", body.as_bytes())?;
            out.result(&json!({ "secret": name }), || format!("secret    {name}"))?;
        }
        SecretsCommand::List => {
            let answer = client::connect(settings)?.get("/v1/secrets")?.json;
            let secrets = answer.get("secrets").and_then(Value::as_array);
            let secrets = secrets.cloned().unwrap_or_default();
            out.result(&answer, || secrets_text(&secrets))?;
        }
        SecretsCommand::Delete { name } => {
            let path = path(&name)?;
            client::connect(settings)?.delete(&path)?;
            out.result(&json!({ "deleted": name }), || format!("deleted   {name}"))?;
        }
    }
    Ok(Exit::Ok)
}

fn path(name: &str) -> Result<String, CliError> {
    if segue_vault::is_secret_name(name) {
        return Ok(format!("/v1/secrets/{name}"));
    }
    // An `=` is somebody's value: it must not be repeated.
    let name = clean(name.split('=').next().unwrap_or_default());
    Err(CliError::Usage(format!(
        "`{name}` is no name for a secret: use letters, digits, `_` and `-`, beginning with a letter or `_`, at most {} characters; the value comes from a file or from standard input",
        segue_vault::NAME_CHARS_MAX
    )))
}

fn read(name: &str, from_file: Option<PathBuf>) -> Result<Zeroizing<String>, CliError> {
    if from_file.is_none() && std::io::stdin().is_terminal() {
        let typed = ask_unseen(&format!("the secret `{name}`: ")).map_err(CliError::Output)?;
        return match typed.is_empty() {
            true => Err(CliError::Usage("nothing was typed".to_owned())),
            false => Ok(typed),
        };
    }
    let file = from_file.unwrap_or_else(|| Path::new(STDIN).to_owned());
    Ok(Zeroizing::new(files::read_text(&file)?))
}

/// An object or string of JSON, or the text itself without the line end that editors and
/// `echo` add.
fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Object(_) | Value::String(_))) => value,
        _ => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            Value::from(text.strip_suffix('\r').unwrap_or(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_strings_are_json_and_the_rest_is_text() {
        assert_eq!(value("hunter2\n"), json!("hunter2"));
        assert_eq!(value("two\nlines\r\n"), json!("two\nlines"));
        assert_eq!(value("{\"user\": \"a\"}\n"), json!({"user": "a"}));
        assert_eq!(value("\"quoted \\n\""), json!("quoted \n"));
        assert_eq!(value("0042"), json!("0042"));
        assert_eq!(value("true"), json!("true"));
        assert_eq!(value("{broken"), json!("{broken"));
    }

    #[test]
    fn a_value_in_the_place_of_a_name_is_not_repeated() {
        assert_eq!(path("api-key").unwrap(), "/v1/secrets/api-key");
        let error = path("key=hunter2").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(path("../runs").is_err());
    }
}
