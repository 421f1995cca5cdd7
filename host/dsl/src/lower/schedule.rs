//! `schedule`: when runs start by themselves.

use segue_model::ir::{
    BlockId, CatchUp, Duration, Export, Flow, Input, Output, Overlap, Read, Schedule, Task,
    TaskKind, Trigger,
};

use super::Cx;
use super::auth::choice;
use super::duration::duration;
use super::events::{read, strategy};
use super::expression::refuse_expression;
use super::scope::{Env, Slot};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, text};
use crate::yaml::Node;

const SCHEDULE: Shape = Shape {
    what: "`schedule`",
    keys: &["every", "cron", "after", "on", "read"],
    unsupported: &[],
};
const HINTS: Shape = Shape {
    what: "`metadata.segue.schedule`",
    keys: &["catchUp", "overlap", "timezone"],
    unsupported: &[],
};

/// What `metadata.segue.schedule` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Manner {
    catch_up: Option<CatchUp>,
    overlap: Option<Overlap>,
    timezone: Option<String>,
}

/// Reads `metadata.segue.schedule`.
pub(crate) fn manner(cx: &mut Cx<'_>, node: Node<'_>) -> Manner {
    let mut manner = Manner::default();
    let Some(fields) = Fields::read(&mut cx.sink, node, &HINTS) else {
        return manner;
    };
    if let Some(node) = fields.get("catchUp") {
        let chosen = choice(cx, node, "catchUp", &["skip", "one", "all"]);
        manner.catch_up = chosen.map(|chosen| match chosen {
            "skip" => CatchUp::Skip,
            "all" => CatchUp::All,
            _ => CatchUp::One,
        });
    }
    if let Some(node) = fields.get("overlap") {
        let known = ["allow", "skip", "queue", "cancel"];
        manner.overlap = choice(cx, node, "overlap", &known).map(|chosen| match chosen {
            "skip" => Overlap::Skip,
            "queue" => Overlap::Queue,
            "cancel" => Overlap::Cancel,
            _ => Overlap::Allow,
        });
    }
    if let Some(node) = fields.get("timezone") {
        manner.timezone = timezone(cx, node);
    }
    manner
}

fn timezone(cx: &mut Cx<'_>, node: Node<'_>) -> Option<String> {
    let name = text(&mut cx.sink, node, "`timezone`")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    if !fits {
        let message = format!("{} is no time zone", shown(name));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("write the name of one, such as `Europe/Berlin` or `UTC`"));
    }
    fits.then(|| name.to_owned())
}

/// Says that `metadata.segue.schedule` has no schedule to hold for.
pub(crate) fn refuse_manner(cx: &mut Cx<'_>, manner: &Manner) {
    if *manner != Manner::default()
        && let Some(node) = cx.root.find("/document/metadata/segue/schedule")
    {
        let message = "this has no effect: the workflow has no `schedule`";
        let span = node.key_span().unwrap_or_else(|| node.mark());
        cx.emit(Diagnostic::warning(Code::NoEffect, node, message).at(span));
    }
}

/// `schedule`: a block of the one task that starts runs.
pub(crate) fn schedule(cx: &mut Cx<'_>, node: Node<'_>, manner: &Manner) -> Option<BlockId> {
    let fields = Fields::read(&mut cx.sink, node, &SCHEDULE)?;
    let keys = ["every", "cron", "after", "on"];
    let mut found = keys.iter().filter_map(|key| Some((*key, fields.get(key)?)));
    let (Some((key, part)), None) = (found.next(), found.next()) else {
        let message = "`schedule` has exactly one of `every`, `cron`, `after` and `on`";
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("give a second one to a workflow that runs this one"));
        return None;
    };
    if key != "on"
        && let Some(read) = fields.get("read")
    {
        let message = format!("`read` belongs to `on`, and this is `{key}`");
        let found = Diagnostic::error(Code::UnknownKey, read, message);
        let span = read.key_span().unwrap_or_else(|| read.mark());
        cx.emit(found.at(span));
        return None;
    }
    let trigger = trigger(cx, fields, key, part, manner)?;
    no_effect(cx, key, manner);
    let task = Task {
        name: "schedule".to_owned(),
        pointer: node.pointer(),
        definition: node.to_json(),
        condition: None,
        input: Input::default(),
        output: Output::default(),
        export: Export::default(),
        timeout: None,
        then: Flow::Continue,
        around: Vec::new(),
        kind: TaskKind::Schedule(Schedule {
            trigger,
            catch_up: manner.catch_up.unwrap_or_default(),
            overlap: manner.overlap.unwrap_or_default(),
        }),
    };
    let task = cx.arenas.task(task);
    Some(cx.arenas.block(vec![task]))
}

fn trigger(
    cx: &mut Cx<'_>,
    fields: Fields<'_>,
    key: &str,
    part: Node<'_>,
    manner: &Manner,
) -> Option<Trigger> {
    let env = Env::outside(Slot::Schedule);
    match key {
        "every" => {
            let every = duration(cx, part, "`every`", env)?;
            if let Duration::Fixed(span) = &every
                && (span.months, span.ms) == (0, 0)
            {
                let message = "`every` must be longer than nothing";
                cx.emit(Diagnostic::error(Code::InvalidDuration, part, message));
                return None;
            }
            Some(Trigger::Every(every))
        }
        "after" => duration(cx, part, "`after`", env).map(Trigger::After),
        "cron" => Some(Trigger::Cron {
            expression: cron(cx, part)?,
            timezone: manner.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
        }),
        _ => {
            let strategy = strategy(cx, part, env);
            let read = read(cx, fields.get("read"))?;
            cx.started_by_data = read == Read::Data;
            Some(Trigger::On {
                strategy: strategy?,
                read,
            })
        }
    }
}

/// Says what of `metadata.segue.schedule` means nothing for this schedule.
fn no_effect(cx: &mut Cx<'_>, key: &str, manner: &Manner) {
    let useless = [
        (manner.timezone.is_some() && key != "cron", "timezone"),
        (
            manner.catch_up.is_some() && matches!(key, "after" | "on"),
            "catchUp",
        ),
        (manner.overlap.is_some() && key == "after", "overlap"),
    ];
    for (_, hint) in useless.iter().filter(|(useless, _)| *useless) {
        let pointer = format!("/document/metadata/segue/schedule/{hint}");
        let node = cx.root.find(&pointer).unwrap_or(cx.root);
        let message = format!("`{hint}` has no effect on a schedule with `{key}`");
        let span = node.key_span().unwrap_or_else(|| node.mark());
        cx.emit(Diagnostic::warning(Code::NoEffect, node, message).at(span));
    }
}

/// The fields of a cron expression: their names, and their least and largest numbers.
const FIELDS: [(&str, u32, u32); 6] = [
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A cron expression: five fields, or six with seconds first.
fn cron(cx: &mut Cx<'_>, node: Node<'_>) -> Option<String> {
    let value = text(&mut cx.sink, node, "`cron`")?;
    let help = "it is read when the workflow is deployed, and cannot be computed";
    if refuse_expression(cx, node, "`cron`", help) {
        return None;
    }
    if let Some(fault) = cron_fault(value) {
        let message = format!("{} is no cron expression: {fault}", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help(
            "write minute, hour, day, month and weekday: `0 6 * * mon-fri`; a field is `*`, a number, a range `1-5`, \
             a step `*/15`, or several with commas",
        ));
        return None;
    }
    Some(value.to_owned())
}

fn cron_fault(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let skip = match parts.len() {
        5 => 1,
        6 => 0,
        count => return Some(format!("it has {count} fields, not 5 (or 6 with seconds)")),
    };
    let fields = FIELDS.iter().skip(skip).zip(&parts);
    fields
        .into_iter()
        .find_map(|(field, part)| part.split(',').find_map(|item| field_fault(*field, item)))
}

fn field_fault((name, least, most): (&str, u32, u32), item: &str) -> Option<String> {
    let fault = || Some(format!("`{item}` is no {name}"));
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    if let Some(step) = step {
        let fits = step
            .parse::<u32>()
            .is_ok_and(|step| (1..=most.max(1)).contains(&step));
        if !fits {
            return fault();
        }
    }
    if range == "*" {
        return None;
    }
    let value = |text: &str| -> Option<u32> {
        let lower = text.to_lowercase();
        let named = |names: &[&str], base: u32| {
            let at = names.iter().position(|name| *name == lower)?;
            Some(base + u32::try_from(at).ok()?)
        };
        let number = match name {
            "month" => named(&MONTHS, 1),
            "weekday" => named(&WEEKDAYS, 0),
            _ => None,
        };
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let number = number.or_else(|| digits.then(|| text.parse().ok()).flatten())?;
        (least..=most).contains(&number).then_some(number)
    };
    let fits = match range.split_once('-') {
        Some((from, to)) => match (value(from), value(to)) {
            (Some(from), Some(to)) => from <= to,
            _ => false,
        },
        None => value(range).is_some(),
    };
    if fits { None } else { fault() }
}

/// What an event starts a run with is its `data` unless `schedule.read` says otherwise, and
/// many examples still look for the envelope.
pub(super) fn lint(cx: &mut Cx<'_>, node: Node<'_>, source: &str) {
    if !cx.started_by_data {
        return;
    }
    let mut rest = source;
    while let Some((_, after)) = rest.split_once("$workflow.input[") {
        let member = after.split_once(']').map_or("", |(_, member)| member);
        let is_data = member
            .strip_prefix(".data")
            .is_some_and(|more| !more.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        if is_data {
            let message = "`$workflow.input` holds the `data` of the events, not the events";
            let found = Diagnostic::warning(Code::NoEffect, node, message);
            cx.emit(found.help(
                "write `$workflow.input[0]` without `.data`, or `read: envelope` in `schedule`",
            ));
            return;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_expressions_are_told_from_other_text() {
        for text in [
            "0 0 * * *",
            "*/15 0-6,12 1 jan-mar mon",
            "30 */5 * * * 7",
            "0 6 * * MON-FRI",
        ] {
            assert_eq!(cron_fault(text), None, "{text}");
        }
        for text in [
            "",
            "* * * *",
            "* * * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "1.5 * * * *",
            "-1 * * * *",
            "1- * * * *",
        ] {
            assert!(cron_fault(text).is_some(), "{text}");
        }
    }
}
