//! The document as a whole.

use segue_model::WorkflowName;
use segue_model::id::is_label;
use segue_model::ir::{Duration, IR_VERSION, Workflow};

use super::block::block;
use super::data::{input, output};
use super::duration::timeout;
use super::hints::{self, Hints, Place};
use super::retry::optional;
use super::schedule::schedule;
use super::scope::{Env, Slot};
use super::{Cx, schedule};
use crate::diagnostic::{Code, Diagnostic, shown};
use crate::syntax::{Fields, Shape, text, wrong_type};
use crate::yaml::{Kind, Node};

const WORKFLOW: Shape = Shape {
    what: "a workflow",
    keys: &[
        "document", "input", "use", "do", "timeout", "output", "schedule", "evaluate",
    ],
    unsupported: &[],
};
const DOCUMENT: Shape = Shape {
    what: "`document`",
    keys: &[
        "dsl",
        "namespace",
        "name",
        "version",
        "title",
        "summary",
        "tags",
        "metadata",
    ],
    unsupported: &[],
};
const EVALUATE: Shape = Shape {
    what: "`evaluate`",
    keys: &["language", "mode"],
    unsupported: &[],
};

/// The version of the language that this front end implements.
pub(super) const DSL_VERSION: &str = "1.0.3";

pub(crate) fn document<'t>(cx: &mut Cx<'t>, root: Node<'t>) -> Option<Workflow> {
    let fields = Fields::read(&mut cx.sink, root, &WORKFLOW)?;
    let head = fields.require(&mut cx.sink, "document");
    let head = head.and_then(|node| head_of(cx, node));
    if let Some(node) = fields.get("use") {
        cx.read_use(node);
    }
    if let Some(node) = fields.get("evaluate") {
        evaluate(cx, node);
    }
    let manner = cx.defaults.schedule.clone();
    let schedule = optional(fields.get("schedule"), |node| schedule(cx, node, &manner));
    if fields.get("schedule").is_none() {
        schedule::refuse_manner(cx, &manner);
    }
    let start = Env::outside(Slot::WorkflowInput);
    let input = input(cx, fields.get("input"), start);
    let limit: Option<Option<Duration>> =
        optional(fields.get("timeout"), |node| timeout(cx, node, start));
    let body = fields.require(&mut cx.sink, "do");
    let body = body.and_then(|node| block(cx, node, "`do`", &[]));
    let output = output(cx, fields.get("output"), Env::outside(Slot::WorkflowOutput));
    cx.lower_functions();
    cx.check_unnamed();
    let head = head?;
    Some(Workflow {
        ir_version: IR_VERSION,
        name: head.name,
        title: head.title,
        definition: root.to_json(),
        input: input?,
        output: output?,
        timeout: limit?,
        body: body?,
        blocks: std::mem::take(&mut cx.arenas.blocks),
        tasks: std::mem::take(&mut cx.arenas.tasks),
        expressions: std::mem::take(&mut cx.arenas.expressions),
        schemas: std::mem::take(&mut cx.arenas.schemas),
        steps: std::mem::take(&mut cx.arenas.steps),
        secrets: cx.vault.names(),
        secret_paths: cx.vault.paths(),
        schedule: schedule?,
    })
}

struct Head {
    name: WorkflowName,
    title: Option<String>,
}

fn head_of(cx: &mut Cx<'_>, node: Node<'_>) -> Option<Head> {
    let fields = Fields::read(&mut cx.sink, node, &DOCUMENT)?;
    let dsl = fields.require(&mut cx.sink, "dsl");
    let dsl = dsl.and_then(|node| dsl_version(cx, node));
    let namespace = label(cx, fields, "namespace");
    let name = label(cx, fields, "name");
    let version = fields.require(&mut cx.sink, "version");
    let version = version.and_then(|node| workflow_version(cx, node));
    let title = optional(fields.get("title"), |node| {
        text(&mut cx.sink, node, "`title`")
    });
    let summary = optional(fields.get("summary"), |node| {
        text(&mut cx.sink, node, "`summary`")
    });
    if let Some(tags) = fields.get("tags")
        && !tags.is_object()
    {
        wrong_type(&mut cx.sink, tags, "`tags`", "an object");
    }
    cx.defaults = hints::read(
        cx,
        fields.get("metadata"),
        Place::Document,
        Hints::default(),
    );
    dsl?;
    summary?;
    Some(Head {
        name: WorkflowName {
            namespace: namespace?,
            name: name?,
            version: version?,
        },
        title: title?.map(str::to_owned),
    })
}

/// `document.dsl`: documents of another version of the language may mean something else.
fn dsl_version(cx: &mut Cx<'_>, node: Node<'_>) -> Option<()> {
    let version = version_text(cx, node, "`dsl`", DSL_VERSION)?;
    let known = matches!(version, "1.0.0" | "1.0.1" | "1.0.2" | DSL_VERSION);
    if !known {
        let message = format!(
            "{} is not a version of the language that is supported",
            shown(version)
        );
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help(format!(
            "write `dsl: '{DSL_VERSION}'`; 1.0.0 to {DSL_VERSION} are read alike"
        )));
    }
    known.then_some(())
}

/// A version, which without quotes is a number for YAML where it has less than three parts.
fn version_text<'t>(cx: &mut Cx<'_>, node: Node<'t>, what: &str, sample: &str) -> Option<&'t str> {
    if let Kind::Number(number) = node.kind() {
        let message = format!("{what} must be a string, and YAML reads the number {number} here");
        let found = Diagnostic::error(Code::WrongType, node, message);
        cx.emit(found.help(format!("write all three parts, in quotes: '{sample}'")));
        return None;
    }
    text(&mut cx.sink, node, what)
}

fn label(cx: &mut Cx<'_>, fields: Fields<'_>, key: &str) -> Option<String> {
    let node = fields.require(&mut cx.sink, key)?;
    let value = text(&mut cx.sink, node, &format!("`{key}`"))?;
    if !is_label(value) {
        let message = format!("{} cannot be the {key} of a workflow", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("it has 1 to 63 letters, digits and inner hyphens, such as `order-2`"));
        return None;
    }
    Some(value.to_owned())
}

fn workflow_version(cx: &mut Cx<'_>, node: Node<'_>) -> Option<semver::Version> {
    let value = version_text(cx, node, "`version`", "1.0.0")?;
    let parsed = value.parse().ok();
    if parsed.is_none() {
        let message = format!("{} is not a version", shown(value));
        let found = Diagnostic::error(Code::InvalidValue, node, message);
        cx.emit(found.help("a version has three numbers (Semantic Versioning 2.0.0): '1.0.0'"));
    }
    parsed
}

fn evaluate(cx: &mut Cx<'_>, node: Node<'_>) {
    let Some(fields) = Fields::read(&mut cx.sink, node, &EVALUATE) else {
        return;
    };
    if let Some(node) = fields.get("language")
        && let Some(language) = text(&mut cx.sink, node, "`language`")
        && language != "jq"
    {
        let message = format!(
            "the expression language {} is not supported",
            shown(language)
        );
        let found = Diagnostic::error(Code::Unsupported, node, message);
        cx.emit(found.help("expressions are jq: leave `language` out"));
    }
    let Some(node) = fields.get("mode") else {
        return;
    };
    match text(&mut cx.sink, node, "`mode`") {
        Some("loose") => {
            let message = "`evaluate.mode: loose` is not supported";
            let found = Diagnostic::error(Code::Unsupported, node, message);
            cx.emit(found.help("leave `mode` out, and put expressions into `${ }`"));
        }
        Some(mode) if mode != "strict" => {
            let message = format!("`mode` is `strict`, and this is {}", shown(mode));
            cx.emit(Diagnostic::error(Code::InvalidValue, node, message));
        }
        _ => {}
    }
}
