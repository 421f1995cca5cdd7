//! What is not YAML, in words of people who write workflows: what most often stands behind
//! each complaint of the parser, and where it began.

use std::ops::Range;

use super::line_at;
use crate::diagnostic::{Code, Diagnostic};

/// The finding for a complaint `info` of the parser about the byte `at`.
pub(super) fn finding(source: &str, at: usize, info: &str) -> Diagnostic {
    let end = next(source, at);
    let (message, help) = explain(source, at, info);
    let message = format!("not valid YAML: {message}");
    let mut found = Diagnostic::text(Code::InvalidYaml, at..end, message);
    let line = line_at(source, at);
    if let Some((place, text)) = opened(source, at)
        && place.start < line.start
    {
        found = found.label(place, text);
    }
    match help {
        Some(help) => found.help(help),
        None => found,
    }
}

fn next(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    rest.chars().next().map_or(at, |c| at + c.len_utf8())
}

/// The complaint in other words, and how to mend it.
fn explain(source: &str, at: usize, info: &str) -> (String, Option<&'static str>) {
    let line = source.get(line_at(source, at)).unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let tab = line.get(..indent).is_some_and(|blank| blank.contains('\t'));
    if tab || info.contains("tabs disallowed") || info.contains("tab cannot") {
        let help = "YAML is indented with spaces, never with tabs";
        return ("a tab stands in the indentation".to_owned(), Some(help));
    }
    if let Some((said, help)) = known(info) {
        let message = match said {
            Some(said) => said.to_owned(),
            None => info.to_owned(),
        };
        return (message, Some(advised(line, info, help)));
    }
    let braces = line.contains("${").then_some(QUOTE_EXPRESSION);
    (info.to_owned(), braces)
}

const QUOTE_EXPRESSION: &str =
    "put quotes around an expression inside of `{ }` or `[ ]`, and around one that holds `: `";

/// An expression on the line is more likely than anything else what the parser stumbled over.
fn advised(line: &str, info: &str, help: &'static str) -> &'static str {
    let may_be = ["mapping values", "flow", "key"];
    match line.contains("${") && may_be.iter().any(|word| info.contains(word)) {
        true => QUOTE_EXPRESSION,
        false => help,
    }
}

/// What the parser complains about most often: other words for it, where its own are none for
/// people, and how to mend it.
fn known(info: &str) -> Option<(Option<&'static str>, &'static str)> {
    let has = |part: &str| info.contains(part);
    Some(match () {
        () if has("unknown anchor") => (
            Some("`*` names an anchor that does not exist"),
            "put quotes around text that begins with `*`; an alias such as `*name` needs an anchor `&name` before it",
        ),
        () if has("unexpected character") => (
            Some("plain text cannot begin with this character"),
            "put quotes around the text",
        ),
        () if has("unknown escape character") || has("hexadecimal") || has("Unicode character") => {
            (
                Some("this string has an escape that does not exist"),
                "in double quotes `\\` begins an escape: write `\\\\`, or put single quotes around the text",
            )
        }
        () if has("quoted scalar, found unexpected end") => (
            Some("the quote that opens here is never closed"),
            "close it, or write it twice where it is part of a text in single quotes",
        ),
        () if has("trailing content") => (
            Some("something stands behind a closing quote"),
            "a string in quotes is the whole value: put the rest into it, and write `\\\"` for a quote inside",
        ),
        () if has("mapping values are not allowed") => (
            Some("a `: ` stands where no key can be"),
            "put quotes around text that holds `: `",
        ),
        () if has("block sequence entries are not allowed") => (
            Some("a list begins behind something else"),
            "begin the list on a line of its own, or write `[a, b]`",
        ),
        () if has("block mapping, did not find expected key") => (
            Some("this line fits nowhere"),
            "keys of one object begin in the same column: look at the indentation of this line and of those before it",
        ),
        () if has("block collection, did not find expected '-'") => (
            Some("this line is no entry of the list before it"),
            "entries of one list begin with `- ` in the same column",
        ),
        () if has("flow mapping") => (
            Some("a `,` or `}` is missing"),
            "close what `{` opens, and put quotes around text that holds a bracket or a comma",
        ),
        () if has("flow sequence") => (
            Some("a `,` or `]` is missing"),
            "close what `[` opens, and put quotes around text that holds a bracket or a comma",
        ),
        () if has("misplaced bracket") => (
            Some("a bracket closes nothing"),
            "leave it out, or put quotes around text that holds it",
        ),
        () if has("simple key") => (
            Some("a `:` is missing behind a key"),
            "write `key: value`, with a blank behind the colon",
        ),
        () if has("unexpected eof") || has("end of stream") => (
            Some("the document ends in the middle"),
            "close what is open",
        ),
        () if has("invalid indentation") => (
            Some("this line is not indented as what it belongs to"),
            "indent it further than the line that it belongs to; inside of `{ }` and `[ ]` too",
        ),
        () => return None,
    })
}

/// The innermost bracket that is open at a byte, as far as that can be told without reading
/// YAML: quotes and comments are looked at, block scalars are not.
fn opened(source: &str, at: usize) -> Option<(Range<usize>, &'static str)> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    let mut chars = source.get(..at)?.char_indices();
    while let Some((place, c)) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => {
                chars.next();
            }
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(c),
            (None, '#') if before.is_whitespace() => {
                chars.by_ref().find(|(_, c)| *c == '\n');
            }
            (None, '{' | '[') => open.push((place, c)),
            (None, '}' | ']') => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    let (place, c) = open.pop()?;
    let text = match c {
        '{' => "this `{` is still open",
        _ => "this `[` is still open",
    };
    Some((place..place + 1, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_open_bracket_is_found() {
        let at = |source: &str| opened(source, source.len()).map(|(place, _)| place.start);
        assert_eq!(at("a: { b: [1, 2], c"), Some(3));
        assert_eq!(at("a: [ '{', \"}\\\"{\", x"), Some(3));
        assert_eq!(at("a: { } # {\nb"), None);
        assert_eq!(at("it's { a"), Some(5));
    }
}
