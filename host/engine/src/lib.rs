//! The pure core: run state + input + now -> effects. No I/O, no clock, no randomness, no async.
