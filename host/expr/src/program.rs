//! A compiled expression and what callers do with it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::compile;
use crate::error::{CompileError, EvalError};
use crate::eval::{self, Env, Scope};
use crate::limits::Bounds;
use crate::meter::{Meter, Stop};
use crate::term::{Kind, Node, Part, Step};
use crate::value::fault::describe;
use crate::value::{Flow, Out, V, json};

/// A compiled expression: cheap to clone, shared between threads, evaluated any number of times.
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    source: String,
    root: Node,
    variables: Vec<Variable>,
}

struct Variable {
    name: String,
    reads: Vec<Read>,
}

/// What an expression reads of a variable: `$v.a.b` reads the path `a`, `b`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Members by fixed names, outermost first; none is the variable itself.
    pub path: Vec<String>,
    /// Whether the path goes on in a way that is only known when it is evaluated: `$v.a[0]`,
    /// `$v.a[$i]`, `$v.a[]`.
    pub goes_on: bool,
}

impl Program {
    /// Compiles `source`, the jq text without `${ }`. `variables` are the names, without `$`,
    /// that the slot offers, in the order in which their values will be passed.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Program, CompileError> {
        let compiled = compile::compile(source, variables)?;
        let variables = variables
            .iter()
            .zip(compiled.reads)
            .map(|(name, reads)| Variable {
                name: (*name).to_owned(),
                reads,
            })
            .collect();
        Ok(Program(Arc::new(Inner {
            source: source.to_owned(),
            root: compiled.root,
            variables,
        })))
    }

    /// The one value that it gives for the input `dot`, with `values` in the order of the
    /// variables. None and several are errors, and so is a value that JSON cannot hold.
    pub fn value(&self, dot: &Value, values: &[Value], bounds: Bounds) -> Result<Value, EvalError> {
        self.value_of(dot, &values.iter().collect::<Vec<_>>(), bounds)
    }

    /// [`Program::value`] with values that are held in different places. Nothing that is passed
    /// is copied, so large ones cost nothing.
    pub fn value_of(
        &self,
        dot: &Value,
        values: &[&Value],
        bounds: Bounds,
    ) -> Result<Value, EvalError> {
        let mut meter = Meter::new(bounds);
        let mut value = None;
        let flow = self.run(&mut meter, dot, values, |meter, output| {
            let output = output.ok_or(EvalError::NoOutput)?;
            value = Some(json::to_value(meter, output).map_err(|stop| failure(meter, stop))?);
            Ok(())
        });
        flow.and(value.ok_or(EvalError::NoOutput))
    }

    /// Whether the condition holds: true and false are themselves, null and no output are
    /// false; anything else, and more than one output, is an error.
    pub fn condition(
        &self,
        dot: &Value,
        values: &[Value],
        bounds: Bounds,
    ) -> Result<bool, EvalError> {
        self.condition_of(dot, &values.iter().collect::<Vec<_>>(), bounds)
    }

    /// [`Program::condition`] with values that are held in different places.
    pub fn condition_of(
        &self,
        dot: &Value,
        values: &[&Value],
        bounds: Bounds,
    ) -> Result<bool, EvalError> {
        let mut holds = false;
        self.run(
            &mut Meter::new(bounds),
            dot,
            values,
            |_, output| match output {
                None | Some(V::Null) => Ok(()),
                Some(V::Bool(output)) => {
                    holds = output;
                    Ok(())
                }
                Some(output) => Err(EvalError::NotBoolean {
                    found: describe(&output),
                }),
            },
        )?;
        Ok(holds)
    }

    /// The text that it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it uses a variable (name without `$`): the value of one that it does not use
    /// need not be built, and `null` may be passed instead.
    pub fn uses(&self, variable: &str) -> bool {
        self.0
            .variables
            .iter()
            .any(|v| v.name == variable && !v.reads.is_empty())
    }

    /// What it reads of a variable (name without `$`), each once, as it stands in the source.
    pub fn reads(&self, variable: &str) -> &[Read] {
        let found = self.0.variables.iter().rfind(|v| v.name == variable);
        found.map_or(&[], |v| &v.reads)
    }

    /// Whether it is nothing but a variable, or a path of fixed names into one: `$v.a.b`.
    pub fn is_read(&self) -> bool {
        let base = match &self.0.root.kind {
            Kind::Path(base, steps) if is_fixed(steps) => &base.kind,
            kind => kind,
        };
        matches!(base, Kind::Variable(_))
    }

    /// Evaluates, and calls `with` with the only output, or with none.
    fn run<'a>(
        &'a self,
        meter: &mut Meter,
        dot: &'a Value,
        values: &[&'a Value],
        with: impl FnOnce(&mut Meter, Option<V<'a>>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        if values.len() != self.0.variables.len() {
            let (wanted, given) = (self.0.variables.len(), values.len());
            return Err(EvalError::Failed {
                message: format!("{wanted} variables are declared, {given} were given"),
            });
        }
        let (mut output, mut several) = (None, false);
        let flow = bound(
            meter,
            &self.0.root,
            (None, values),
            V::lend(dot),
            &mut |_, value| {
                several = output.is_some();
                if several {
                    return Err(ENOUGH);
                }
                output = Some(value);
                Ok(())
            },
        );
        match flow {
            Err(_) if several => Err(EvalError::ManyOutputs),
            Err(stop) => Err(failure(meter, stop)),
            Ok(()) => with(meter, output),
        }
    }
}

fn is_fixed(steps: &[Step]) -> bool {
    let mut parts = steps.iter().map(|step| &step.part);
    parts.all(|part| matches!(part, Part::Field(_)))
}

/// Ends an evaluation from outside: no label draws this number, so nothing inside catches it.
const ENOUGH: Stop<'static> = Stop::Break(0);

/// Binds the variables, the first one outermost, and evaluates.
fn bound<'a>(
    meter: &mut Meter,
    root: &'a Node,
    (scope, values): (Scope<'_, 'a>, &[&'a Value]),
    dot: V<'a>,
    out: Out<'_, 'a>,
) -> Flow<'a> {
    match values.split_first() {
        Some((value, rest)) => bound(
            meter,
            root,
            (Some(&Env::value(V::lend(value), scope)), rest),
            dot,
            out,
        ),
        None => eval::each(meter, root, scope, dot, out),
    }
}

fn failure(meter: &Meter, stop: Stop<'_>) -> EvalError {
    match stop {
        Stop::Limit(limit) => meter.error(limit),
        Stop::Fault(fault) => EvalError::Failed {
            message: fault.describe(),
        },
        Stop::Break(_) => EvalError::Failed {
            message: "break".to_owned(),
        },
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({:?})", self.0.source)
    }
}

impl PartialEq for Program {
    /// Equal sources with equal variables are equal programs.
    fn eq(&self, other: &Self) -> bool {
        let names = |program: &Self| {
            program
                .0
                .variables
                .iter()
                .map(|v| v.name.clone())
                .collect::<Vec<_>>()
        };
        self.0.source == other.0.source && names(self) == names(other)
    }
}
