//! The command line of `chaos`.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::Failure;

/// Kills without `--kills`: a short round.
const KILLS: u32 = 25;
const USAGE: &str = "`cargo xtask chaos [--kills N] [--seed S] [--sabotage]`";

pub(super) struct Options {
    pub(super) kills: u32,
    /// What instants and work are drawn from.
    pub(super) seed: u64,
    /// A host that acknowledges before its commit is on disk: it must be caught.
    pub(super) sabotage: bool,
}

impl Options {
    pub(super) fn read(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Options {
            kills: KILLS,
            seed: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |time| time.as_secs()),
            sabotage: false,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut number = || {
                let text = rest.next().map(String::as_str).unwrap_or_default();
                text.parse::<u64>()
                    .map_err(|_| Failure::new(format!("`{argument}` takes a number")).mend(USAGE))
            };
            match argument.as_str() {
                "--kills" => options.kills = u32::try_from(number()?).unwrap_or(u32::MAX),
                "--seed" => options.seed = number()?,
                "--sabotage" => options.sabotage = true,
                unknown => {
                    let what = format!("`chaos` knows no `{unknown}`");
                    return Err(Failure::new(what).mend(USAGE));
                }
            }
        }
        Ok(options)
    }
}
