//! Text that guests, files and hosts sent, made safe for a terminal.

/// The text without control characters (they could steer the terminal), newlines and tabs
/// kept.
pub(crate) fn clean(text: &str) -> String {
    let steering = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            // Marks that reorder what stands around them.
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    text.chars()
        .map(|c| if steering(c) { '\u{fffd}' } else { c })
        .collect()
}

/// As [`clean`], on one line of at most `max` characters.
pub(crate) fn line(text: &str, max: usize) -> String {
    let cleaned = clean(text);
    let one = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    if one.chars().count() <= max {
        return one;
    }
    let mut short: String = one.chars().take(max.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\rc\nd"), "a\u{fffd}[31mb\u{fffd}c\nd");
        assert_eq!(clean("x\u{202e}y"), "x\u{fffd}y");
    }

    #[test]
    fn lines_are_single_and_short() {
        assert_eq!(line("a\n  b\tc", 10), "a b c");
        assert_eq!(line("abcdefgh", 4), "abc…");
    }
}
