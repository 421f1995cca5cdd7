//! Secrets of one attempt: which values its requests may carry, and how those values are kept
//! out of everything that a guest, a log or a journal sees.

mod forms;
mod placeholders;
mod redact;
mod rewrite;
mod source;

pub(crate) use forms::percent;
pub(crate) use placeholders::{Coding, Placeholders, reveal};
pub(crate) use redact::Redactor;
pub(crate) use rewrite::{Rewriter, Rewriting};
pub use source::{NoSecrets, SecretError, SecretSource, SecretValue};

#[cfg(test)]
pub(crate) use placeholders::tests;
