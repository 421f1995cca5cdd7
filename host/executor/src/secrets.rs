//! Secrets, as the host's interface sees them: names are read, values are only ever written.

use segue_model::Problem;
use segue_model::problem::Kind;
use segue_store::SecretRecord;
use segue_store::check::SECRET_NAME_BYTES_MAX;
use serde_json::Value;

use crate::refusal::store_problem;
use crate::shared::Shared;

pub(crate) async fn list(shared: &Shared) -> Result<Vec<SecretRecord>, Problem> {
    let secrets = shared.store().secrets().await;
    secrets.map_err(|error| store_problem(&error))
}

pub(crate) async fn put(shared: &Shared, name: &str, value: &Value) -> Result<bool, Problem> {
    check_name(name)?;
    if !matches!(value, Value::String(_) | Value::Object(_)) {
        let detail = "a secret is a text, or an object of texts such as `{\"username\": …, \"password\": …}`";
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    shared.admit().await?;
    let vault = shared.ports.vault.as_ref().ok_or_else(|| {
        let detail = "this host has no key to seal secrets with: it keeps none";
        Problem::new(Kind::NotFound, detail)
    })?;
    let sealed = vault.seal(name, value)?;
    let known = shared.store().secret(name).await;
    let known = known.map_err(|error| store_problem(&error))?.is_some();
    if let Err(error) = shared.store().put_secret(name, sealed).await {
        shared.health.store_refused(&error, shared.now());
        return Err(store_problem(&error));
    }
    tracing::info!(name, "a secret was put");
    Ok(!known)
}

pub(crate) async fn delete(shared: &Shared, name: &str) -> Result<(), Problem> {
    shared.admit().await?;
    match shared.store().delete_secret(name).await {
        Ok(true) => {
            tracing::info!(name, "a secret was removed");
            Ok(())
        }
        Ok(false) => {
            let short: String = name.chars().take(80).collect();
            let detail = format!("there is no secret `{short}`");
            Err(Problem::new(Kind::NotFound, detail))
        }
        Err(error) => {
            shared.health.store_refused(&error, shared.now());
            Err(store_problem(&error))
        }
    }
}

/// Names stand in documents and in URLs.
fn check_name(name: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !name.is_empty() && name.len() <= SECRET_NAME_BYTES_MAX && name.chars().all(allowed) {
        return Ok(());
    }
    let detail =
        format!("the name of a secret has 1 to {SECRET_NAME_BYTES_MAX} letters, digits and `-_.`");
    Err(Problem::new(Kind::BadRequest, detail))
}
