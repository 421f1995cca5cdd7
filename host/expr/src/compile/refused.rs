//! jq that exists elsewhere and is refused here, with the reason and what to write instead.

use jaq_core::load::span;

use crate::error::{CompileError, CompileErrorKind};

/// A refused function: name, numbers of arguments (none: any), reason, what to write instead.
struct Refusal {
    name: &'static str,
    arities: &'static [usize],
    why: &'static str,
    instead: &'static str,
}

const UNBOUNDED: &str = "it may never end, and nothing bounds how often it calls itself";
const WORLD: &str = "it depends on the outside world, so the same run could give different results";
const CLOCK: &str =
    "it reads the clock or a time zone, so the same run could give different results";
const EFFECT: &str = "it writes to the host's terminal or ends the process";
const BYTES: &str = "it makes byte strings, which JSON does not have";

const FOLD: &str = "use `reduce` or `foreach` over `range(…)`, or a loop of the workflow";
const TIME: &str = "take the time from `$workflow.startedAt` or `$task.startedAt`, \
    and convert it with `fromdateiso8601` and `todateiso8601`";
const INPUT: &str = "an expression sees only `.` and its variables; use those";
const RAISE: &str = "use `error(…)`, or a `raise` task";

const REFUSALS: &[Refusal] = &[
    refuse("repeat", &[1], UNBOUNDED, FOLD),
    refuse("while", &[2], UNBOUNDED, FOLD),
    refuse("until", &[2], UNBOUNDED, FOLD),
    refuse(
        "recurse",
        &[1, 2],
        UNBOUNDED,
        "use `recurse` or `..`, which walk the value and end",
    ),
    refuse("recurse_down", &[], UNBOUNDED, "use `..`"),
    refuse("input", &[0], WORLD, INPUT),
    refuse("inputs", &[0], WORLD, INPUT),
    refuse("input_filename", &[0], WORLD, INPUT),
    refuse("input_line_number", &[0], WORLD, INPUT),
    refuse(
        "env",
        &[0],
        WORLD,
        "pass what is needed in the workflow's input or configuration",
    ),
    refuse("get_search_list", &[0], WORLD, INPUT),
    refuse("modulemeta", &[0], WORLD, INPUT),
    refuse("now", &[0], CLOCK, TIME),
    refuse("localtime", &[0], CLOCK, TIME),
    refuse("gmtime", &[0], CLOCK, TIME),
    refuse("mktime", &[0], CLOCK, TIME),
    refuse("timegm", &[0], CLOCK, TIME),
    refuse("strftime", &[1], CLOCK, TIME),
    refuse("strflocaltime", &[1], CLOCK, TIME),
    refuse("strptime", &[1], CLOCK, TIME),
    refuse("date", &[0], CLOCK, TIME),
    refuse("dateadd", &[2], CLOCK, TIME),
    refuse("datesub", &[2], CLOCK, TIME),
    refuse(
        "debug",
        &[0, 1],
        EFFECT,
        "set what you want to see, and read it in the run's journal",
    ),
    refuse("debug_empty", &[0], EFFECT, "leave it out"),
    refuse(
        "stderr",
        &[0],
        EFFECT,
        "set what you want to see, and read it in the run's journal",
    ),
    refuse("stderr_empty", &[0], EFFECT, "leave it out"),
    refuse("halt", &[0, 1], EFFECT, RAISE),
    refuse("halt_error", &[0, 1], EFFECT, RAISE),
    refuse(
        "tobytes",
        &[0],
        BYTES,
        "use `explode` and `implode`, or `@base64`",
    ),
];

const fn refuse(
    name: &'static str,
    arities: &'static [usize],
    why: &'static str,
    instead: &'static str,
) -> Refusal {
    Refusal {
        name,
        arities,
        why,
        instead,
    }
}

/// The refusal of a function of the standard library, if it is refused.
pub(super) fn function(source: &str, name: &str, arity: usize) -> Option<CompileError> {
    let refusal = REFUSALS
        .iter()
        .find(|r| r.name == name && (r.arities.is_empty() || r.arities.contains(&arity)))?;
    Some(refused(
        source,
        name,
        format!("{name}/{arity}"),
        refusal.why,
        refusal.instead,
    ))
}

/// Whether a definition of jaq's own library is left out, because its name is refused.
pub(super) fn is_refused(name: &str, arity: usize) -> bool {
    REFUSALS
        .iter()
        .any(|r| r.name == name && (r.arities.is_empty() || r.arities.contains(&arity)))
}

/// The refusal of a variable that other jqs set by themselves.
pub(super) fn variable(source: &str, name: &str) -> Option<CompileError> {
    let (why, instead) = match name {
        "$ENV" => (
            WORLD,
            "pass what is needed in the workflow's input or configuration",
        ),
        "$__loc__" => (
            "its value is a place in a file, and an expression has none",
            "write the text yourself",
        ),
        "$__prog_args" => (WORLD, INPUT),
        _ => return None,
    };
    Some(refused(source, name, name.to_owned(), why, instead))
}

/// The refusal of a definition that calls itself.
pub(super) fn recursion(source: &str, name: &str, arity: usize) -> CompileError {
    refused(
        source,
        name,
        format!("recursive definition {name}/{arity}"),
        UNBOUNDED,
        FOLD,
    )
}

/// The refusal of something nested too deeply.
pub(super) fn nesting(source: &str, place: &str, limit: u32) -> CompileError {
    let why = format!("it nests deeper than {limit} levels");
    refused(
        source,
        place,
        "deep nesting".to_owned(),
        &why,
        "split it over several tasks, or use a plugin",
    )
}

/// The refusal of a program that begins like a module.
pub(super) fn module_form(source: &str, first: &str) -> Option<CompileError> {
    let why = "an expression is complete in itself; files of the host are out of its reach";
    matches!(first, "import" | "include" | "module").then(|| {
        refused(
            source,
            first,
            first.to_owned(),
            why,
            "put the definitions into the expression, before its body",
        )
    })
}

/// Hints for syntax that other jqs or other languages have.
pub(super) fn syntax_hint(source: &str) -> Option<String> {
    let hint = if source.contains("?//") {
        "alternative destructuring (`?//`) is not part of this jq; use `if` or `try`"
    } else if source.contains("&&") || source.contains("||") {
        "jq writes `and` and `or`"
    } else if source.contains('\'') {
        "texts stand in double quotes"
    } else if source.contains("${") {
        "inside an expression variables are written `$name`, without braces"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

fn refused(source: &str, place: &str, name: String, why: &str, instead: &str) -> CompileError {
    CompileError {
        message: format!("`{name}` is refused: {why}"),
        hint: Some(instead.to_owned()),
        span: place_in(source, place),
        kind: CompileErrorKind::Refused {
            name,
            why: why.to_owned(),
        },
    }
}

/// Where a part of the source stands in it; the whole source where it is not a part.
pub(super) fn place_in(source: &str, part: &str) -> std::ops::Range<usize> {
    let within = source.as_bytes().as_ptr_range();
    let part_range = part.as_bytes().as_ptr_range();
    if within.contains(&part_range.start) && part_range.end <= within.end {
        span(source, part)
    } else {
        0..source.len()
    }
}
