//! Tests of the engine through its one door: stamp, apply, take_changes.

mod backoffs;
mod driver;
mod properties;
mod random;
mod scenarios;
