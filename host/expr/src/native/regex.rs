//! Regular expressions, in linear time and counted: `matches`, `split_matches`, `split_`, which
//! jaq's `test`, `match`, `capture`, `scan`, `split`, `sub` and `gsub` are made of.
//!
//! The automaton is regex-automata's; it is run here, because its own runners cannot be stopped
//! when the budget is gone. There is no backtracking, and no look-around or back-reference.

use std::rc::Rc;

use regex_automata::nfa::thompson::{self, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

use super::{Native, text, two};
use crate::limits::{REGEX_BYTES_MAX, REGEX_SOURCE_BYTES_MAX};
use crate::meter::{Limit, Meter, Stop};
use crate::value::fault::Fault;
use crate::value::{Fields, Items, Res, Text, V};

pub(super) const TABLE: &[Native] = &[
    two("matches", |meter, v, re, flags| {
        all(
            meter,
            v,
            re,
            flags,
            Parts {
                between: false,
                matches: true,
            },
        )
    }),
    two("split_matches", |meter, v, re, flags| {
        all(
            meter,
            v,
            re,
            flags,
            Parts {
                between: true,
                matches: true,
            },
        )
    }),
    two("split_", |meter, v, re, flags| {
        all(
            meter,
            v,
            re,
            flags,
            Parts {
                between: true,
                matches: false,
            },
        )
    }),
];

/// States of the automaton that are visited within one step.
const VISITS_PER_STEP: u64 = 8;

/// Steps for reading and translating a byte of an expression: `\w` takes some microseconds.
const COMPILE_STEPS_PER_BYTE: u64 = 20;

/// Groups of one expression: what is captured is copied along with every state.
const GROUPS_MAX: usize = 50;

/// What is wanted of a text.
#[derive(Clone, Copy)]
struct Parts {
    between: bool,
    matches: bool,
}

/// The flags of a search, as jq names them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Flags {
    global: bool,
    no_empty: bool,
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    swap_greed: bool,
    extended: bool,
}

impl Flags {
    fn read(text: &str) -> Result<Self, Stop<'static>> {
        let mut flags = Flags::default();
        for flag in text.chars() {
            match flag {
                'g' => flags.global = true,
                'n' => flags.no_empty = true,
                'i' => flags.ignore_case = true,
                'm' => flags.multi_line = true,
                's' => flags.dot_all = true,
                'l' => flags.swap_greed = true,
                'x' => flags.extended = true,
                'p' => (flags.multi_line, flags.dot_all) = (true, true),
                other => return Err(Fault::Other(format!("invalid regex flag: {other}")).into()),
            }
        }
        Ok(flags)
    }
}

/// The expressions that an evaluation has compiled.
#[derive(Default)]
pub(crate) struct Cache(Vec<(String, Flags, Rc<NFA>)>);

fn compiled<'a>(meter: &mut Meter, pattern: &str, flags: Flags) -> Result<Rc<NFA>, Stop<'a>> {
    // Flags of the search do not change the automaton.
    let flags = Flags {
        global: false,
        no_empty: false,
        ..flags
    };
    meter.scan(pattern.len().saturating_mul(meter.regexes.0.len() + 1))?;
    if let Some((_, _, nfa)) = meter
        .regexes
        .0
        .iter()
        .find(|(text, with, _)| text == pattern && *with == flags)
    {
        return Ok(Rc::clone(nfa));
    }
    if pattern.len() > REGEX_SOURCE_BYTES_MAX {
        let message = format!("invalid regex: longer than {REGEX_SOURCE_BYTES_MAX} bytes");
        return Err(Fault::Other(message).into());
    }
    meter.steps(100 + COMPILE_STEPS_PER_BYTE * pattern.len() as u64)?;
    meter.text(pattern.len())?;
    let syntax = syntax::Config::new()
        .case_insensitive(flags.ignore_case)
        .multi_line(flags.multi_line)
        .dot_matches_new_line(flags.dot_all)
        .swap_greed(flags.swap_greed)
        .ignore_whitespace(flags.extended)
        .nest_limit(crate::limits::SOURCE_NESTING_MAX);
    let config = thompson::Config::new()
        .nfa_size_limit(Some(REGEX_BYTES_MAX))
        .which_captures(WhichCaptures::All)
        .shrink(false);
    let nfa = NFA::compiler()
        .syntax(syntax)
        .configure(config)
        .build(pattern);
    let nfa = match nfa {
        Ok(nfa) => nfa,
        Err(error) => {
            if error.size_limit().is_some() {
                // It was built up to the limit before it failed.
                meter.bytes(REGEX_BYTES_MAX as u64)?;
            }
            let message = format!("invalid regex: {}", whole_message(&error));
            return Err(Fault::Other(message).into());
        }
    };
    if nfa.group_info().all_group_len() > GROUPS_MAX {
        return Err(Fault::Other(format!("invalid regex: more than {GROUPS_MAX} groups")).into());
    }
    meter.steps(nfa.states().len() as u64 / VISITS_PER_STEP)?;
    meter.bytes(nfa.memory_usage() as u64)?;
    let nfa = Rc::new(nfa);
    meter
        .regexes
        .0
        .push((pattern.to_owned(), flags, Rc::clone(&nfa)));
    Ok(nfa)
}

fn whole_message(error: &thompson::BuildError) -> String {
    use std::error::Error;
    error
        .source()
        .map_or_else(|| error.to_string(), |source| source.to_string())
}

/// Finds what is wanted of a text: an array of the matches (each an array of groups) and of the
/// texts between them, in order.
fn all<'a>(
    meter: &mut Meter,
    value: V<'a>,
    pattern: V<'a>,
    flags: V<'a>,
    wanted: Parts,
) -> Res<'a> {
    let flags = Flags::read(&text(flags)?)?;
    let pattern = text(pattern)?;
    let text = text(value)?;
    let nfa = compiled(meter, &pattern, flags)?;
    let mut search = Search::new(meter, &nfa)?;
    let mut found = Items::new(meter)?;
    let mut chars = CharCount::default();
    let (mut from, mut after) = (0, 0);
    let mut last_end = None;
    while let Some(slots) = search.find(meter, &text, from)? {
        let (start, end) = span(&slots, 0).unwrap_or((from, from));
        if start == end && last_end == Some(end) {
            // An empty match right after a match is no match: go on behind the next character.
            match text.get(end..).and_then(|rest| rest.chars().next()) {
                Some(c) => from = end + c.len_utf8(),
                None => break,
            }
            last_end = None;
            continue;
        }
        (from, last_end) = (end, Some(end));
        if flags.no_empty && start == end {
            continue;
        }
        if wanted.between {
            let part = text.part(meter, after, start)?;
            found.push(meter, V::Text(part))?;
            after = end;
        }
        if wanted.matches {
            let groups = groups(meter, &nfa, &text, &slots, &mut chars)?;
            found.push(meter, groups)?;
        }
        if !flags.global {
            break;
        }
    }
    if wanted.between {
        let part = text.part(meter, after, text.len())?;
        found.push(meter, V::Text(part))?;
    }
    Ok(found.into_value())
}

/// The borders of a group that took part in a match.
fn span(slots: &[Option<usize>], group: usize) -> Option<(usize, usize)> {
    Some(((*slots.get(2 * group)?)?, (*slots.get(2 * group + 1)?)?))
}

/// The groups of a match as jq shows them.
fn groups<'a>(
    meter: &mut Meter,
    nfa: &NFA,
    text: &Text<'a>,
    slots: &[Option<usize>],
    chars: &mut CharCount,
) -> Res<'a> {
    let mut groups = Items::new(meter)?;
    let names = nfa
        .group_info()
        .pattern_names(regex_automata::PatternID::ZERO);
    for (group, name) in names.enumerate() {
        let Some((start, end)) = span(slots, group) else {
            continue;
        };
        let offset = chars.at(meter, text, start)?;
        let length = text.get(start..end).unwrap_or("").chars().count();
        meter.scan(end - start)?;
        let mut fields = Fields::new(meter)?;
        fields.set(meter, Text::Lent("offset"), V::int(offset))?;
        fields.set(meter, Text::Lent("length"), V::int(length))?;
        let string = text.part(meter, start, end)?;
        fields.set(meter, Text::Lent("string"), V::Text(string))?;
        if let Some(name) = name {
            let name = V::text(meter, name.to_owned())?;
            fields.set(meter, Text::Lent("name"), name)?;
        }
        groups.push(meter, fields.into_value())?;
    }
    Ok(groups.into_value())
}

/// Translates byte offsets to character offsets, starting from the last one asked for.
#[derive(Default)]
struct CharCount {
    byte: usize,
    chars: usize,
}

impl CharCount {
    fn at(&mut self, meter: &mut Meter, text: &str, byte: usize) -> Result<usize, Limit> {
        let (from, upto) = (self.byte.min(byte), self.byte.max(byte));
        meter.scan(upto - from)?;
        let between = text.get(from..upto).unwrap_or("").chars().count();
        self.chars = if byte >= self.byte {
            self.chars + between
        } else {
            self.chars.saturating_sub(between)
        };
        self.byte = byte;
        Ok(self.chars)
    }
}

/// A run of the automaton over a text: all threads at once, in the order of their preference.
struct Search<'n> {
    nfa: &'n NFA,
    slots: usize,
    visits: u64,
    /// Whether a state is in the list that is being made, by number of the list.
    marks: Vec<u64>,
    mark: u64,
}

/// A thread of the automaton: its state and what it has captured.
struct Thread {
    state: StateID,
    slots: Rc<[Option<usize>]>,
}

impl<'n> Search<'n> {
    fn new(meter: &mut Meter, nfa: &'n NFA) -> Result<Self, Limit> {
        let states = nfa.states().len();
        meter.bytes((states as u64).saturating_mul(8))?;
        Ok(Search {
            nfa,
            slots: nfa.group_info().slot_len(),
            visits: 0,
            marks: vec![0; states],
            mark: 0,
        })
    }

    /// The leftmost match that begins at `from` or later: the borders of its groups.
    fn find(
        &mut self,
        meter: &mut Meter,
        text: &str,
        from: usize,
    ) -> Result<Option<Rc<[Option<usize>]>>, Limit> {
        let bytes = text.as_bytes();
        let mut threads: Vec<Thread> = Vec::new();
        let mut found = None;
        let none: Rc<[Option<usize>]> = vec![None; self.slots].into();
        for at in from..=bytes.len() {
            let mut next = Vec::new();
            self.mark += 1;
            if at == from {
                threads = self.begin(meter, bytes, at, &none, threads)?;
                self.mark += 1;
            }
            for thread in &threads {
                self.visit(meter)?;
                match self.nfa.state(thread.state) {
                    State::Match { .. } => {
                        found = Some(Rc::clone(&thread.slots));
                        break;
                    }
                    state => {
                        if let Some(state) = step(state, bytes, at) {
                            self.follow(
                                meter,
                                bytes,
                                at + 1,
                                Thread {
                                    state,
                                    slots: Rc::clone(&thread.slots),
                                },
                                &mut next,
                            )?;
                        }
                    }
                }
            }
            if found.is_none() && at < bytes.len() && text.is_char_boundary(at + 1) {
                self.follow(meter, bytes, at + 1, self.start(&none), &mut next)?;
            }
            if next.is_empty() && found.is_some() {
                break;
            }
            threads = next;
        }
        Ok(found)
    }

    fn start(&self, none: &Rc<[Option<usize>]>) -> Thread {
        Thread {
            state: self.nfa.start_anchored(),
            slots: Rc::clone(none),
        }
    }

    fn begin(
        &mut self,
        meter: &mut Meter,
        bytes: &[u8],
        at: usize,
        none: &Rc<[Option<usize>]>,
        mut threads: Vec<Thread>,
    ) -> Result<Vec<Thread>, Limit> {
        self.follow(meter, bytes, at, self.start(none), &mut threads)?;
        Ok(threads)
    }

    fn visit(&mut self, meter: &mut Meter) -> Result<(), Limit> {
        self.visits += 1;
        meter.steps(u64::from(self.visits.is_multiple_of(VISITS_PER_STEP)))
    }

    /// Adds the states that `thread` reaches without reading anything, the preferred ones first.
    fn follow(
        &mut self,
        meter: &mut Meter,
        bytes: &[u8],
        at: usize,
        thread: Thread,
        list: &mut Vec<Thread>,
    ) -> Result<(), Limit> {
        let mut pending = vec![thread];
        while let Some(Thread { state, slots }) = pending.pop() {
            self.visit(meter)?;
            match self.marks.get_mut(state.as_usize()) {
                Some(mark) if *mark != self.mark => *mark = self.mark,
                _ => continue,
            }
            match self.nfa.state(state) {
                State::Look { look, next } => {
                    if self.nfa.look_matcher().matches(*look, bytes, at) {
                        pending.push(Thread {
                            state: *next,
                            slots,
                        });
                    }
                }
                State::Union { alternates } => {
                    pending.extend(alternates.iter().rev().map(|state| Thread {
                        state: *state,
                        slots: Rc::clone(&slots),
                    }))
                }
                State::BinaryUnion { alt1, alt2 } => {
                    pending.push(Thread {
                        state: *alt2,
                        slots: Rc::clone(&slots),
                    });
                    pending.push(Thread {
                        state: *alt1,
                        slots,
                    });
                }
                State::Capture { next, slot, .. } => {
                    let mut captured = slots.to_vec();
                    meter.steps(captured.len() as u64 / 16)?;
                    if let Some(place) = captured.get_mut(slot.as_usize()) {
                        *place = Some(at);
                    }
                    pending.push(Thread {
                        state: *next,
                        slots: captured.into(),
                    });
                }
                State::Fail => {}
                State::ByteRange { .. }
                | State::Sparse(_)
                | State::Dense(_)
                | State::Match { .. } => {
                    list.push(Thread { state, slots });
                }
            }
        }
        Ok(())
    }
}

/// The state after reading the byte at `at`.
fn step(state: &State, bytes: &[u8], at: usize) -> Option<StateID> {
    match state {
        State::ByteRange { trans } => bytes
            .get(at)
            .filter(|byte| trans.matches_byte(**byte))
            .map(|_| trans.next),
        State::Sparse(transitions) => transitions.matches(bytes, at),
        State::Dense(transitions) => transitions.matches(bytes, at),
        _ => None,
    }
}
