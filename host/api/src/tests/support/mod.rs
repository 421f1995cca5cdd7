//! A server on loopback and what tests ask of it.

mod http;
mod server;
mod steps;

pub(super) use http::{Answer, Event, header};
pub(super) use server::{Server, TOKEN};
pub(super) use steps::component;

/// A workflow of one call; `version` tells deployments apart.
pub(super) fn workflow(name: &str, version: &str, step: &str) -> String {
    format!(
        "document:\n  dsl: '1.0.3'\n  namespace: test\n  name: {name}\n  version: '{version}'\n\
         do:\n  - first:\n      call: acts/{step}:1.0.0@default\n"
    )
}

/// A document `test/<name>:1.0.0` with everything after its head.
pub(super) fn document(name: &str, body: &str) -> String {
    format!(
        "document:\n  dsl: '1.0.3'\n  namespace: test\n  name: {name}\n  version: '1.0.0'\n{body}"
    )
}
