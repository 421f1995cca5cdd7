//! Deployed workflows, compiled: made once, kept while they are used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use segue_engine::Plan;
use segue_model::Digest;
use segue_store::Store;

use crate::options::PLANS_MAX;
use crate::refusal::LoadError;

/// A cache of plans by the digest of what they were made from.
#[derive(Default)]
pub(crate) struct Plans(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    plans: HashMap<Digest, (Arc<Plan>, u64)>,
    /// Counts uses, so that the one that was used longest ago can go.
    uses: u64,
}

impl Plans {
    /// The plan of a deployed workflow.
    pub(crate) async fn get(
        &self,
        store: &dyn Store,
        digest: &Digest,
    ) -> Result<Arc<Plan>, LoadError> {
        if let Some(plan) = self.kept().find(digest) {
            return Ok(plan);
        }
        let stored = store.workflow(digest).await?;
        let stored = stored.ok_or(LoadError::NoWorkflow(*digest))?;
        let plan = Plan::new(stored.deployed).map_err(|source| LoadError::Plan {
            digest: *digest,
            source,
        })?;
        let plan = Arc::new(plan);
        self.put(*digest, Arc::clone(&plan));
        Ok(plan)
    }

    /// Keeps a plan that was made elsewhere.
    pub(crate) fn put(&self, digest: Digest, plan: Arc<Plan>) {
        let mut kept = self.kept();
        kept.uses += 1;
        let uses = kept.uses;
        kept.plans.insert(digest, (plan, uses));
        if kept.plans.len() > PLANS_MAX {
            let oldest = kept.plans.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(digest, _)| *digest) {
                kept.plans.remove(&oldest);
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find(&mut self, digest: &Digest) -> Option<Arc<Plan>> {
        self.uses += 1;
        let uses = self.uses;
        let (plan, used) = self.plans.get_mut(digest)?;
        *used = uses;
        Some(Arc::clone(plan))
    }
}
