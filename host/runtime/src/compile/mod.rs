//! Compiling components: in a child process with limits of its own, because a component can
//! be made to be as expensive to compile as its author likes.

pub(crate) mod worker;

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::join3;
use segue_model::Problem;
use segue_model::problem::Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::cache::ARTIFACT_BYTES_MAX;
use crate::engine::{Layout, compiling_engine};
use crate::options::Compiler;
use worker::{EXIT_INVALID, HEADER};

/// Wall-clock time of a compilation: ten times what Python takes on a busy machine.
const COMPILE_TIME: Duration = Duration::from_secs(120);
/// The exit code of a Rust program that panicked.
const PANIC_EXIT: i32 = 101;
/// What is kept of a compile worker's complaint.
const COMPLAINT_BYTES_MAX: u64 = 8 << 10;

/// Compiles a component to machine code for engines of that layout.
pub(crate) async fn compile(
    compiler: &Compiler,
    layout: Layout,
    component: Vec<u8>,
) -> Result<Vec<u8>, Problem> {
    match compiler {
        Compiler::InProcess => in_process(layout, component).await,
        Compiler::Child { program, args } => in_child(program, args, layout, component).await,
    }
}

async fn in_process(layout: Layout, component: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let work = move || {
        let engine = compiling_engine(layout).map_err(|e| internal(format!("{e:#}")))?;
        engine
            .precompile_component(&component)
            .map_err(|e| invalid(&format!("{e:#}")))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| internal(format!("the compiler failed: {e}")))?
}

async fn in_child(
    program: &Path,
    args: &[OsString],
    layout: Layout,
    component: Vec<u8>,
) -> Result<Vec<u8>, Problem> {
    let child = Command::new(program)
        .args(args)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|e| {
        internal(format!(
            "cannot start the compile worker {}: {e}",
            program.display()
        ))
    })?;
    // Dropping the future kills the child.
    tokio::time::timeout(COMPILE_TIME, converse(&mut child, layout, &component))
        .await
        .map_err(|_| over_limit(&format!("it took more than {} s", COMPILE_TIME.as_secs())))?
}

/// Hands the component to the child and takes what it says.
async fn converse(child: &mut Child, layout: Layout, component: &[u8]) -> Result<Vec<u8>, Problem> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(internal("the compile worker has no pipes".to_owned()));
    };
    let feed = async move {
        // A child that dies early breaks the pipe; its exit status says why.
        let header = format!("{HEADER} {}\n", layout.name());
        let _ = stdin.write_all(header.as_bytes()).await;
        let _ = stdin.write_all(component).await;
    };
    let (mut artifact, mut complaint) = (Vec::new(), Vec::new());
    let mut out = stdout.take(ARTIFACT_BYTES_MAX);
    let mut err = stderr.take(COMPLAINT_BYTES_MAX);
    let ((), read, _) = join3(
        feed,
        out.read_to_end(&mut artifact),
        err.read_to_end(&mut complaint),
    )
    .await;
    let status = child.wait().await;
    let status = status.map_err(|e| internal(format!("lost the compile worker: {e}")))?;
    judge(status, &String::from_utf8_lossy(&complaint))?;
    read.map_err(|e| internal(format!("cannot read from the compile worker: {e}")))?;
    Ok(artifact)
}

fn judge(status: ExitStatus, complaint: &str) -> Result<(), Problem> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) if code == i32::from(EXIT_INVALID) => Err(invalid(complaint.trim_end())),
        // The compiler panicked over it.
        Some(PANIC_EXIT) => Err(invalid(complaint.trim_end())),
        Some(code) => Err(internal(format!(
            "the compile worker ended with code {code}: {}",
            complaint.trim_end()
        ))),
        // A signal: out of memory aborts, out of processor time is killed.
        None => Err(over_limit(&format!(
            "the compile worker ended with {status}"
        ))),
    }
}

fn invalid(why: &str) -> Problem {
    Problem::new(
        Kind::InvalidComponent,
        format!("the component does not compile: {why}"),
    )
}

fn over_limit(why: &str) -> Problem {
    let detail = format!(
        "compiling the component was stopped: {why}. Its limits are {} s, {} GiB of memory and {} s of processor time; build a smaller component",
        COMPILE_TIME.as_secs(),
        worker::MEMORY_BYTES >> 30,
        worker::CPU_SECONDS
    );
    Problem::new(Kind::CompileLimit, detail)
}

fn internal(detail: String) -> Problem {
    Problem::new(Kind::Internal, detail)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn sh(script: &str) -> Compiler {
        Compiler::Child {
            program: PathBuf::from("/bin/sh"),
            args: vec!["-c".into(), script.into()],
        }
    }

    async fn kind_of(script: &str) -> String {
        let component = vec![0; 1 << 20];
        let problem = compile(&sh(script), Layout::Reserved, component).await;
        problem.unwrap_err().kind
    }

    #[tokio::test]
    async fn a_worker_that_is_killed_is_a_limit_and_not_a_crash() {
        assert_eq!(kind_of("kill -KILL $$").await, Kind::CompileLimit.uri());
        assert_eq!(kind_of("kill -ABRT $$").await, Kind::CompileLimit.uri());
    }

    #[tokio::test]
    async fn what_a_worker_complains_about_is_told() {
        let worker = sh("cat >/dev/null; echo bad >&2; exit 3");
        let problem = compile(&worker, Layout::Reserved, vec![1]).await;
        let problem = problem.unwrap_err();
        assert!(problem.is(Kind::InvalidComponent) && problem.to_string().contains("bad"));
        assert_eq!(kind_of("exit 9").await, Kind::Internal.uri());
    }

    #[tokio::test]
    async fn a_missing_worker_is_the_hosts_fault() {
        let compiler = Compiler::Child {
            program: PathBuf::from("/nowhere/segue"),
            args: Vec::new(),
        };
        let problem = compile(&compiler, Layout::Reserved, vec![1]).await;
        assert!(problem.unwrap_err().is(Kind::Internal));
    }
}
