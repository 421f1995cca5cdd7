//! `[retention]`: how long what has ended is kept.

use segue_model::{Span, Timestamp};
use serde::Deserialize;

/// The table of `segue.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct RetentionTable {
    /// How long a run stays after its end, ISO 8601; without, for ever.
    runs: Option<String>,
}

impl RetentionTable {
    /// The time in milliseconds. The error says how to mend it.
    pub(super) fn runs_ms(&self) -> Result<Option<u64>, String> {
        let Some(text) = &self.runs else {
            return Ok(None);
        };
        let span = Span::parse_iso(text).map_err(|error| format!("[retention] runs: {error}"))?;
        match span.after(Timestamp(0)).0 {
            0 => Err(
                "[retention] runs: it must be longer than nothing; write `P30D` for thirty days"
                    .to_owned(),
            ),
            ms => Ok(Some(ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_kept_for_a_time_or_for_ever() {
        let read = |text: &str| toml::from_str::<RetentionTable>(text).unwrap().runs_ms();
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("runs = \"P2D\""), Ok(Some(2 * 86_400_000)));
        for wrong in ["runs = \"PT0S\"", "runs = \"30 days\""] {
            assert!(read(wrong).unwrap_err().contains("[retention] runs"));
        }
    }
}
