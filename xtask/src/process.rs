//! Running other programs: with their output shown only when it matters, and within a time.

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Doing, Failure};

/// How often a bounded program is looked at; short beside any time limit used here.
const POLL: Duration = Duration::from_millis(50);

/// Runs to the end with the output on our own terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command
        .status()
        .doing(|| format!("start {}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{} failed: {status}", shown(command))))
    }
}

/// Runs to the end in silence; a failure tells everything that the program said.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(), Failure> {
    output(command).map(|_| ())
}

/// Runs to the end and returns what the program wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .doing(|| format!("start {}", shown(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::new(told(command, &output)))
}

/// Whether the program could be started and ended well within `limit`. It is killed after that.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
    else {
        return false;
    };
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < limit => thread::sleep(POLL),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// Whether a program of this name is on the PATH.
pub(crate) fn exists(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

fn told(command: &Command, output: &Output) -> String {
    let mut text = format!("{} failed: {}", shown(command), output.status);
    for stream in [&output.stdout, &output.stderr] {
        for line in String::from_utf8_lossy(stream).lines() {
            let _ = write!(text, "\n    | {line}");
        }
    }
    text
}

fn shown(command: &Command) -> String {
    let mut text = format!("`{}", command.get_program().to_string_lossy());
    for argument in command.get_args() {
        let _ = write!(text, " {}", argument.to_string_lossy());
    }
    text.push('`');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_outlives_its_time_is_killed_and_counts_as_failed() {
        assert!(!succeeds_within(
            Command::new("sleep").arg("600"),
            Duration::from_millis(100)
        ));
    }

    #[test]
    fn a_failing_program_tells_what_it_wrote() {
        let failure =
            output(Command::new("sh").args(["-c", "echo on-stderr >&2; exit 3"])).unwrap_err();
        assert!(failure.to_string().contains("on-stderr"), "{failure}");
        assert!(failure.to_string().contains('3'), "{failure}");
    }
}
