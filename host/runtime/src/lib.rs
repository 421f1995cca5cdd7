//! The sandbox: load, link, limit, invoke and meter components. The only crate that knows wasmtime.
