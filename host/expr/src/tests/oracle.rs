//! jaq itself as the oracle.
