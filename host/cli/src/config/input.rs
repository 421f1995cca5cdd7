//! The input of a run, as `--input` gives it.

use std::path::Path;

use serde_json::Value;

use crate::error::CliError;
use crate::files::{self, STDIN};

/// JSON, `@FILE`, or `-` for standard input.
pub(crate) fn parse_input(text: &str) -> Result<Value, CliError> {
    let (json, from) = match text.strip_prefix('@') {
        Some(path) => (files::read_text(Path::new(path))?, path),
        None if text == STDIN => (files::read_text(Path::new(STDIN))?, "standard input"),
        None => (text.to_owned(), "--input"),
    };
    serde_json::from_str(&json).map_err(|error| {
        let hint = if from == "--input" {
            "; write @FILE to read it from a file"
        } else {
            ""
        };
        CliError::Usage(format!("{from} is not JSON: {error}{hint}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_json_or_files_of_json() {
        assert_eq!(parse_input("{\"a\": 1}").unwrap()["a"], 1);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file.as_file(), b"[1, 2]").unwrap();
        let named = format!("@{}", file.path().display());
        assert_eq!(parse_input(&named).unwrap()[1], 2);
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        let error = parse_input("{a: 1}").unwrap_err().to_string();
        assert!(
            error.contains("--input") && error.contains("column 2"),
            "{error}"
        );
        assert!(matches!(
            parse_input("@/does/not/exist"),
            Err(CliError::File(_))
        ));
    }
}
