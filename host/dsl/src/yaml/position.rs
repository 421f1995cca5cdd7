//! From the parser's lines and columns to bytes of the source.
//!
//! The parser counts characters, and where a comment holds more than ASCII its running index
//! drifts. Line and column start afresh on every line, so places are computed from those.

use saphyr_parser::Marker;

use super::json::Joined;

/// The lines of a source.
pub(super) struct Positions<'s> {
    joined: &'s Joined<'s>,
    /// Bytes before the text that the parser sees (a byte order mark).
    base: usize,
    /// Characters before each line.
    lines: Vec<usize>,
    /// The byte at which each character starts; empty where all are ASCII.
    chars: Vec<usize>,
    /// The number of characters.
    count: usize,
}

impl<'s> Positions<'s> {
    /// The positions of a text that stands `base` bytes into the source.
    pub(super) fn new(joined: &'s Joined<'s>, base: usize) -> Self {
        let text = &*joined.text;
        let mut lines = vec![0];
        let mut count = 0;
        let mut previous = '\0';
        for c in text.chars() {
            // A lone `\r` ends a line too (YAML 1.2.2, 5.4).
            match (previous, c) {
                ('\r', '\n') => {
                    if let Some(last) = lines.last_mut() {
                        *last = count + 1;
                    }
                }
                (_, '\r' | '\n') => lines.push(count + 1),
                _ => {}
            }
            previous = c;
            count += 1;
        }
        let chars = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(i, _)| i).collect(),
        };
        Positions {
            joined,
            base,
            lines,
            chars,
            count: if text.is_ascii() { text.len() } else { count },
        }
    }

    /// The byte of the source that a marker names, held inside of its line.
    pub(super) fn byte(&self, marker: Marker, len: usize) -> usize {
        let line = marker.line().saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.count);
        let end = self.lines.get(line + 1).copied().unwrap_or(self.count);
        let char = start.saturating_add(marker.col()).min(end);
        let byte = match self.chars.is_empty() {
            true => char,
            false => self.chars.get(char).copied().unwrap_or(usize::MAX),
        };
        let byte = self.joined.source_byte(byte.min(self.joined.text.len()));
        byte.saturating_add(self.base).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::join_surrogates;
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_count_bytes() {
        let text = "é: ü\r\nb: ö\rc";
        let joined = join_surrogates(text);
        let positions = Positions::new(&joined, 0);
        let at = |line, col| positions.byte(Marker::new(0, line, col), text.len());
        assert_eq!(&text[at(1, 3)..at(1, 4)], "ü");
        assert_eq!(&text[at(2, 3)..at(2, 4)], "ö");
        assert_eq!(&text[at(3, 0)..at(3, 1)], "c");
    }

    #[test]
    fn a_place_outside_of_the_text_is_held_at_its_line_or_end() {
        let joined = join_surrogates("ab\ncd");
        let positions = Positions::new(&joined, 0);
        assert_eq!(positions.byte(Marker::new(0, 1, 900), 5), 3);
        assert_eq!(positions.byte(Marker::new(0, 9, 0), 5), 5);
    }
}
