//! The cache of compiled components, and the child process that fills it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use segue_model::problem::Kind;
use segue_model::{Digest, Grants};
use segue_runtime::{Compiler, HostKey, Options, Runtime};
use serde_json::json;

use super::harness::{attempt, bytes, compiler, output};

fn private() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    std::fs::set_permissions(temp.path(), PermissionsExt::from_mode(0o700)).unwrap();
    temp
}

fn runtime_in(directory: &Path, compiler: Compiler) -> Runtime {
    let dir = Dir::open_ambient_dir(directory, ambient_authority()).unwrap();
    Runtime::new(Options::new(dir, HostKey([1; 32]), compiler)).unwrap()
}

/// A compiler that cannot compile: whatever loads with it came from the cache.
fn broken() -> Compiler {
    Compiler::Child {
        program: "/bin/false".into(),
        args: Vec::new(),
    }
}

async fn counts(runtime: &Runtime) -> bool {
    let component = bytes("counter");
    if runtime
        .load(Digest::of(&component), &component)
        .await
        .is_err()
    {
        return false;
    }
    let report = attempt("counter", json!({"n": 1})).run_in(runtime).await;
    *output(&report) == json!({"n": 2})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_start_maps_what_this_one_compiled() {
    let cache = private();
    assert!(!counts(&runtime_in(cache.path(), broken())).await);
    assert!(counts(&runtime_in(cache.path(), compiler())).await);
    assert!(counts(&runtime_in(cache.path(), broken())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_file_is_compiled_again_and_never_mapped() {
    let cache = private();
    assert!(counts(&runtime_in(cache.path(), compiler())).await);
    for entry in std::fs::read_dir(cache.path()).unwrap() {
        let path = entry.unwrap().path();
        let mut file = std::fs::read(&path).unwrap();
        let middle = file.len() / 2;
        file[middle] ^= 0xff;
        std::fs::write(&path, file).unwrap();
    }
    assert!(!counts(&runtime_in(cache.path(), broken())).await);
    assert!(counts(&runtime_in(cache.path(), compiler())).await);
    assert!(counts(&runtime_in(cache.path(), broken())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_components_code_does_not_pass_for_anothers() {
    let cache = private();
    let runtime = runtime_in(cache.path(), compiler());
    assert!(counts(&runtime).await);
    let echo = bytes("echo");
    runtime.load(Digest::of(&echo), &echo).await.unwrap();
    let (counter, echo) = (Digest::of(&bytes("counter")), Digest::of(&echo));
    for entry in std::fs::read_dir(cache.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains(&echo.hex()) {
            let other = cache.path().join(name.replace(&echo.hex(), &counter.hex()));
            std::fs::copy(&path, other).unwrap();
        }
    }
    assert!(!counts(&runtime_in(cache.path(), broken())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_enough_memory_ends_alone() {
    let Compiler::Child { program, args } = compiler() else {
        return;
    };
    let cache = private();
    let mut script = std::ffi::OsString::from("ulimit -v 300000; exec ");
    for word in std::iter::once(program.into_os_string()).chain(args) {
        script.push(" ");
        script.push(word);
    }
    let starved = Compiler::Child {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script],
    };
    let runtime = runtime_in(cache.path(), starved);
    let refused = runtime
        .inspect(&bytes("python-step"), &Grants::default())
        .await;
    let refused = refused.unwrap_err();
    assert!(refused.is(Kind::CompileLimit), "{refused}");
    // The host goes on, and so does a small component in the same little memory.
    assert!(counts(&runtime).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_valid_on_the_outside_and_broken_inside_is_refused() {
    let cache = private();
    let runtime = runtime_in(cache.path(), compiler());
    let mut component = bytes("counter");
    // Somewhere in the code of the core module.
    let middle = component.len() / 3;
    component[middle..middle + 64].fill(0xff);
    let refused = runtime.inspect(&component, &Grants::default()).await;
    let refused = refused.unwrap_err();
    assert!(refused.is(Kind::InvalidComponent), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_digest_than_the_bytes_have_is_refused() {
    let cache = private();
    let runtime = runtime_in(cache.path(), compiler());
    let refused = runtime.load(Digest::of(b"else"), &bytes("counter")).await;
    assert!(refused.unwrap_err().is(Kind::InvalidComponent));
}

#[tokio::test(flavor = "multi_thread")]
async fn inspecting_tells_what_a_plugin_is() {
    let cache = private();
    let runtime = runtime_in(cache.path(), compiler());
    let component = bytes("echo");
    let plugin = runtime
        .inspect(&component, &Grants::default())
        .await
        .unwrap();
    assert_eq!(
        (plugin.name.as_str(), plugin.version.to_string().as_str()),
        ("echo", "0.1.0")
    );
    assert_eq!(plugin.digest, Digest::of(&component));
    assert_eq!(plugin.size_bytes, component.len() as u64);
    assert_eq!(plugin.world, "segue:plugin/steps@0.1.0");
    assert!(
        plugin
            .imports
            .iter()
            .any(|i| i == "wasi:logging/logging@0.1.0-draft")
    );
    assert!(
        plugin
            .producers
            .iter()
            .any(|p| p.to_lowercase().contains("rust")),
        "{:?}",
        plugin.producers
    );
    assert_eq!(plugin.steps.len(), 1);
    assert!(plugin.step("run").is_some() && runtime.is_loaded(&plugin.digest));
}
