//! The `events` table: the inbox.

use std::sync::Arc;

use rusqlite::{Connection, params};
use segue_model::{Digest, Timestamp};
use segue_store::{Accepted, InboxEvent, InboxQuery, NewEvent};

use crate::codec::{Columns, RunNo, integer, limit};
use crate::consumed;
use crate::failure::Failure;

/// Bytes of a mark: half of a digest, which nobody meets twice by chance. Shorter than most
/// sources and ids, and the same for all of them.
const MARK_BYTES: usize = 16;

/// Events of all types after a number, without what a run has consumed.
pub(crate) const ALL: &str = "SELECT number FROM events
     WHERE number > ?1 AND NOT EXISTS (
         SELECT 1 FROM consumed WHERE event = number AND run = ?2 AND entry <= ?3)
     ORDER BY number LIMIT ?4";

/// The same of one type.
pub(crate) const OF_TYPE: &str = "SELECT number FROM events INDEXED BY events_by_type
     WHERE number > ?1 AND NOT EXISTS (
         SELECT 1 FROM consumed WHERE event = number AND run = ?2 AND entry <= ?3)
       AND type = ?5
     ORDER BY number LIMIT ?4";

/// Events that were accepted before a time, the oldest first.
pub(crate) const OLD: &str = "SELECT number FROM events INDEXED BY events_by_time
     WHERE accepted_at < ?1 ORDER BY accepted_at, number LIMIT ?2";

/// Who asks for events: what it has consumed is left out.
#[derive(Clone, Copy)]
pub(crate) struct Taker {
    /// Its number.
    pub(crate) run: RunNo,
    /// Events that it consumed by entries up to this one are left out.
    pub(crate) since: u64,
}

impl Taker {
    /// No run has this number, so nothing is left out.
    const NOBODY: Taker = Taker { run: 0, since: 0 };
}

/// Puts an event into the inbox, unless it is there.
pub(crate) fn accept(
    connection: &Connection,
    event: &NewEvent,
    now: Timestamp,
) -> Result<Accepted, Failure> {
    let mark = mark(event);
    if let Some(number) = find(connection, &mark)? {
        return Ok(Accepted {
            number,
            duplicate: true,
        });
    }
    let number = connection
        .prepare_cached(
            "INSERT INTO events (mark, type, accepted_at, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .insert(params![mark, event.kind, integer(now.0), &*event.body])?;
    Ok(Accepted {
        number: number.cast_unsigned(),
        duplicate: false,
    })
}

/// The highest number that is in the inbox.
pub(crate) fn last_number(connection: &Connection) -> Result<i64, Failure> {
    let mut find = connection.prepare_cached("SELECT ifnull(max(number), 0) FROM events")?;
    let mut found = find.query([])?;
    match found.next()? {
        Some(row) => Columns(row).signed(0),
        None => Ok(0),
    }
}

/// Events of the inbox, by number.
pub(crate) fn query(
    connection: &Connection,
    query: &InboxQuery,
) -> Result<Vec<InboxEvent>, Failure> {
    let types = query.types.as_deref();
    offer(connection, Taker::NOBODY, types, query.after, query.limit)
}

/// Events after number `after` of some types, by number, without what `taker` has consumed.
pub(crate) fn offer(
    connection: &Connection,
    taker: Taker,
    types: Option<&[String]>,
    after: u64,
    rows: usize,
) -> Result<Vec<InboxEvent>, Failure> {
    let numbers = match types {
        None => numbers_of_all(connection, taker, after, rows)?,
        // Each type is a range of the index, of which no more than `rows` can be wanted.
        Some(types) => {
            let mut numbers = Vec::new();
            for kind in types {
                numbers_of_type(connection, kind, taker, after, rows, &mut numbers)?;
            }
            numbers.sort_unstable();
            numbers.dedup();
            numbers.truncate(rows);
            numbers
        }
    };
    let numbers = numbers.into_iter();
    numbers.map(|number| read(connection, number)).collect()
}

/// Removes events that were accepted before `before`, the oldest first.
pub(crate) fn expire(
    connection: &Connection,
    before: Timestamp,
    rows: usize,
) -> Result<usize, Failure> {
    let old = {
        let mut find = connection.prepare_cached(OLD)?;
        let mut numbers = Vec::new();
        collect(find.query([integer(before.0), limit(rows)])?, &mut numbers)?;
        numbers
    };
    for number in &old {
        consumed::forget_event(connection, *number)?;
        connection
            .prepare_cached("DELETE FROM events WHERE number = ?1")?
            .execute([number])?;
    }
    Ok(old.len())
}

/// What stands between the two parts of a mark's text keeps `ab` + `c` from `a` + `bc`.
fn mark(event: &NewEvent) -> [u8; MARK_BYTES] {
    let NewEvent { source, id, .. } = event;
    let digest = Digest::of(format!("{}:{source}{id}", source.len()).as_bytes());
    let mut mark = [0; MARK_BYTES];
    for (byte, digested) in mark.iter_mut().zip(digest.as_bytes()) {
        *byte = *digested;
    }
    mark
}

fn find(connection: &Connection, mark: &[u8]) -> Result<Option<u64>, Failure> {
    let mut find = connection.prepare_cached("SELECT number FROM events WHERE mark = ?1")?;
    let mut found = find.query([mark])?;
    match found.next()? {
        Some(row) => Columns(row).unsigned(0).map(Some),
        None => Ok(None),
    }
}

fn numbers_of_all(
    connection: &Connection,
    taker: Taker,
    after: u64,
    rows: usize,
) -> Result<Vec<i64>, Failure> {
    let mut find = connection.prepare_cached(ALL)?;
    let (after, since) = (integer(after), integer(taker.since));
    let mut numbers = Vec::new();
    collect(
        find.query([after, taker.run, since, limit(rows)])?,
        &mut numbers,
    )?;
    Ok(numbers)
}

fn numbers_of_type(
    connection: &Connection,
    kind: &str,
    taker: Taker,
    after: u64,
    rows: usize,
    numbers: &mut Vec<i64>,
) -> Result<(), Failure> {
    let mut find = connection.prepare_cached(OF_TYPE)?;
    let (after, since) = (integer(after), integer(taker.since));
    collect(
        find.query((after, taker.run, since, limit(rows), kind))?,
        numbers,
    )
}

fn collect(mut found: rusqlite::Rows<'_>, numbers: &mut Vec<i64>) -> Result<(), Failure> {
    while let Some(row) = found.next()? {
        numbers.push(Columns(row).signed(0)?);
    }
    Ok(())
}

fn read(connection: &Connection, number: i64) -> Result<InboxEvent, Failure> {
    let mut find =
        connection.prepare_cached("SELECT accepted_at, body FROM events WHERE number = ?1")?;
    let mut found = find.query([number])?;
    let Some(row) = found.next()? else {
        return Err(Failure::Damaged(format!("there is no event {number}")));
    };
    let columns = Columns(row);
    Ok(InboxEvent {
        number: number.cast_unsigned(),
        accepted_at: columns.time(0)?,
        body: Arc::from(columns.text(1)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_keeps_source_and_id_apart() {
        let of = |source: &str, id: &str| {
            mark(&NewEvent {
                source: source.to_owned(),
                id: id.to_owned(),
                kind: String::new(),
                body: "{}".into(),
            })
        };
        assert_eq!(of("ab", "c"), of("ab", "c"));
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_ne!(of("1:a", ""), of("1", ":a"));
    }
}
