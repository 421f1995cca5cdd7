//! Large payloads: rows and entries name them by digest; whoever reads fills them in.

use std::collections::HashMap;

use segue_model::payload::Payloads;
use segue_model::{Digest, Payload};
use segue_store::{Store, StoreError};

/// Payloads that are read at once.
const BATCH: usize = 128;

/// Reads every missing payload of `holder` and puts it in its place.
pub(crate) async fn fill(
    store: &dyn Store,
    holder: &mut (impl Payloads + Send),
) -> Result<(), StoreError> {
    let mut missing: HashMap<Digest, Option<Payload>> = HashMap::new();
    holder.visit_payloads(&mut |payload| {
        if payload.is_missing() {
            missing.insert(payload.digest(), None);
        }
    });
    if missing.is_empty() {
        return Ok(());
    }
    let digests: Vec<Digest> = missing.keys().copied().collect();
    for batch in digests.chunks(BATCH) {
        let texts = store.payloads(batch).await?;
        for (digest, text) in batch.iter().zip(texts) {
            let payload = Payload::stored(*digest, text.as_ref().to_owned()).map_err(|error| {
                StoreError::Damaged {
                    what: format!("payload {digest} is not JSON: {error}"),
                }
            })?;
            missing.insert(*digest, Some(payload));
        }
    }
    if let Some((digest, _)) = missing.iter().find(|(_, payload)| payload.is_none()) {
        return Err(StoreError::Damaged {
            what: format!("there is no payload {digest}"),
        });
    }
    holder.visit_payloads(&mut |payload| {
        if payload.is_missing()
            && let Some(Some(found)) = missing.get(&payload.digest())
        {
            *payload = found.clone();
        }
    });
    Ok(())
}
