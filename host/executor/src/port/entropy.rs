//! Where randomness comes from.

/// Fills bytes with randomness that nobody can guess: run ids and seeds come from it.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
