//! The control API: HTTP, OpenAPI, authentication. The only crate that knows axum and status codes.
//!
//! [`ApiOptions`] say where and how, [`ApiService`] owns the socket and every connection,
//! [`ApiHandle`] is what others hold to end it. Everything under `/v1` needs the bearer token;
//! every error is a problem document (RFC 9457); a 2xx is sent only after the host says that
//! what it acknowledges is durable.

mod auth;
mod body;
mod extract;
mod failure;
mod idempotency;
mod limits;
mod openapi;
mod router;
mod routes;
mod service;
mod state;
mod wire;

pub use auth::{Token, TokenError};
pub use openapi::openapi_json;
pub use service::{ApiHandle, ApiOptions, ApiService, BindError};

#[cfg(test)]
mod tests;
