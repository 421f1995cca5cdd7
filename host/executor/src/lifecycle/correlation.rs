//! Which listeners correlate events.

use segue_model::ir::{Filter, Strategy, TaskKind, Trigger, Until, Workflow};

/// Whether the task at `pointer` listens for events that it correlates.
pub(super) fn correlates(workflow: &Workflow, pointer: &str) -> bool {
    let mut tasks = workflow.tasks.iter();
    let task = tasks.find(|task| task.pointer == pointer);
    task.is_some_and(|task| match &task.kind {
        TaskKind::Listen(listen) => in_strategy(&listen.to),
        TaskKind::Schedule(schedule) => match &schedule.trigger {
            Trigger::On { strategy, .. } => in_strategy(strategy),
            _ => false,
        },
        _ => false,
    })
}

fn in_strategy(strategy: &Strategy) -> bool {
    let any = |filters: &[Filter]| filters.iter().any(|filter| !filter.correlate.is_empty());
    match strategy {
        Strategy::One(filter) => !filter.correlate.is_empty(),
        Strategy::All(filters) => any(filters),
        Strategy::Any { filters, until } => {
            // An `until` has no `until` of its own: one level.
            any(filters)
                || match until {
                    Some(Until::Events(strategy)) => match strategy.as_ref() {
                        Strategy::One(filter) => !filter.correlate.is_empty(),
                        Strategy::All(filters) | Strategy::Any { filters, .. } => any(filters),
                    },
                    _ => false,
                }
        }
    }
}
