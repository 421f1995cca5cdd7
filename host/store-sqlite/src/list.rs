//! Lists of runs: newest first, page by page.
//!
//! A filtered list is merged from one range of the index for each pin (which says the role)
//! and status that matches, so that a page costs the same however many runs do not match.
//! The children of a run are merged from one range for each status, of which those of other
//! pins are passed over.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use rusqlite::Connection;
use segue_model::{RunId, Timestamp};
use segue_store::{Page, RunFilter, RunStatus, RunSummary};

use crate::codec::{Columns, RunNo, integer, limit, status_code};
use crate::failure::Failure;
use crate::{pins, runs};

/// Greater than the 16 bytes of any id.
const ABOVE_ALL: [u8; 17] = [0xff; 17];

/// Runs of a pin and a status, newest first.
pub(crate) const LISTED: &str = "SELECT id, no FROM runs INDEXED BY runs_listed
     WHERE pin = ?1 AND status = ?2 AND id < ?3 ORDER BY id DESC";

/// Children of a run with a status, newest first.
pub(crate) const CHILDREN: &str = "SELECT id, no, pin FROM runs INDEXED BY runs_of_parent
     WHERE parent = ?1 AND status = ?2 AND id < ?3 ORDER BY id DESC";

/// Runs that ended before a time, oldest first: what was created before it, in order of the
/// ids, which begin with the time of creation. An index by the end would have to grow when a
/// run ends, and ending needs no space. Statuses from 4 on have ended, role 0 is a run (see
/// [`crate::codec`]).
pub(crate) const ENDED: &str = "SELECT runs.id FROM runs JOIN pins ON pins.no = runs.pin
     WHERE runs.id > ?1 AND runs.id < ?2 AND runs.status >= 4 AND runs.updated_at < ?3
       AND pins.role = 0
     ORDER BY runs.id LIMIT ?4";

/// Runs that ended before `before`, after `after`.
pub(crate) fn ended(
    connection: &Connection,
    before: Timestamp,
    after: Option<&RunId>,
    rows: usize,
) -> Result<Vec<RunId>, Failure> {
    let after = after.map(RunId::to_bytes);
    let after = after.as_ref().map_or(&[][..], |id| &id[..]);
    let youngest = RunId::new(before.0, [0; 10]).to_bytes();
    let mut find = connection.prepare_cached(ENDED)?;
    let mut found = find.query((after, &youngest[..], integer(before.0), limit(rows)))?;
    let mut list = Vec::new();
    while let Some(row) = found.next()? {
        list.push(Columns(row).run_id(0)?);
    }
    Ok(list)
}

/// The runs of one page.
pub(crate) fn list(
    connection: &Connection,
    filter: &RunFilter,
    page: &Page,
) -> Result<Vec<RunSummary>, Failure> {
    let before = page.before.as_ref().map(RunId::to_bytes);
    let before = before.as_ref().map_or(&ABOVE_ALL[..], |id| &id[..]);
    if *filter == RunFilter::default() {
        return list_all(connection, before, page.limit);
    }
    let mut newest = Newest::new(page.limit);
    let pins = pins::matching(connection, filter)?;
    for status in RunStatus::ALL {
        if filter.status.is_some_and(|wish| wish != status) {
            continue;
        }
        match &filter.parent {
            Some(parent) => newest.add_children(connection, parent, status, before, &pins)?,
            None => {
                for pin in &pins {
                    newest.add_range(connection, *pin, status, before)?;
                }
            }
        }
    }
    let numbers = newest.into_newest_first();
    numbers.map(|no| runs::find_by_no(connection, no)).collect()
}

fn list_all(
    connection: &Connection,
    before: &[u8],
    rows: usize,
) -> Result<Vec<RunSummary>, Failure> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {} FROM runs JOIN pins ON pins.no = runs.pin
         WHERE runs.id < ?1 ORDER BY runs.id DESC LIMIT ?2",
        runs::SUMMARY
    ))?;
    let mut found = find.query((before, limit(rows)))?;
    let mut list = Vec::new();
    while let Some(row) = found.next()? {
        list.push(runs::summary(&Columns(row))?);
    }
    Ok(list)
}

/// The newest runs of several ranges.
struct Newest {
    /// The oldest on top.
    runs: BinaryHeap<Reverse<(Vec<u8>, RunNo)>>,
    most: usize,
}

impl Newest {
    fn new(most: usize) -> Self {
        Newest {
            runs: BinaryHeap::new(),
            most,
        }
    }

    fn add_range(
        &mut self,
        connection: &Connection,
        pin: i64,
        status: RunStatus,
        before: &[u8],
    ) -> Result<(), Failure> {
        let mut find = connection.prepare_cached(LISTED)?;
        let mut found = find.query((pin, status_code(status), before))?;
        while let Some(row) = found.next()? {
            let columns = Columns(row);
            let run = (columns.bytes(0)?.to_vec(), columns.signed(1)?);
            if !self.add(run) {
                break; // All that follow in this range are older still.
            }
        }
        Ok(())
    }

    fn add_children(
        &mut self,
        connection: &Connection,
        parent: &RunId,
        status: RunStatus,
        before: &[u8],
        pins: &HashSet<i64>,
    ) -> Result<(), Failure> {
        let mut find = connection.prepare_cached(CHILDREN)?;
        let mut found = find.query((&parent.to_bytes()[..], status_code(status), before))?;
        while let Some(row) = found.next()? {
            let columns = Columns(row);
            if !pins.contains(&columns.signed(2)?) {
                continue;
            }
            let run = (columns.bytes(0)?.to_vec(), columns.signed(1)?);
            if !self.add(run) {
                break; // All that follow in this range are older still.
            }
        }
        Ok(())
    }

    /// Keeps a run if it is among the newest; says whether it is.
    fn add(&mut self, run: (Vec<u8>, RunNo)) -> bool {
        if self.runs.len() >= self.most {
            match self.runs.peek() {
                Some(Reverse(oldest)) if *oldest < run => drop(self.runs.pop()),
                _ => return false,
            }
        }
        self.runs.push(Reverse(run));
        true
    }

    fn into_newest_first(self) -> impl Iterator<Item = RunNo> {
        let runs = self.runs.into_sorted_vec();
        runs.into_iter().map(|Reverse((_, no))| no)
    }
}
