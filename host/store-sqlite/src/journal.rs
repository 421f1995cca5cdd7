//! The `journal` table: the entries of one commit in one row, under the number of the first.
//!
//! A row is a format byte and then, for each entry, the lengths of its two texts (unsigned
//! LEB128) and the texts. A chain of pure steps commits many entries at once, and a row of
//! the table costs more than a small entry does.

use std::sync::Arc;

use rusqlite::{Connection, params};
use segue_store::JournalRow;

use crate::codec::{Columns, RunNo, part_key, part_of};
use crate::failure::Failure;

/// The format that is written.
const FORMAT: u8 = 1;

/// Appends the entries of a commit.
pub(crate) fn append(
    connection: &Connection,
    run: RunNo,
    entries: &[JournalRow],
) -> Result<(), Failure> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    let first = u32::try_from(first.seq)
        .map_err(|_| Failure::Refused("its journal has too many entries".to_owned()))?;
    connection
        .prepare_cached("INSERT INTO journal (part, entries) VALUES (?1, ?2)")?
        .execute(params![part_key(run, first), pack(entries)])?;
    Ok(())
}

/// Entries from number `from`, at most `limit`.
pub(crate) fn read(
    connection: &Connection,
    run: RunNo,
    from: u64,
    limit: usize,
) -> Result<Vec<JournalRow>, Failure> {
    let Ok(from_part) = u32::try_from(from) else {
        return Ok(Vec::new());
    };
    // The row that holds `from` may begin before it.
    let mut find = connection.prepare_cached(
        "SELECT part, entries FROM journal
         WHERE part >= ifnull(
             (SELECT max(part) FROM journal WHERE part BETWEEN ?1 AND ?2), ?1)
           AND part <= ?3
         ORDER BY part",
    )?;
    let bounds = [0, from_part, u32::MAX].map(|part| part_key(run, part));
    let mut found = find.query(bounds)?;
    let mut entries = Vec::new();
    while entries.len() < limit
        && let Some(row) = found.next()?
    {
        let columns = Columns(row);
        let part = columns.signed(0)?;
        let unpacked = unpack(u64::from(part_of(part)), columns.bytes(1)?);
        let unpacked = unpacked
            .ok_or_else(|| Failure::Damaged(format!("journal row {part} cannot be read")))?;
        let wanted = unpacked.into_iter().filter(|entry| entry.seq >= from);
        entries.extend(wanted.take(limit - entries.len()));
    }
    Ok(entries)
}

/// Removes all entries of a run.
pub(crate) fn delete(connection: &Connection, run: RunNo) -> Result<(), Failure> {
    connection
        .prepare_cached("DELETE FROM journal WHERE part BETWEEN ?1 AND ?2")?
        .execute([part_key(run, 0), part_key(run, u32::MAX)])?;
    Ok(())
}

fn pack(entries: &[JournalRow]) -> Vec<u8> {
    let texts = entries.iter().map(|e| e.entry.len() + e.observed.len() + 4);
    let mut row = Vec::with_capacity(1 + texts.sum::<usize>());
    row.push(FORMAT);
    for entry in entries {
        push_length(&mut row, entry.entry.len());
        push_length(&mut row, entry.observed.len());
        row.extend_from_slice(entry.entry.as_bytes());
        row.extend_from_slice(entry.observed.as_bytes());
    }
    row
}

fn push_length(row: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        row.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    row.push(length as u8);
}

/// The entries of a row whose first one has number `first`; `None` where it is damaged.
fn unpack(first: u64, row: &[u8]) -> Option<Vec<JournalRow>> {
    let mut rest = row.strip_prefix(&[FORMAT])?;
    let mut entries = Vec::new();
    let mut seq = first;
    while !rest.is_empty() {
        let entry_length = take_length(&mut rest)?;
        let observed_length = take_length(&mut rest)?;
        entries.push(JournalRow {
            seq,
            entry: take_text(&mut rest, entry_length)?,
            observed: take_text(&mut rest, observed_length)?,
        });
        seq += 1;
    }
    Some(entries)
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let mut length = 0usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

fn take_text(rest: &mut &[u8], length: usize) -> Option<Arc<str>> {
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok().map(Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, length: usize) -> JournalRow {
        JournalRow {
            seq,
            entry: "ä".repeat(length).into(),
            observed: "o".repeat(length / 3).into(),
        }
    }

    #[test]
    fn entries_come_back_as_they_were_packed() {
        let entries: Vec<_> = [0, 1, 63, 64, 127, 128, 20_000]
            .map(|n| entry(7 + n, n as usize))
            .into();
        let numbered: Vec<_> = (9..)
            .zip(entries)
            .map(|(seq, e)| JournalRow { seq, ..e })
            .collect();
        assert_eq!(unpack(9, &pack(&numbered)), Some(numbered));
    }

    #[test]
    fn a_damaged_row_is_noticed_and_never_panics() {
        let row = pack(&[entry(1, 100), entry(2, 5)]);
        for end in 0..row.len() {
            let cut = unpack(1, &row[..end]);
            assert!(cut.is_none_or(|entries| entries.len() < 2), "cut at {end}");
        }
        assert_eq!(unpack(1, &[2]), None);
        assert_eq!(
            unpack(
                1,
                &[
                    FORMAT, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
                ]
            ),
            None
        );
    }
}
