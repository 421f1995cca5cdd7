//! `schedule`: when runs start by themselves.

use segue_model::Timestamp;
use segue_model::cron::Cron;
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
    let fits = Cron::parse("0 0 * * *", name).is_ok();
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
        "cron" => {
            let timezone = manner.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
            let expression = cron(cx, part, &timezone)?;
            Some(Trigger::Cron {
                expression,
                timezone,
            })
        }
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

/// A cron expression: five fields, or six with seconds first.
fn cron(cx: &mut Cx<'_>, node: Node<'_>, timezone: &str) -> Option<String> {
    let value = text(&mut cx.sink, node, "`cron`")?;
    let help = "it is read when the workflow is deployed, and cannot be computed";
    if refuse_expression(cx, node, "`cron`", help) {
        return None;
    }
    match Cron::parse(value, timezone) {
        Ok(cron) if cron.after(Timestamp(0)).is_some() => Some(value.to_owned()),
        Ok(_) => {
            let message = format!("{} names no moment at all", shown(value));
            cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
            None
        }
        Err(error) => {
            let message = error.to_string().replace('\n', " ");
            let found = Diagnostic::error(Code::InvalidValue, node, message);
            cx.emit(found.help(
                "write minute, hour, day, month and weekday: `0 6 * * MON-FRI`; a field is `*`, a number, a range \
                 `1-5`, a step `*/15`, or several with commas",
            ));
            None
        }
    }
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
