//! What a guest says: `wasi:logging`, progress, and its stdout and stderr, which become log
//! lines. All of it counts against one budget, and passing it stops the guest.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use segue_model::outcome::Stop;
use wasmtime::component::HasData;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::bindings::{logging, progress};
use crate::observer::{LogLevel, Observer};
use crate::secrets::{Redactor, Rewriting};
use crate::stop::StopSignal;

/// What every log record counts beside its text, so that a flood of empty ones ends too.
const RECORD_BYTES: u64 = 16;
/// The longest `context` of a log record that is kept: a module path.
const CONTEXT_BYTES_MAX: usize = 256;
/// The longest message of a progress report that is kept: it must fit a terminal line.
const PROGRESS_BYTES_MAX: usize = 1_024;
/// Progress reports of one attempt that are passed on; later ones are dropped, as the
/// contract allows.
const PROGRESS_REPORTS_MAX: u32 = 10_000;
/// What a trap's problem tells of the last message.
const LAST_BYTES_MAX: usize = 500;
/// The longest line of stdout or stderr; a longer one is broken.
const LINE_BYTES_MAX: usize = 16 << 10;
/// What a guest may write to stdout or stderr in one call.
const WRITE_BYTES_MAX: usize = 64 << 10;

/// The log of one attempt. Cheap to clone; clones share the budget.
#[derive(Clone)]
pub(crate) struct Log(Arc<Inner>);

struct Inner {
    observer: Arc<dyn Observer>,
    limit: u64,
    redactor: Redactor,
    // A lock rather than atomics: stdout's stream and the host functions share it, and
    // nobody ever waits for it, because a sandbox has one thread.
    state: Mutex<LogState>,
}

#[derive(Default)]
struct LogState {
    bytes: u64,
    reports: u32,
    stdout: PipeState,
    stderr: PipeState,
    /// The latest message, cut: a guest that traps has often just said why.
    last: String,
}

/// What was written to a pipe and is not passed on yet.
#[derive(Default)]
struct PipeState {
    /// A secret may be written in pieces, and lines may cut it.
    rewriting: Rewriting,
    line: Vec<u8>,
}

impl Log {
    pub(crate) fn new(observer: Arc<dyn Observer>, limit: u64, redactor: Redactor) -> Self {
        Log(Arc::new(Inner {
            observer,
            limit,
            redactor,
            state: Mutex::default(),
        }))
    }

    /// Bytes logged so far, the record overhead included.
    pub(crate) fn bytes(&self) -> u64 {
        self.with(|state| state.bytes)
    }

    fn with<T>(&self, f: impl FnOnce(&mut LogState) -> T) -> T {
        f(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes `len` bytes of the budget, or stops the guest.
    fn spend(&self, len: usize) -> Result<(), StopSignal> {
        let more = u64::try_from(len).unwrap_or(u64::MAX);
        let spent = self.with(|state| {
            let total = state
                .bytes
                .saturating_add(more)
                .saturating_add(RECORD_BYTES);
            let fits = total <= self.0.limit;
            if fits {
                state.bytes = total;
            }
            fits
        });
        if spent {
            return Ok(());
        }
        let detail = format!(
            "more than {} bytes of log output; log less, or raise `log-bytes`",
            self.0.limit
        );
        Err(StopSignal::new(Stop::Log, detail))
    }

    pub(crate) fn record(
        &self,
        level: LogLevel,
        context: &str,
        message: &str,
    ) -> Result<(), StopSignal> {
        self.spend(context.len().saturating_add(message.len()))?;
        // Before anything is cut: a part of a secret is not found any more.
        let redactor = &self.0.redactor;
        let (context, message) = (redactor.text(context), redactor.text(message));
        let context = clip(&context, CONTEXT_BYTES_MAX);
        let message = clean(&message);
        self.with(|state| state.last = clip(&message, LAST_BYTES_MAX).to_owned());
        self.0.observer.log(level, &clean(context), &message);
        Ok(())
    }

    /// The latest message of the guest, if it logged anything.
    pub(crate) fn last(&self) -> Option<String> {
        let last = self.with(|state| state.last.clone());
        Some(last).filter(|last| !last.is_empty())
    }

    /// Passes a warning of the host on, outside the guest's budget.
    pub(crate) fn host_warning(&self, message: &str) {
        self.0.observer.log(LogLevel::Warn, "segue", message);
    }

    fn report(&self, fraction: Option<f64>, message: &str) {
        let report = self.with(|state| {
            state.reports = state.reports.saturating_add(1);
            state.reports <= PROGRESS_REPORTS_MAX
        });
        if report {
            let fraction = fraction.filter(|f| (0.0..=1.0).contains(f));
            let message = self.0.redactor.text(message);
            let message = clean(clip(&message, PROGRESS_BYTES_MAX));
            self.0.observer.progress(fraction, &message);
        }
    }

    fn write(&self, pipe: Pipe, bytes: &[u8]) -> Result<(), StopSignal> {
        let rules = self.0.redactor.rules();
        let lines = self.with(|state| {
            let pipe = pipe.state(state);
            match rules {
                Some(rules) => pipe.line.extend(pipe.rewriting.push(&rules, bytes)),
                None => pipe.line.extend_from_slice(bytes),
            }
            split_lines(&mut pipe.line)
        });
        lines.iter().try_for_each(|line| self.line(pipe, line))
    }

    /// Passes on what stands in the buffers without a line end: the attempt is over.
    pub(crate) fn finish(&self) -> Result<(), StopSignal> {
        [Pipe::Stdout, Pipe::Stderr]
            .into_iter()
            .try_for_each(|pipe| {
                let rules = self.0.redactor.rules();
                let rest = self.with(|state| {
                    let pipe = pipe.state(state);
                    pipe.line.extend(pipe.rewriting.finish(rules.as_deref()));
                    std::mem::take(&mut pipe.line)
                });
                if rest.is_empty() {
                    return Ok(());
                }
                self.line(pipe, &rest)
            })
    }

    fn line(&self, pipe: Pipe, line: &[u8]) -> Result<(), StopSignal> {
        self.record(pipe.level(), pipe.name(), &String::from_utf8_lossy(line))
    }
}

/// Takes the whole lines (and pieces of over-long ones) out of a buffer.
fn split_lines(buffer: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    loop {
        let (cut, skip) = match buffer.iter().position(|b| *b == b'\n') {
            Some(end) if end <= LINE_BYTES_MAX => (end, 1),
            _ if buffer.len() > LINE_BYTES_MAX => (LINE_BYTES_MAX, 0),
            _ => return lines,
        };
        let rest = buffer.split_off(cut);
        lines.push(std::mem::replace(buffer, rest));
        buffer.drain(..skip);
    }
}

fn clip(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

/// Text without control characters other than tab and newline: those that could steer a
/// terminal or forge a line are shown as escapes.
fn clean(text: &str) -> std::borrow::Cow<'_, str> {
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(bad) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if bad(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out.into()
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pipe {
    Stdout,
    Stderr,
}

impl Pipe {
    fn name(self) -> &'static str {
        match self {
            Pipe::Stdout => "stdout",
            Pipe::Stderr => "stderr",
        }
    }

    /// Language runtimes write their complaints to stderr.
    fn level(self) -> LogLevel {
        match self {
            Pipe::Stdout => LogLevel::Info,
            Pipe::Stderr => LogLevel::Warn,
        }
    }

    fn state(self, state: &mut LogState) -> &mut PipeState {
        match self {
            Pipe::Stdout => &mut state.stdout,
            Pipe::Stderr => &mut state.stderr,
        }
    }
}

/// Stdout or stderr of a guest.
#[derive(Clone)]
pub(crate) struct LogPipe(pub(crate) Log, pub(crate) Pipe);

impl IsTerminal for LogPipe {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogPipe {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for this, and no component that imports it is linked.
        Box::new(tokio::io::sink())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogPipe {
    async fn ready(&mut self) {}
}

impl OutputStream for LogPipe {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0
            .write(self.1, &bytes)
            .map_err(|stop| StreamError::Trap(stop.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

/// Names [`Log`] to the linker.
pub(crate) struct HasLog;

impl HasData for HasLog {
    type Data<'a> = &'a mut Log;
}

impl logging::Host for Log {
    fn log(
        &mut self,
        level: logging::Level,
        context: String,
        message: String,
    ) -> wasmtime::Result<()> {
        let level = match level {
            logging::Level::Trace => LogLevel::Trace,
            logging::Level::Debug => LogLevel::Debug,
            logging::Level::Info => LogLevel::Info,
            logging::Level::Warn => LogLevel::Warn,
            logging::Level::Error => LogLevel::Error,
            logging::Level::Critical => LogLevel::Critical,
        };
        Ok(self.record(level, &context, &message)?)
    }
}

impl progress::Host for Log {
    fn report(&mut self, fraction: Option<f64>, message: String) -> wasmtime::Result<()> {
        Log::report(self, fraction, &message);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl Observer for Kept {
        fn log(&self, _: LogLevel, context: &str, message: &str) {
            self.0.lock().unwrap().push(format!("{context}: {message}"));
        }
        fn progress(&self, fraction: Option<f64>, message: &str) {
            self.0
                .lock()
                .unwrap()
                .push(format!("{fraction:?} {message}"));
        }
    }

    fn log(limit: u64) -> (Log, Arc<Kept>) {
        let kept = Arc::new(Kept::default());
        (Log::new(kept.clone(), limit, redactor()), kept)
    }

    fn redactor() -> Redactor {
        let redactor = Redactor::default();
        redactor.learn("hunter2");
        redactor
    }

    #[test]
    fn a_secret_is_taken_out_of_messages_lines_and_progress() {
        let (log, kept) = log(1 << 20);
        log.record(LogLevel::Info, "hunter2", "got hunter2")
            .unwrap();
        log.write(Pipe::Stdout, b"say hun").unwrap();
        log.write(Pipe::Stdout, b"ter2\nand hun").unwrap();
        log.report(
            None,
            &format!("{}hunter2", "x".repeat(PROGRESS_BYTES_MAX - 3)),
        );
        log.finish().unwrap();
        let heard = kept.0.lock().unwrap().join("|");
        assert!(
            heard.starts_with("[redacted]: got [redacted]|stdout: say [redacted]|"),
            "{heard}"
        );
        assert!(heard.ends_with("|stdout: and hun"), "{heard}");
        assert!(!heard.contains("xhu"), "{heard}");
        assert!(!log.last().unwrap().contains("hunter2"));
    }

    #[test]
    fn a_flood_stops_at_the_limit_even_when_empty() {
        let (log, kept) = log(3 * RECORD_BYTES);
        for _ in 0..3 {
            log.record(LogLevel::Info, "", "").unwrap();
        }
        let stop = log.record(LogLevel::Info, "", "").unwrap_err();
        assert_eq!(stop.stop, Stop::Log);
        assert_eq!(kept.0.lock().unwrap().len(), 3);
        assert_eq!(log.bytes(), 3 * RECORD_BYTES);
    }

    #[test]
    fn output_is_cut_into_lines_and_the_rest_is_kept_for_the_end() {
        let (log, kept) = log(1 << 20);
        log.write(Pipe::Stdout, b"one\ntw").unwrap();
        log.write(Pipe::Stderr, b"err").unwrap();
        log.write(Pipe::Stdout, b"o\nthree").unwrap();
        log.finish().unwrap();
        let lines = kept.0.lock().unwrap().clone();
        let want = ["stdout: one", "stdout: two", "stdout: three", "stderr: err"];
        assert_eq!(lines, want);
    }

    #[test]
    fn a_line_without_end_is_broken() {
        let (log, kept) = log(1 << 20);
        log.write(Pipe::Stdout, &vec![b'x'; LINE_BYTES_MAX * 2 + 1])
            .unwrap();
        assert_eq!(kept.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn control_characters_lose_their_power() {
        assert_eq!(clean("a\u{1b}[2Jb\tc\nd"), "a\\u{1b}[2Jb\tc\nd");
        assert_eq!(clean("plain"), "plain");
    }

    #[test]
    fn a_fraction_outside_its_range_is_unknown() {
        let (log, kept) = log(100);
        log.report(Some(f64::NAN), "a");
        log.report(Some(0.5), "b");
        assert_eq!(*kept.0.lock().unwrap(), ["None a", "Some(0.5) b"]);
    }
}
