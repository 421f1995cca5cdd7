//! From a place inside of a string's value to the bytes of the source that wrote it.
//!
//! Quoting, escapes, folding and indentation make the two differ. Where the walk loses its
//! way, there is no answer, and a finding points at the whole string instead.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::{Node, Style};

/// The bytes of the source that wrote the bytes `range` of the string `node`.
pub(crate) fn place_in_source(node: Node<'_>, range: Range<usize>) -> Option<Range<usize>> {
    let value = node.as_str()?;
    let span = node.span();
    let raw = node.source();
    let (skip, style) = match node.style()? {
        // The span of a block scalar starts with its text, behind `|` or `>`.
        Style::Block => (0, Style::Block),
        style @ (Style::SingleQuoted | Style::DoubleQuoted) => (1, style),
        Style::Plain => (0, Style::Plain),
    };
    let mut walk = Walk {
        raw: raw.get(skip..)?.char_indices().peekable(),
        value: value.char_indices().peekable(),
        style,
        len: raw.len() - skip,
    };
    let start = walk.until(range.start)?;
    let end = walk.until(range.end)?.max(start);
    let base = span.start + skip;
    Some(base + start..base + end)
}

struct Walk<'s> {
    raw: Peekable<CharIndices<'s>>,
    value: Peekable<CharIndices<'s>>,
    style: Style,
    len: usize,
}

impl Walk<'_> {
    /// The place in the raw text at which the value's byte `target` is written.
    fn until(&mut self, target: usize) -> Option<usize> {
        while self.value.peek().is_some_and(|(at, _)| *at < target) {
            self.step()?;
        }
        // In front of the next character of the value, not of the blanks before it.
        if let (Some((_, v)), Some((_, r))) = (self.value.peek(), self.raw.peek())
            && !v.is_whitespace()
            && r.is_whitespace()
        {
            self.skip_raw_blanks();
        }
        Some(self.raw.peek().map_or(self.len, |(at, _)| *at))
    }

    /// Moves both past one character of the value, or one run of blanks.
    fn step(&mut self) -> Option<()> {
        let (_, wanted) = *self.value.peek()?;
        let (_, found) = *self.raw.peek()?;
        if found == '\\' && self.style == Style::DoubleQuoted {
            return self.escape();
        }
        if wanted == found && !found.is_whitespace() {
            self.value.next();
            self.raw.next();
            if found == '\'' && self.style == Style::SingleQuoted {
                self.raw.next_if(|(_, c)| *c == '\'');
            }
            return Some(());
        }
        if found.is_whitespace() {
            self.skip_raw_blanks();
            while self.value.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            return Some(());
        }
        None
    }

    fn skip_raw_blanks(&mut self) {
        while self.raw.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    /// An escape of a double-quoted string (YAML 1.2.2, 5.7).
    fn escape(&mut self) -> Option<()> {
        self.raw.next();
        let (_, kind) = self.raw.next()?;
        let digits = match kind {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '\n' | '\r' => {
                // A line that is continued: no character of the value.
                self.skip_raw_blanks();
                return Some(());
            }
            _ => 0,
        };
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.raw.next()?.1.to_digit(16)?;
        }
        if (0xd800..0xdc00).contains(&code) {
            // The first half of a surrogate pair of JSON: `\uXXXX` follows.
            self.raw.nth(5)?;
        }
        self.value.next();
        Some(())
    }
}
