//! The control API: HTTP, OpenAPI, authentication. The only crate that knows axum and status codes.
