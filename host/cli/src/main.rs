//! The binary `segue`: raw arguments -> configuration -> wiring.
fn main() {}
