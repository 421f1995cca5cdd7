//! `input`, `output` and `export`.

use segue_model::ir::{Export, Input, Output, SchemaId, Template};

use serde_json::Value;

use super::Cx;
use super::expression::bare;
use super::scope::Env;
use super::template::template;
use crate::check::schema_format::Dialect;
use crate::check::{self, schema::Source};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::syntax::{Fields, Shape, wrong_type};
use crate::yaml::{self, Kind, Node};

const INPUT: Shape = Shape {
    what: "`input`",
    keys: &["schema", "from"],
    unsupported: &[],
};
const OUTPUT: Shape = Shape {
    what: "`output`",
    keys: &["schema", "as"],
    unsupported: &[],
};
const EXPORT: Shape = Shape {
    what: "`export`",
    keys: &["schema", "as"],
    unsupported: &[],
};

pub(crate) fn input(cx: &mut Cx<'_>, node: Option<Node<'_>>, env: Env<'_>) -> Option<Input> {
    let Some(node) = node else {
        return Some(Input::default());
    };
    let fields = Fields::read(&mut cx.sink, node, &INPUT)?;
    let schema = schema(cx, fields.get("schema"));
    let from = transform(cx, fields.get("from"), "`input.from`", env);
    Some(Input {
        schema: schema?,
        from: from?,
    })
}

pub(crate) fn output(cx: &mut Cx<'_>, node: Option<Node<'_>>, env: Env<'_>) -> Option<Output> {
    let Some(node) = node else {
        return Some(Output::default());
    };
    let fields = Fields::read(&mut cx.sink, node, &OUTPUT)?;
    let schema = schema(cx, fields.get("schema"));
    let transform = transform(cx, fields.get("as"), "`output.as`", env);
    Some(Output {
        transform: transform?,
        schema: schema?,
    })
}

pub(crate) fn export(cx: &mut Cx<'_>, node: Option<Node<'_>>, env: Env<'_>) -> Option<Export> {
    let Some(node) = node else {
        return Some(Export::default());
    };
    let fields = Fields::read(&mut cx.sink, node, &EXPORT)?;
    let schema = schema(cx, fields.get("schema"));
    let transform = transform(cx, fields.get("as"), "`export.as`", env);
    Some(Export {
        transform: transform?,
        schema: schema?,
    })
}

/// A transformation: a string is an expression, with or without `${ }`; in an object, strings
/// are text unless they are `${ }`. The outer `Option` is whether it could be lowered.
fn transform(
    cx: &mut Cx<'_>,
    node: Option<Node<'_>>,
    what: &str,
    env: Env<'_>,
) -> Option<Option<Template>> {
    let Some(node) = node else {
        return Some(None);
    };
    match node.kind() {
        Kind::Text(_) => Some(Some(Template::Expr(bare(cx, node, what, env)?))),
        Kind::Object => Some(Some(template(cx, node, env)?)),
        _ => {
            wrong_type(
                &mut cx.sink,
                node,
                what,
                "a string with an expression, or an object",
            );
            None
        }
    }
}

fn schema(cx: &mut Cx<'_>, node: Option<Node<'_>>) -> Option<Option<SchemaId>> {
    let Some(node) = node else {
        return Some(None);
    };
    let schema = match check::schema::read(&mut cx.sink, node)? {
        Source::Inline(schema) => schema,
        Source::Resource(resource, dialect) => external(cx, resource, dialect)?,
    };
    Some(Some(cx.arenas.schema(schema)))
}

/// A schema that stands in a catalog.
fn external(cx: &mut Cx<'_>, node: Node<'_>, dialect: Dialect) -> Option<Value> {
    let text = cx.resource(node, "schema")?;
    let mut sink = Sink::default();
    let tree = yaml::parse(&text, &mut sink);
    let schema = tree.and_then(|tree| check::schema::check(&mut sink, tree.root(), dialect));
    if let Some(error) = sink
        .finish()
        .into_iter()
        .find(|d| d.severity == Severity::Error)
    {
        let message = format!("the schema cannot be used: {}", error.message);
        cx.emit(Diagnostic::error(Code::InvalidCatalogEntry, node, message));
    }
    schema
}
