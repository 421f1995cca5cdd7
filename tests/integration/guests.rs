//! Where built components are.

use std::path::PathBuf;

/// The component of that name: a plugin of `plugins/` or a fixture of `tests/fixtures/guests`.
pub fn component(name: &str) -> PathBuf {
    let path = root()
        .join("target")
        .join("guests")
        .join(format!("{name}.wasm"));
    assert!(
        path.is_file(),
        "the component `{name}` is not built: run `cargo xtask plugins` first ({} is missing)",
        path.display()
    );
    path
}

/// The top of the checkout.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.join("..").join("..")
}
