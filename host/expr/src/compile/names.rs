//! The names that exist, and which of them somebody may have meant.

use std::ops::Range;

use super::library;
use super::refused::place_in;
use crate::error::{CompileError, CompileErrorKind};
use crate::native;

/// The functions that expressions may call, sorted. Helpers of jaq's own definitions are
/// callable as in jaq, but not listed.
pub(crate) fn builtin_names() -> Vec<&'static str> {
    let defined = library::get().iter().map(|definition| definition.name);
    let native = native::names().chain(["empty", "recurse", "tostring", "error"]);
    let mut names: Vec<&str> = defined
        .chain(native)
        .filter(|name| !is_helper(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_helper(name: &str) -> bool {
    name.ends_with('_')
        || name.starts_with("escape_")
        || name.starts_with("unescape_")
        || name.starts_with("encode_")
        || name.starts_with("decode_")
        || matches!(
            name,
            "totype"
                | "key_values"
                | "path_value"
                | "matches"
                | "split_matches"
                | "capture_of_match"
                | "min_by_or_empty"
                | "max_by_or_empty"
                | "error_empty"
        )
}

/// The error for a function that does not exist.
pub(super) fn unknown_function<'s>(
    source: &str,
    name: &'s str,
    arity: usize,
    own: impl Iterator<Item = &'s str>,
) -> CompileError {
    let others = arities(name);
    let hint = if others.is_empty() {
        let names = own.chain(builtin_names());
        closest(name, names).map(|like| format!("did you mean `{like}`?"))
    } else {
        let forms: Vec<String> = others
            .iter()
            .map(|arity| format!("`{name}/{arity}`"))
            .collect();
        Some(format!("it exists as {}", forms.join(" and ")))
    };
    let signature = format!("{name}/{arity}");
    let arguments = match arity {
        0 => "without arguments".to_owned(),
        1 => "with 1 argument".to_owned(),
        n => format!("with {n} arguments"),
    };
    CompileError {
        message: format!("there is no function `{name}` {arguments}"),
        hint,
        span: place_in(source, name),
        kind: CompileErrorKind::UnknownFunction(signature),
    }
}

/// The error for a variable that does not exist here.
pub(super) fn unknown_variable<'s>(
    source: &str,
    name: &'s str,
    known: impl Iterator<Item = &'s str> + Clone,
) -> CompileError {
    let hint = match closest(name, known.clone()) {
        Some(like) => format!("did you mean `{like}`?"),
        None => {
            let known: Vec<&str> = known.collect();
            if known.is_empty() {
                "no variables are available here".to_owned()
            } else {
                format!("available here: {}", known.join(", "))
            }
        }
    };
    unknown(source, name, "variable", hint)
}

/// The error for `break` to a label that does not exist.
pub(super) fn unknown_label(source: &str, name: &str) -> CompileError {
    unknown(
        source,
        name,
        "label",
        format!("write `label {name} | …` around it"),
    )
}

fn unknown(source: &str, name: &str, what: &str, hint: String) -> CompileError {
    CompileError {
        message: format!("there is no {what} `{name}` here"),
        hint: Some(hint),
        span: place_in(source, name),
        kind: CompileErrorKind::UnknownVariable(name.to_owned()),
    }
}

/// The error for a form with the wrong number of parts.
pub(super) fn wrong_form(source: &str, place: &str, message: &str) -> CompileError {
    let span: Range<usize> = place_in(source, place);
    CompileError {
        message: message.to_owned(),
        hint: None,
        span,
        kind: CompileErrorKind::Syntax,
    }
}

fn arities(name: &str) -> Vec<usize> {
    let defined = library::get()
        .iter()
        .filter(|d| d.name == name)
        .map(|d| d.parameters.len());
    let mut arities: Vec<usize> = defined.chain(native::arities(name)).collect();
    arities.sort_unstable();
    arities.dedup();
    arities
}

/// The name that is the fewest slips of the keyboard away: at most one in three characters.
fn closest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let most = name.chars().count() / 3;
    let near = names.map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate));
    near.filter(|(slips, _)| *slips <= most)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}
