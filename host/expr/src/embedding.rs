//! Recognises `${ … }` in a text of a workflow.

use serde_json::Value;

use crate::error::CompileErrorKind;
use crate::program::Program;

/// Where an expression stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedding<'a> {
    /// The whole text is one expression, apart from white space around it.
    Whole {
        /// What stands between `${` and `}`, as written.
        inner: &'a str,
        /// Bytes of the text before it.
        offset: usize,
    },
    /// `${` stands somewhere in longer text. Other engines differ on what that means, so it
    /// is refused wherever it is found; it is never taken literally.
    Embedded,
    /// Plain text.
    None,
}

const OPENING: &str = "${";

/// Looks for an expression in `text`. Strings, interpolations and comments of jq are
/// understood: `${ "a}b" }` is one expression, `${ .a } ${ .b }` is embedded text.
pub fn embedding(text: &str) -> Embedding<'_> {
    let Some(start) = text.find(OPENING) else {
        return Embedding::None;
    };
    let offset = start + OPENING.len();
    let (before, rest) = (
        text.get(..start).unwrap_or(""),
        text.get(offset..).unwrap_or(""),
    );
    if !before.trim().is_empty() {
        return Embedding::Embedded;
    }
    let end = match closing_brace(rest) {
        Some(end) => end,
        // Whatever is unbalanced inside is for the compiler to say, with its place.
        None => match rest.trim_end().strip_suffix('}') {
            Some(inner) => return Embedding::Whole { inner, offset },
            None => return Embedding::Embedded,
        },
    };
    let (inner, after) = (
        rest.get(..end).unwrap_or(""),
        rest.get(end + 1..).unwrap_or(""),
    );
    if after.trim().is_empty() {
        Embedding::Whole { inner, offset }
    } else {
        Embedding::Embedded
    }
}

/// The one expression that probably means what a text with expressions inside of it was meant
/// to: `Hello ${ .name }!` becomes `"Hello \(.name)!"`. None where a brace is not closed, or
/// where that is no jq.
pub fn interpolated(text: &str) -> Option<String> {
    let mut out = String::from("\"");
    let mut rest = text;
    while let Some(at) = rest.find(OPENING) {
        let (before, opened) = (rest.get(..at)?, rest.get(at + OPENING.len()..)?);
        let end = closing_brace(opened)?;
        let inner = opened.get(..end)?.trim();
        // A comment would swallow the closing parenthesis.
        if inner.is_empty() || inner.contains(['\n', '#']) {
            return None;
        }
        out.push_str(&quoted(before)?);
        out.push_str(&format!("\\({inner})"));
        rest = opened.get(end + 1..)?;
    }
    out.push_str(&quoted(rest)?);
    out.push('"');
    is_jq(&out).then_some(out)
}

/// The same for an expression that has others inside of it: `.x == "${ .y }"` becomes
/// `.x == .y`.
pub fn unwrapped(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(OPENING) {
        let (mut before, opened) = (rest.get(..at)?, rest.get(at + OPENING.len()..)?);
        let end = closing_brace(opened)?;
        let inner = opened.get(..end)?.trim();
        let mut after = opened.get(end + 1..)?;
        if let (Some(b), Some(a)) = (before.strip_suffix('"'), after.strip_prefix('"')) {
            (before, after) = (b, a);
        }
        out.push_str(before);
        let plain = |c: char| c.is_alphanumeric() || "$._".contains(c);
        match inner.chars().all(plain) {
            true => out.push_str(inner),
            false => out.push_str(&format!("({inner})")),
        }
        rest = after;
    }
    out.push_str(rest);
    is_jq(&out).then_some(out)
}

fn is_jq(source: &str) -> bool {
    let known = Program::compile(source, &[]);
    !matches!(known, Err(error) if error.kind == CompileErrorKind::Syntax)
}

/// Text inside of a string of jq, which escapes as JSON does.
fn quoted(text: &str) -> Option<String> {
    let json = Value::from(text).to_string();
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.to_owned())
}

/// What the scanner is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// `{`, `[` or `(`, also the one of an interpolation.
    Bracket,
    Text,
}

/// The index of the `}` that closes what was opened before `source`.
fn closing_brace(source: &str) -> Option<usize> {
    let mut open = vec![Inside::Bracket];
    let mut bytes = source.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (open.last()?, byte) {
            (Inside::Text, b'\\') => match bytes.next() {
                Some((_, b'(')) => open.push(Inside::Bracket),
                _escaped => {}
            },
            (Inside::Text, b'"') => {
                open.pop();
            }
            (Inside::Text, _) => {}
            (Inside::Bracket, b'"') => open.push(Inside::Text),
            (Inside::Bracket, b'{' | b'[' | b'(') => open.push(Inside::Bracket),
            (Inside::Bracket, b'}' | b']' | b')') => {
                open.pop();
                if open.is_empty() {
                    return (byte == b'}').then_some(at);
                }
            }
            (Inside::Bracket, b'#') => {
                bytes.by_ref().find(|(_, byte)| *byte == b'\n');
            }
            (Inside::Bracket, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_text_is_an_expression_whatever_jq_it_holds() {
        let table = [
            ("${ .a }", " .a ", 2),
            ("${.a}", ".a", 2),
            ("  ${ .a }\n", " .a ", 4),
            (r#"${ "a}b" }"#, r#" "a}b" "#, 2),
            ("${ {a: 1} }", " {a: 1} ", 2),
            ("${ {a: {b: [1, {}]}} }", " {a: {b: [1, {}]}} ", 2),
            (
                r#"${ "a \( {b: "}"} | .b ) c" }"#,
                r#" "a \( {b: "}"} | .b ) c" "#,
                2,
            ),
            (r#"${ "quote \" brace }" }"#, r#" "quote \" brace }" "#, 2),
            (r#"${ "${ .x }" }"#, r#" "${ .x }" "#, 2),
            (
                "${ .a # a } in a comment\n | .b }",
                " .a # a } in a comment\n | .b ",
                2,
            ),
            ("${\n  .a\n  | .b\n}", "\n  .a\n  | .b\n", 2),
            ("${}", "", 2),
            ("${ \"ä}ö\" }", " \"ä}ö\" ", 2),
        ];
        for (text, inner, offset) in table {
            assert_eq!(
                embedding(text),
                Embedding::Whole { inner, offset },
                "{text}"
            );
            assert_eq!(text.get(offset..offset + inner.len()), Some(inner));
        }
    }

    #[test]
    fn unbalanced_expressions_go_to_the_compiler() {
        for (text, inner) in [
            (r#"${ "abc }"#, r#" "abc "#),
            ("${ {a: 1 }", " {a: 1 "),
            ("${ .a ) }", " .a ) "),
        ] {
            assert_eq!(
                embedding(text),
                Embedding::Whole { inner, offset: 2 },
                "{text}"
            );
        }
    }

    #[test]
    fn expressions_inside_longer_text_are_embedded() {
        let table = [
            "Hello ${ .x }",
            "${ .a } ${ .b }",
            "${ .a }.",
            "${ .a }}",
            "a${.b}c",
            "${ .a",
            "echo ${HOME",
        ];
        for text in table {
            assert_eq!(embedding(text), Embedding::Embedded, "{text}");
        }
    }

    #[test]
    fn embedded_expressions_become_one_that_is_jq() {
        let table = [
            ("Hello ${ .x }!", Some(r#""Hello \(.x)!""#)),
            ("${ .a } ${.b}", Some(r#""\(.a) \(.b)""#)),
            (
                r#"say "${ .a | join(", ") }" \"#,
                Some(r#""say \"\(.a | join(", "))\" \\""#),
            ),
            ("a\n${ $task.name }", Some(r#""a\n\($task.name)""#)),
            ("${ .a", None),
            ("a ${ .a ) }", None),
            ("a ${ if }", None),
            ("a ${ .a # x }", None),
            ("a ${}", None),
        ];
        for (text, expected) in table {
            assert_eq!(interpolated(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn expressions_inside_of_an_expression_lose_their_braces() {
        let table = [
            (r#".x == "${ .y }""#, Some(".x == .y")),
            ("${ .a } > ${ .b + 1 }", Some(".a > (.b + 1)")),
            ("${ .a } == ) ${ .b }", None),
            (".a == ${ .b", None),
        ];
        for (text, expected) in table {
            assert_eq!(unwrapped(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_plain_text() {
        for text in [
            "", " ", "hello", ".a", "$x", "{ }", "$ {x}", "costs 5$", "a } b",
        ] {
            assert_eq!(embedding(text), Embedding::None, "{text}");
        }
    }
}
