//! Where a reader of an event stream stands.

use std::fmt;

/// Everything before it was received: whole journal entries up to `seq`, and the first
/// `notes` notes of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    seq: u64,
    /// Notes of entry `seq` that were received; `None` is all of them.
    notes: Option<usize>,
    end: bool,
}

/// The id of the last event.
const END: &str = "end";

impl Position {
    /// Nothing was received.
    pub(super) const START: Position = Position {
        seq: 0,
        notes: None,
        end: false,
    };

    /// Everything was.
    pub(super) const END: Position = Position {
        seq: u64::MAX,
        notes: None,
        end: true,
    };

    /// After the whole entry `seq`.
    pub(super) fn after_entry(seq: u64) -> Self {
        Position {
            seq,
            notes: None,
            end: false,
        }
    }

    /// After the note at `index` of entry `seq`.
    pub(super) fn after_note(seq: u64, index: usize) -> Self {
        Position {
            seq,
            notes: Some(index + 1),
            end: false,
        }
    }

    /// Reads an id: `<seq>.<index>`, `<seq>` for a whole entry, or `end`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == END {
            return Some(Position::END);
        }
        match text.split_once('.') {
            None => Some(Position::after_entry(text.parse().ok()?)),
            Some((seq, index)) => {
                let index: u32 = index.parse().ok()?;
                Some(Position::after_note(seq.parse().ok()?, index as usize))
            }
        }
    }

    /// Whether the end was received.
    pub(super) fn is_end(self) -> bool {
        self.end
    }

    /// The first entry that may hold something new.
    pub(super) fn next_entry(self) -> u64 {
        match self.notes {
            Some(_) => self.seq.max(1),
            None => self.seq.saturating_add(1),
        }
    }

    /// Whether the note at `index` of entry `seq` was received.
    pub(super) fn has(self, seq: u64, index: usize) -> bool {
        seq < self.seq || (seq == self.seq && self.notes.is_none_or(|notes| index < notes))
    }
}

impl Position {
    /// The index of the next note of entry `seq`; `None` where the entry was received whole.
    pub(super) fn next_note(self, seq: u64) -> Option<usize> {
        match self.notes {
            _ if seq > self.seq => Some(0),
            Some(notes) if seq == self.seq => Some(notes),
            _ => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.end, self.notes) {
            (true, _) => f.write_str(END),
            (false, Some(notes)) => write!(f, "{}.{}", self.seq, notes.saturating_sub(1)),
            (false, None) => write!(f, "{}", self.seq),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_were_written_from() {
        for position in [
            Position::END,
            Position::after_entry(7),
            Position::after_note(7, 0),
            Position::after_note(7, 3),
        ] {
            assert_eq!(Position::parse(&position.to_string()), Some(position));
        }
        for wrong in ["", "x", "1.", ".1", "-1", "1.2.3", "99999999999999999999"] {
            assert_eq!(Position::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reader_goes_on_inside_of_an_entry() {
        let position = Position::after_note(4, 1);
        assert_eq!(position.next_entry(), 4);
        assert!(position.has(3, 9) && position.has(4, 1));
        assert!(!position.has(4, 2) && !position.has(5, 0));
        let whole = Position::after_entry(4);
        assert_eq!(whole.next_entry(), 5);
        assert!(whole.has(4, 99) && !whole.has(5, 0));
        assert!(!Position::START.has(1, 0));
        assert_eq!(Position::START.next_entry(), 1);
        assert_eq!(position.next_note(4), Some(2));
        assert_eq!(position.next_note(5), Some(0));
        assert_eq!((position.next_note(3), whole.next_note(4)), (None, None));
    }
}
