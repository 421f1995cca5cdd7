//! Output: text for people, JSON for programs. Nothing here decides or talks to a host.

mod clean;
mod diagnostics;
mod failure;
mod out;
mod plugin;
pub(crate) mod progress;
mod run;
mod secrets;
mod table;
mod units;
mod waiting;

pub(crate) use clean::{clean, line};
pub(crate) use diagnostics::{Found, from_host};
pub(crate) use failure::print_error;
pub(crate) use out::{Out, note};
pub(crate) use plugin::{plugin_text, plugins_text};
pub(crate) use run::{journal_text, run_summary, run_text, runs_text};
pub(crate) use secrets::{ask_unseen, secrets_text};
pub(crate) use units::bytes;
