//! A deployed workflow made ready: expressions and schemas compiled once, used by every run.

mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use regex::Regex;
use segue_expr::Program;
use segue_model::cron::Cron;
use segue_model::ir::{
    BlockId, Call, Deployed, ExprId, Expression, IR_VERSION, PinnedStep, SchemaId, StepId, Task,
    TaskId, TaskKind, Workflow,
};

pub(crate) use check::filters;
use check::{check_places, crons, patterns};

/// A deployed workflow, compiled. Immutable; share it between runs.
pub struct Plan {
    deployed: Arc<Deployed>,
    programs: Vec<Program>,
    schemas: Vec<Validator>,
    /// The regular expressions of event filters, anchored.
    patterns: BTreeMap<String, Regex>,
    /// Cron expressions by their text and time zone.
    crons: BTreeMap<(String, String), Cron>,
}

/// A deployed workflow that this engine cannot run.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Written by a newer front end.
    #[error(
        "the workflow has IR version {found}; this host knows versions up to {known}: use a newer host"
    )]
    TooNew {
        /// Its version.
        found: u32,
        /// The newest that this engine runs.
        known: u32,
    },
    /// An expression that no longer compiles.
    #[error("the expression `{source_text}` does not compile: {message}")]
    Expression {
        /// The expression.
        source_text: String,
        /// Why not.
        message: String,
    },
    /// A schema that is none.
    #[error("schema {index} of the workflow is not a usable JSON Schema: {message}")]
    Schema {
        /// Which.
        index: usize,
        /// Why not.
        message: String,
    },
    /// A regular expression of an event filter that is none, or too large.
    #[error("the regular expression `{pattern}` of an event filter is not usable: {message}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// Why not.
        message: String,
    },
    /// A cron expression that is none, or an unknown time zone.
    #[error("the schedule is not usable: {0}")]
    Cron(#[from] segue_model::cron::CronError),
    /// Indices that lead nowhere, or steps without pins.
    #[error("the workflow is damaged: {what}")]
    Damaged {
        /// What leads nowhere.
        what: String,
    },
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({})", self.workflow().name)
    }
}

impl Plan {
    /// Compiles a deployed workflow.
    pub fn new(deployed: Arc<Deployed>) -> Result<Plan, PlanError> {
        let workflow = &deployed.workflow;
        if workflow.ir_version > IR_VERSION {
            return Err(PlanError::TooNew {
                found: workflow.ir_version,
                known: IR_VERSION,
            });
        }
        if deployed.pins.len() != workflow.steps.len() {
            return Err(PlanError::Damaged {
                what: "steps and pins differ in number".to_owned(),
            });
        }
        check_places(workflow)?;
        let programs = workflow
            .expressions
            .iter()
            .map(program)
            .collect::<Result<_, _>>()?;
        let schemas = workflow
            .schemas
            .iter()
            .enumerate()
            .map(|(index, schema)| validator(schema, index))
            .collect::<Result<_, _>>()?;
        let (patterns, crons) = (patterns(workflow)?, crons(workflow)?);
        Ok(Plan {
            deployed,
            programs,
            schemas,
            patterns,
            crons,
        })
    }

    /// The workflow.
    pub fn workflow(&self) -> &Workflow {
        &self.deployed.workflow
    }

    /// The deployed form.
    pub fn deployed(&self) -> &Arc<Deployed> {
        &self.deployed
    }

    pub(crate) fn task(&self, id: TaskId) -> Option<&Task> {
        self.workflow().task(id)
    }

    pub(crate) fn task_at(&self, block: BlockId, at: u32) -> Option<TaskId> {
        self.workflow().block(block).get(at as usize).copied()
    }

    /// The step that a `call` task calls, and what it is pinned to.
    pub(crate) fn pin_of(&self, task: TaskId) -> Option<(StepId, &PinnedStep)> {
        let call = self.call(task)?;
        Some((call.step, self.deployed.pins.get(call.step.index())?))
    }

    pub(crate) fn call(&self, task: TaskId) -> Option<&Call> {
        match &self.task(task)?.kind {
            TaskKind::Call(call) => Some(call),
            _ => None,
        }
    }

    pub(crate) fn program(&self, id: ExprId) -> Option<(&Program, &Expression)> {
        Some((
            self.programs.get(id.index())?,
            self.workflow().expressions.get(id.index())?,
        ))
    }

    pub(crate) fn schema(&self, id: SchemaId) -> Option<&Validator> {
        self.schemas.get(id.index())
    }

    /// Whether a text matches the regular expression of an event filter, all of it.
    pub(crate) fn matches(&self, pattern: &str, text: &str) -> bool {
        let pattern = self.patterns.get(pattern);
        pattern.is_some_and(|pattern| pattern.is_match(text))
    }

    pub(crate) fn cron(&self, expression: &str, timezone: &str) -> Option<&Cron> {
        self.crons
            .get(&(expression.to_owned(), timezone.to_owned()))
    }
}

fn program(expression: &Expression) -> Result<Program, PlanError> {
    let variables: Vec<&str> = expression.variables.iter().map(String::as_str).collect();
    Program::compile(&expression.source, &variables).map_err(|error| PlanError::Expression {
        source_text: expression.source.clone(),
        message: error.message,
    })
}

fn validator(schema: &serde_json::Value, index: usize) -> Result<Validator, PlanError> {
    jsonschema::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| PlanError::Schema {
            index,
            message: error.to_string(),
        })
}
