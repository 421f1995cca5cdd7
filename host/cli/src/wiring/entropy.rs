//! Randomness from the system.

use segue_executor::Entropy;

/// `getrandom(2)`, or what the platform has in its place.
pub(super) struct SystemEntropy;

impl SystemEntropy {
    /// Checks once that the system gives random bytes, so that nothing depends on it later.
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut probe = [0; 1];
        getrandom::fill(&mut probe)?;
        Ok(SystemEntropy)
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // It worked at the start, and the system promises that it goes on working.
            // Predictable seeds and run ids would be worse than ending.
            tracing::error!("the system gives no random bytes any more");
            std::process::abort();
        }
    }
}
