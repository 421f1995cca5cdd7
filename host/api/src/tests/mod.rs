//! Tests of the API as callers see it: real HTTP over a real socket, a real host with the
//! in-memory store; only the sandbox is the tests' own.

mod deploying;
mod following;
mod guarding;
mod looking;
mod reaching;
mod schemas;
mod starting;
mod support;
