//! YAML 1.2 (and JSON, which is YAML) into a spanned value tree.
//!
//! Core schema only, one document, no duplicate keys, no merge keys. Aliases are copied, and
//! every size that a document controls is bounded: a "billion laughs" ends at a limit.

mod advice;
mod align;
mod build;
mod json;
mod node;
mod position;
mod scalar;

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScanError};

pub(crate) use align::place_in_source;
pub(crate) use node::{Field, Kind, Node, Style, Tree};
pub(crate) use scalar::is_old_boolean;

use segue_model::limits::WORKFLOW_BYTES_MAX;

use crate::diagnostic::{Code, Diagnostic, Sink};
use build::Builder;
use position::Positions;

/// Levels of arrays and objects: 20 blocks inside of each other. What is built from a document
/// nests a little deeper and must stay below serde_json's 128 levels when it is stored.
pub const DEPTH_MAX: usize = 64;
/// Values in a document, copies of aliases counted: some ten thousand lines. As JSON in memory
/// a value takes about a hundred bytes, for each block around it.
pub const NODES_MAX: usize = 20_000;
/// Bytes of all scalars and keys, copies of aliases counted.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// Bytes of a key: names and paths stay readable, and JSON pointers short.
pub const KEY_BYTES_MAX: usize = 1024;

/// Parses one document. Findings go to the sink; there is no tree after an error.
pub(crate) fn parse<'s>(source: &'s str, sink: &mut Sink) -> Option<Tree<'s>> {
    match read(source, sink) {
        Ok(tree) => Some(tree),
        Err(diagnostic) => {
            sink.emit(*diagnostic);
            None
        }
    }
}

type Refusal = Box<Diagnostic>;

fn refuse(code: Code, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::text(code, span, message)
}

fn read<'s>(source: &'s str, sink: &mut Sink) -> Result<Tree<'s>, Refusal> {
    check_text(source)?;
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    let joined = json::join_surrogates(text);
    let positions = Positions::new(&joined, source.len() - text.len());
    let mut parser = Parser::new_from_str(&joined.text);
    let mut builder = Builder::new(source, &positions);
    let mut documents = 0;
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|e| syntax_error(source, &positions, &e))?;
        let start = positions.byte(span.start, source.len());
        match event {
            Event::DocumentStart(_) => documents += 1,
            Event::StreamEnd => break,
            _ => {}
        }
        if documents > 1 {
            let message = "a file holds one workflow, and here a second document starts";
            let one = refuse(Code::InvalidYaml, line_at(source, start), message);
            return Err(Box::new(
                one.help("put each workflow into a file of its own"),
            ));
        }
        builder.event(event, span)?;
    }
    builder.finish(sink)
}

/// Refuses what must not even reach the parser.
fn check_text(source: &str) -> Result<(), Refusal> {
    if source.len() > WORKFLOW_BYTES_MAX {
        let message = format!(
            "the document has {} bytes; at most {WORKFLOW_BYTES_MAX} are taken",
            source.len()
        );
        let too_large = refuse(Code::DocumentLimit, 0..0, message);
        let help = "move data out of the workflow, into its input or a plugin";
        return Err(Box::new(too_large.help(help)));
    }
    // The parser takes a NUL for the end of the text: all behind it would be ignored.
    let body = source.strip_prefix('\u{feff}').unwrap_or(source);
    let base = source.len() - body.len();
    match body.char_indices().find(|(_, c)| !is_printable(*c)) {
        None => Ok(()),
        Some((at, c)) => {
            let name = c.escape_unicode();
            let message = format!("the character {name} must not stand in a YAML document");
            let span = base + at..base + at + c.len_utf8();
            let found = refuse(Code::ControlCharacter, span, message);
            let help = "in a double-quoted string, write it as an escape such as `\\x1b`";
            Err(Box::new(found.help(help)))
        }
    }
}

/// The printable characters of YAML 1.2.2, 5.1, without a byte order mark.
fn is_printable(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn syntax_error(source: &str, positions: &Positions<'_>, error: &ScanError) -> Refusal {
    let start = positions.byte(*error.marker(), source.len());
    Box::new(advice::finding(source, start, error.info()))
}

/// The line around a byte, without its end.
fn line_at(source: &str, at: usize) -> Range<usize> {
    let (before, after) = source.split_at_checked(at).unwrap_or((source, ""));
    let start = before.rfind(['\n', '\r']).map_or(0, |i| i + 1);
    let end = after
        .find(['\n', '\r'])
        .map_or(source.len(), |i| before.len() + i);
    start..end
}

#[cfg(test)]
mod tests;
