//! The sandbox against real components: every fixture, and what must hold between them.

mod compiled;
mod egress;
mod fixtures;
mod harness;
mod neighbours;
mod pool;
mod purity;
