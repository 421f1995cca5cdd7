//! What must hold of a deployed workflow before it is run, and what is compiled beside its
//! expressions.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use segue_model::cron::Cron;
use segue_model::ir::{
    BlockId, ExprId, Filter, SchemaId, Strategy, Task, TaskKind, Test, Trigger, Until, Workflow,
};

use super::PlanError;

/// Every index of the arenas leads somewhere, so that a run can trust them.
pub(super) fn check_places(workflow: &Workflow) -> Result<(), PlanError> {
    let damaged = |what: &str| {
        Err(PlanError::Damaged {
            what: what.to_owned(),
        })
    };
    let block_ok = |id: &BlockId| id.index() < workflow.blocks.len();
    if !block_ok(&workflow.body) || !workflow.schedule.iter().all(block_ok) {
        return damaged("the body or the schedule is no block");
    }
    if workflow
        .blocks
        .iter()
        .flatten()
        .any(|id| workflow.task(*id).is_none())
    {
        return damaged("a block names an unknown task");
    }
    if !workflow
        .tasks
        .iter()
        .flat_map(blocks)
        .all(|id| block_ok(&id))
    {
        return damaged("a task names an unknown block");
    }
    let steps_ok = workflow.tasks.iter().all(|task| match &task.kind {
        TaskKind::Call(call) => call.step.index() < workflow.steps.len(),
        _ => true,
    });
    if !steps_ok {
        return damaged("a task names an unknown step");
    }
    let expression_ok = |id: &ExprId| id.index() < workflow.expressions.len();
    let schema_ok = |id: &SchemaId| id.index() < workflow.schemas.len();
    let conditions = workflow.tasks.iter().flat_map(|task| &task.condition);
    let schemas = workflow.tasks.iter().flat_map(|task| &task.input.schema);
    if !conditions.into_iter().all(expression_ok) || !schemas.into_iter().all(schema_ok) {
        return damaged("a task names an unknown expression or schema");
    }
    Ok(())
}

/// The blocks that a task names.
fn blocks(task: &Task) -> Vec<BlockId> {
    let mut all: Vec<BlockId> = match &task.kind {
        TaskKind::Do { body } => vec![*body],
        TaskKind::For(each) => vec![each.body],
        TaskKind::Try { body, catch } => std::iter::once(*body).chain(catch.body).collect(),
        TaskKind::Fork { branches, .. } => branches.iter().map(|branch| branch.body).collect(),
        TaskKind::Function(call) => vec![call.body],
        TaskKind::Listen(listen) => {
            let foreach = listen.foreach.as_ref();
            foreach.and_then(|each| each.body).into_iter().collect()
        }
        _ => Vec::new(),
    };
    for around in &task.around {
        all.extend(around.before.iter().chain(&around.after));
    }
    all
}

/// Bytes that one compiled regular expression may take: those of people take some thousand.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// The regular expressions of all event filters. Each is held to the whole text.
pub(super) fn patterns(workflow: &Workflow) -> Result<BTreeMap<String, Regex>, PlanError> {
    let mut all = BTreeMap::new();
    let strategies = workflow.tasks.iter().filter_map(strategy);
    for filter in strategies.flat_map(filters) {
        for (_, test) in &filter.with {
            let Test::Matches(pattern) = test else {
                continue;
            };
            if !all.contains_key(pattern) {
                all.insert(pattern.clone(), compile(pattern)?);
            }
        }
    }
    Ok(all)
}

fn strategy(task: &Task) -> Option<&Strategy> {
    match &task.kind {
        TaskKind::Listen(listen) => Some(&listen.to),
        TaskKind::Schedule(schedule) => match &schedule.trigger {
            Trigger::On { strategy, .. } => Some(strategy),
            _ => None,
        },
        _ => None,
    }
}

/// The filters of a strategy, those of its `until` among them.
pub(crate) fn filters(strategy: &Strategy) -> Vec<&Filter> {
    match strategy {
        Strategy::One(filter) => vec![filter],
        Strategy::All(filters) => filters.iter().collect(),
        Strategy::Any {
            filters: own,
            until,
        } => {
            let mut all: Vec<&Filter> = own.iter().collect();
            if let Some(Until::Events(until)) = until {
                all.extend(filters(until));
            }
            all
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, PlanError> {
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|error| PlanError::Pattern {
            pattern: pattern.chars().take(200).collect(),
            message: error.to_string(),
        })
}

/// The cron expressions of all schedules.
pub(super) fn crons(workflow: &Workflow) -> Result<BTreeMap<(String, String), Cron>, PlanError> {
    let mut all = BTreeMap::new();
    for task in &workflow.tasks {
        if let TaskKind::Schedule(schedule) = &task.kind
            && let Trigger::Cron {
                expression,
                timezone,
            } = &schedule.trigger
        {
            let cron = Cron::parse(expression, timezone)?;
            all.insert((expression.clone(), timezone.clone()), cron);
        }
    }
    Ok(all)
}
