//! Errors on stderr: the error, what caused it, and nothing twice.

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::clean::clean;
use super::out::note;
use crate::error::CliError;

/// Causes that are shown: a chain that is longer repeats itself.
const CAUSES_MAX: usize = 8;

/// Prints what ended the command.
pub(crate) fn print_error(error: &CliError, json: bool, color: bool) {
    if json {
        let problem = error.problem().map(|problem| json!(problem));
        let document = json!({
            "error": {
                "exit": error.exit().code(),
                "message": error.to_string(),
                "causes": causes(error),
                "problem": problem,
            }
        });
        note(&document.to_string());
        return;
    }
    let style = if color {
        Style::new().bold().fg_color(Some(AnsiColor::Red.into()))
    } else {
        Style::new()
    };
    note(&format!(
        "{style}error{style:#}: {}",
        clean(&error.to_string())
    ));
    for cause in causes(error) {
        note(&format!("  caused by: {}", clean(&cause)));
    }
}

fn causes(error: &CliError) -> Vec<String> {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |error| error.source())
        .take(CAUSES_MAX)
        .map(ToString::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_outermost_first() {
        let inner = std::io::Error::other("the disk is on fire");
        let error = CliError::Start {
            detail: "no luck".to_owned(),
            source: Some(Box::new(inner)),
        };
        assert_eq!(causes(&error), ["the disk is on fire"]);
        assert!(!error.to_string().contains("fire"));
    }
}
