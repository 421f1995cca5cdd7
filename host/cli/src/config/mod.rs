//! Meaningful settings, made once from raw arguments, environment and `segue.toml`, before
//! anything is opened or bound.

mod file;
mod input;
mod outside;
mod retention;
mod settings;

pub(crate) use file::{Config, ConfigError, Sandboxes};
pub(crate) use input::parse_input;
pub(crate) use outside::{Catalog, Sink};
pub(crate) use settings::Settings;
