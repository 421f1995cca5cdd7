//! The store traits, and the in-memory store.
