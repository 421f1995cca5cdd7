//! Who watches an attempt: live log lines and progress, never part of what a run depends on.

/// How much a log message matters (the levels of `wasi:logging`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Finest detail.
    Trace,
    /// For people who debug.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
    /// The plugin cannot go on.
    Critical,
}

/// Receives what a guest says while it runs. Called on the guest's thread: be quick.
///
/// Messages are clipped to the attempt's log budget and hold no control characters other
/// than tab and newline, so that they cannot steer a terminal.
pub trait Observer: Send + Sync {
    /// A log message, or a line of stdout or stderr (`context` then says which).
    fn log(&self, level: LogLevel, context: &str, message: &str);
    /// How far the attempt has come: `fraction` is between 0 and 1 where it is known.
    fn progress(&self, fraction: Option<f64>, message: &str);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn log(&self, _: LogLevel, _: &str, _: &str) {}
    fn progress(&self, _: Option<f64>, _: &str) {}
}
