//! Which events: strategies, filters, correlations. `listen` and `schedule` have them.

use regex_automata::nfa::thompson::{self, pikevm::PikeVM};
use segue_expr::{Embedding, embedding};
use segue_model::ir::{Correlation, ExprId, Filter, Read, Strategy, Template, Test, Until};

use super::Cx;
use super::auth::choice;
use super::expression::{bare, compile, condition, refuse_embedded};
use super::retry::optional;
use super::scope::Env;
use super::template::template;
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::{Field, Kind, Node};

const STRATEGY: Shape = Shape {
    what: "an event strategy",
    keys: &["one", "any", "all", "until"],
    unsupported: &[],
};
const FILTER: Shape = Shape {
    what: "an event filter",
    keys: &["with", "correlate"],
    unsupported: &[],
};
const CORRELATION: Shape = Shape {
    what: "a correlation",
    keys: &["from", "expect"],
    unsupported: &[],
};

/// Bytes of one compiled pattern, as for the patterns of schemas.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// `to` of a `listen`, `on` of a schedule: exactly one of `one`, `any`, `all`.
pub(crate) fn strategy(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Strategy> {
    let fields = Fields::read(&mut cx.sink, node, &STRATEGY)?;
    let keys = ["one", "any", "all"];
    let mut found = keys.iter().filter_map(|key| Some((*key, fields.get(key)?)));
    let (Some((key, part)), None) = (found.next(), found.next()) else {
        let message = "an event strategy has exactly one of `one`, `any` and `all`";
        cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        return None;
    };
    let until = fields.get("until");
    if key != "any"
        && let Some(until) = until
    {
        let message = format!("`until` belongs to `any`, and this is `{key}`");
        let found = Diagnostic::error(Code::UnknownKey, until, message);
        let span = until.key_span().unwrap_or_else(|| until.mark());
        cx.emit(found.at(span));
        return None;
    }
    match key {
        "one" => filter(cx, part, env).map(Strategy::One),
        "any" => {
            let filters = filters(cx, part, "`any`", env);
            let until = optional(until, |node| end(cx, node, env));
            Some(Strategy::Any {
                filters: filters?,
                until: until?,
            })
        }
        _ if part.len() == 0 && matches!(part.kind(), Kind::Array) => {
            let message = "`all` of no events would be over at once";
            let found = Diagnostic::error(Code::InvalidValue, part, message);
            cx.emit(found.help("`any: []` listens to every event"));
            None
        }
        _ => filters(cx, part, "`all`", env).map(Strategy::All),
    }
}

/// `until`: a condition, or events that end it.
fn end(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Until> {
    if !node.is_object() {
        return condition(cx, node, "`until`", env).map(Until::When);
    }
    if let Some(inner) = node.get("until") {
        let message = "the events of an `until` have no `until` of their own";
        let found = Diagnostic::error(Code::UnknownKey, inner, message);
        let span = inner.key_span().unwrap_or_else(|| inner.mark());
        cx.emit(found.at(span));
        return None;
    }
    let strategy = strategy(cx, node, env)?;
    Some(Until::Events(Box::new(strategy)))
}

fn filters(cx: &mut Cx<'_>, node: Node<'_>, what: &str, env: Env<'_>) -> Option<Vec<Filter>> {
    if !matches!(node.kind(), Kind::Array) {
        wrong_type(&mut cx.sink, node, what, "an array of event filters");
        return None;
    }
    let filters: Vec<_> = node.items().map(|item| filter(cx, item, env)).collect();
    filters.into_iter().collect()
}

fn filter(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Filter> {
    let fields = Fields::read(&mut cx.sink, node, &FILTER)?;
    let with = fields.require(&mut cx.sink, "with");
    let with = with.and_then(|node| tests(cx, node, env));
    let correlate = match fields.get("correlate") {
        Some(node) => correlations(cx, node, env),
        None => Some(Vec::new()),
    };
    Some(Filter {
        with: with?,
        correlate: correlate?,
    })
}

fn tests(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Vec<(String, Test)>> {
    if !node.is_object() {
        wrong_type(&mut cx.sink, node, "`with`", "an object of attributes");
        return None;
    }
    if node.len() == 0 {
        let message = "this filter tests nothing";
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(
            found.help("`any: []` listens to every event; a filter tests one attribute at least"),
        );
        return None;
    }
    let tests = node.fields().map(|field| {
        if field.key != "data" && !is_attribute(field.key) {
            let found = not_an_attribute(&field);
            cx.emit(found);
            return None;
        }
        Some((field.key.to_owned(), test(cx, field.value, env)?))
    });
    let tests: Vec<_> = tests.collect();
    tests.into_iter().collect()
}

fn test(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Test> {
    let Some(text) = node.as_str() else {
        return match template(cx, node, env)? {
            Template::Literal(value) => Some(Test::Equals(value)),
            _ => {
                let message = "an expression in a filter is the whole test of an attribute";
                let found = Diagnostic::error(Code::MisplacedExpression, node, message);
                cx.emit(found.help(
                    "write one that says whether the attribute fits: `data: ${ .room.id == \"12\" and .bpm > 100 }`",
                ));
                None
            }
        };
    };
    match embedding(text) {
        Embedding::Whole { inner, offset } => compile(cx, node, inner, offset, env).map(Test::Expr),
        Embedding::Embedded => {
            refuse_embedded(cx, node);
            None
        }
        Embedding::None if text.len() > 1 && text.starts_with('^') && text.ends_with('$') => {
            pattern(cx, node, text)
        }
        Embedding::None => Some(Test::Equals(node.to_json())),
    }
}

fn pattern(cx: &mut Cx<'_>, node: Node<'_>, text: &str) -> Option<Test> {
    let size = thompson::Config::new().nfa_size_limit(Some(PATTERN_BYTES_MAX));
    match PikeVM::builder().thompson(size).build(text) {
        Ok(_) => Some(Test::Matches(text.to_owned())),
        Err(_) => {
            let message = format!(
                "{} is not a valid regular expression, or is too large",
                shown(text)
            );
            let found = Diagnostic::error(Code::InvalidValue, node, message);
            cx.emit(found.help(
                "text between `^` and `$` is one, without look-around and back-references, which can take exponential time",
            ));
            None
        }
    }
}

fn correlations(cx: &mut Cx<'_>, node: Node<'_>, env: Env<'_>) -> Option<Vec<Correlation>> {
    if !node.is_object() {
        wrong_type(&mut cx.sink, node, "`correlate`", "an object");
        return None;
    }
    let list = node.fields().map(|field| correlation(cx, &field, env));
    let list: Vec<_> = list.collect();
    list.into_iter().collect()
}

fn correlation(cx: &mut Cx<'_>, field: &Field<'_>, env: Env<'_>) -> Option<Correlation> {
    let fields = Fields::read(&mut cx.sink, field.value, &CORRELATION)?;
    let from: Option<ExprId> = fields
        .require(&mut cx.sink, "from")
        .and_then(|node| bare(cx, node, "`from`", env));
    let expect = optional(fields.get("expect"), |node| template(cx, node, env));
    Some(Correlation {
        key: field.key.to_owned(),
        from: from?,
        expect: expect?,
    })
}

/// `read`: what of an event goes on.
pub(crate) fn read(cx: &mut Cx<'_>, node: Option<Node<'_>>) -> Option<Read> {
    let Some(node) = node else {
        return Some(Read::default());
    };
    Some(
        match choice(cx, node, "read", &["data", "envelope", "raw"])? {
            "envelope" => Read::Envelope,
            "raw" => Read::Raw,
            _ => Read::Data,
        },
    )
}

/// Whether an event may have an attribute of that name (CloudEvents 1.0, "Naming Conventions").
pub(crate) fn is_attribute(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !name.is_empty() && name.chars().all(fits)
}

pub(crate) fn not_an_attribute(field: &Field<'_>) -> Diagnostic {
    let message = format!("{} cannot be an attribute of an event", shown(field.key));
    let found = Diagnostic::error(Code::InvalidValue, field.value, message);
    let lower: String = field.key.to_lowercase();
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let found = found.at(field.key_span.clone());
    match is_attribute(&plain) {
        true => found.help(format!(
            "attributes have lower-case letters and digits (`{plain}`); anything else belongs into `data`"
        )),
        false => found.help("attributes have lower-case letters and digits; anything else belongs into `data`"),
    }
}
