//! Bounds of a JSON Schema that its meta-schema does not know.
//!
//! A schema that refers to itself without going deeper into the data never ends; one whose
//! references fan out takes exponential time. Both are found on the graph of the keywords that
//! apply to the same value ("in-place applicators", JSON Schema 2020-12, core, 10.2).

use std::collections::{HashMap, HashSet};

use super::schema_cost;
use crate::diagnostic::{Code, Diagnostic, Sink, shown};
use crate::yaml::{Kind, Node};

/// How often schemas may apply to one and the same value. Real schemas stay below a hundred.
const IN_PLACE_MAX: u64 = 1000;
/// References and combinations in a row, which a validator walks by recursion.
const CHAIN_MAX: usize = 16;
/// References in one schema, each of which is looked up several times.
const REFERENCES_MAX: usize = 2000;
/// Regular expressions in one schema: each may take a megabyte when compiled.
const PATTERNS_MAX: usize = 256;

/// Keywords whose value is a schema for the same value.
const IN_PLACE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords whose value is an array of such schemas.
const IN_PLACE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose value is an object of such schemas.
const IN_PLACE_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
/// Keywords that refer to such a schema.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
/// Keywords whose value is a schema for a part of the value.
const INNER: [&str; 9] = [
    "additionalProperties",
    "items",
    "additionalItems",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
    "extends",
];
/// Keywords whose value is an array of such schemas; `items` was one before 2020-12.
const INNER_LISTS: [&str; 2] = ["prefixItems", "items"];
/// Keywords whose value is an object of schemas.
const MAPS: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// Checks a schema. `None` where it cannot be used, which is then a finding.
pub(crate) fn check(sink: &mut Sink, root: Node<'_>) -> Option<()> {
    let schemas = collect(root);
    let mut walk = Walk::new(root, &schemas);
    let mut fine = Some(());
    for schema in &schemas {
        fine = local_references(sink, *schema).and(fine);
    }
    fine?;
    if let Some(message) = counts(&schemas) {
        sink.emit(Diagnostic::error(Code::InvalidSchema, root, message));
        return None;
    }
    let fault = walk.run(&schemas);
    let fault = fault.or_else(|| Some((root, schema_cost::fault(&walk, &schemas)?)));
    let Some((node, message)) = fault else {
        return Some(());
    };
    let found = Diagnostic::error(Code::InvalidSchema, node, message);
    let help = "a recursive schema goes deeper into the data with each reference, and describes each part once";
    sink.emit(found.help(help));
    None
}

/// What there is too much of.
fn counts(schemas: &[Node<'_>]) -> Option<String> {
    let patterns: usize = schemas.iter().map(|schema| patterns(*schema)).sum();
    if patterns > PATTERNS_MAX {
        return Some(format!(
            "the schema has {patterns} regular expressions; at most {PATTERNS_MAX} are taken"
        ));
    }
    let references = schemas.iter().flat_map(|schema| {
        let keys = REFERENCES.iter();
        keys.filter(|key| schema.get(key).is_some())
    });
    let references = references.count();
    (references > REFERENCES_MAX).then(|| {
        format!("the schema has {references} references; at most {REFERENCES_MAX} are taken")
    })
}

/// Every schema inside of `root`, itself included.
fn collect(root: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.is_object() {
            found.push(node);
            open.extend(in_place(node));
            let lists = INNER_LISTS.iter().filter_map(|key| node.get(key));
            open.extend(INNER.iter().filter_map(|key| node.get(key)));
            open.extend(lists.flat_map(Node::items));
            let maps = MAPS.iter().filter_map(|key| node.get(key));
            open.extend(maps.flat_map(Node::fields).map(|field| field.value));
        }
    }
    found
}

/// The schemas written in `node` that apply to the same value.
pub(super) fn in_place<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let single = IN_PLACE.iter().filter_map(move |key| node.get(key));
    let lists = IN_PLACE_LISTS.iter().filter_map(move |key| node.get(key));
    let maps = IN_PLACE_MAPS.iter().filter_map(move |key| node.get(key));
    single
        .chain(lists.flat_map(Node::items))
        .chain(maps.flat_map(Node::fields).map(|field| field.value))
}

/// The references of a schema: only such inside of the document are taken.
fn local_references(sink: &mut Sink, schema: Node<'_>) -> Option<()> {
    let mut fine = Some(());
    let found = REFERENCES
        .iter()
        .filter_map(|key| Some((key, schema.get(key)?)));
    for (key, node) in found {
        if let Kind::Text(reference) = node.kind()
            && !reference.starts_with('#')
        {
            let message = format!("the `{key}` {} leads out of the schema", shown(reference));
            let found = Diagnostic::error(Code::InvalidSchema, node, message);
            let help = "nothing is fetched: copy what it refers to into `$defs`, and refer to `#/$defs/name`";
            sink.emit(found.help(help));
            fine = None;
        }
    }
    fine
}

/// A reference of a schema that names nothing in it.
pub(crate) fn dangling(root: Node<'_>) -> Option<Node<'_>> {
    let schemas = collect(root);
    let walk = Walk::new(root, &schemas);
    schemas.iter().find_map(|schema| {
        let mut references = REFERENCES.iter().filter_map(|key| schema.get(key));
        references.find(|node| {
            node.as_str()
                .is_some_and(|text| walk.target(text).is_none())
        })
    })
}

fn patterns(schema: Node<'_>) -> usize {
    let own = usize::from(schema.get("pattern").is_some());
    own + schema.get("patternProperties").map_or(0, Node::len)
}

/// The walk over what applies to the same value.
pub(super) struct Walk<'t> {
    root: Node<'t>,
    anchors: HashMap<&'t str, Node<'t>>,
    /// What was found about the schemas that are done.
    done: HashMap<u32, Cost>,
    /// Those that are being walked.
    open: HashSet<u32>,
}

/// What applying a schema takes.
#[derive(Clone, Copy)]
struct Cost {
    /// How many schemas apply to the same value.
    schemas: u64,
    /// The longest chain of such.
    chain: usize,
}

type Fault<'t> = (Node<'t>, String);

impl<'t> Walk<'t> {
    fn new(root: Node<'t>, schemas: &[Node<'t>]) -> Self {
        let named = schemas.iter().flat_map(|schema| {
            let names = ["$anchor", "$dynamicAnchor"].into_iter();
            names.filter_map(|key| Some((schema.get(key)?.as_str()?, *schema)))
        });
        Walk {
            root,
            anchors: named.collect(),
            done: HashMap::new(),
            open: HashSet::new(),
        }
    }

    fn run(&mut self, schemas: &[Node<'t>]) -> Option<Fault<'t>> {
        schemas
            .iter()
            .find_map(|schema| self.cost(*schema, 0).err())
    }

    /// What applying `node` takes. Recurses at most [`CHAIN_MAX`] deep.
    fn cost(&mut self, node: Node<'t>, depth: usize) -> Result<Cost, Fault<'t>> {
        if let Some(known) = self.done.get(&node.id()) {
            return Ok(*known);
        }
        if !self.open.insert(node.id()) {
            let message =
                "this schema refers to itself without going deeper into the data, which never ends";
            return Err((node, message.to_owned()));
        }
        let too_long = || {
            let message =
                format!("more than {CHAIN_MAX} references and combinations follow each other");
            (node, message)
        };
        if depth > CHAIN_MAX {
            return Err(too_long());
        }
        let mut total = Cost {
            schemas: 1,
            chain: 0,
        };
        let targets: Vec<Node<'t>> = self.targets(node).collect();
        for next in in_place(node)
            .chain(targets)
            .filter(|next| next.is_object())
        {
            let cost = self.cost(next, depth + 1)?;
            total.schemas = total.schemas.saturating_add(cost.schemas);
            total.chain = total.chain.max(cost.chain + 1);
        }
        if total.schemas > IN_PLACE_MAX {
            let message =
                format!("this schema applies more than {IN_PLACE_MAX} schemas to one value");
            return Err((node, message));
        }
        if total.chain > CHAIN_MAX {
            return Err(too_long());
        }
        self.open.remove(&node.id());
        self.done.insert(node.id(), total);
        Ok(total)
    }

    /// The schemas that a schema refers to.
    pub(super) fn targets(&self, node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
        let texts = REFERENCES
            .iter()
            .filter_map(move |key| node.get(key)?.as_str());
        texts.filter_map(|text| self.target(text))
    }

    fn target(&self, reference: &str) -> Option<Node<'t>> {
        let fragment = reference.strip_prefix('#')?;
        match fragment.is_empty() || fragment.starts_with('/') {
            true => self.root.find(&unescaped(fragment)),
            false => self.anchors.get(fragment).copied(),
        }
    }
}

/// A URI fragment without percent-encoding.
fn unescaped(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = match code {
            Some(_) => tail.get(2..).unwrap_or_default(),
            None => tail,
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::schema::schema_options;
    use crate::diagnostic::Sink;
    use crate::yaml;

    /// What is found about a schema; empty where it is taken.
    fn faults(schema: &Value) -> String {
        let mut sink = Sink::default();
        let text = schema.to_string();
        let tree = yaml::parse(&text, &mut sink);
        let taken = tree.and_then(|tree| super::check(&mut sink, tree.root()));
        let messages: Vec<String> = sink.finish().into_iter().map(|d| d.message).collect();
        assert_eq!(taken.is_none(), !messages.is_empty());
        messages.join("; ")
    }

    /// Definitions `d0` to `dn`, each made from the name of the next.
    fn chain(n: usize, link: impl Fn(String) -> Value) -> Value {
        let mut defs = serde_json::Map::new();
        for i in 0..n {
            defs.insert(format!("d{i}"), link(format!("#/$defs/d{}", i + 1)));
        }
        defs.insert(format!("d{n}"), json!({}));
        json!({ "$ref": "#/$defs/d0", "$defs": defs })
    }

    #[test]
    fn recursion_into_the_data_is_fine() {
        let tree = json!({ "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" } }, "items": { "$ref": "#" } });
        assert_eq!(faults(&tree), "");
        let named = json!({ "$anchor": "t", "items": { "$ref": "#t" }, "$defs": { "a/b": {}, "x y": { "$ref": "#/$defs/a~1b" }, "z": { "$ref": "#/$defs/x%20y" } } });
        assert_eq!(faults(&named), "");
    }

    #[test]
    fn recursion_on_the_same_value_is_refused() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "$defs": { "a": { "anyOf": [{ "$ref": "#/$defs/b" }] }, "b": { "not": { "$ref": "#/$defs/a" } } } }),
            json!({ "$anchor": "me", "if": { "$ref": "#me" } }),
            json!({ "$defs": { "x y": { "allOf": [{ "$ref": "#/$defs/x%20y" }] } } }),
            json!({ "properties": { "p": { "dependentSchemas": { "q": { "$ref": "#/properties/p" } } } } }),
        ] {
            assert!(faults(&schema).contains("refers to itself"), "{schema}");
        }
    }

    #[test]
    fn chains_and_fans_are_bounded() {
        assert_eq!(
            faults(&chain(super::CHAIN_MAX - 1, |next| json!({ "$ref": next }))),
            ""
        );
        assert!(faults(&chain(1500, |next| json!({ "$ref": next }))).contains("follow each other"));
        let fan = chain(
            6,
            |next| json!({ "allOf": vec![json!({ "$ref": next }); 5] }),
        );
        assert!(
            faults(&fan).contains("applies more than"),
            "{}",
            faults(&fan)
        );
    }

    #[test]
    fn work_that_doubles_with_each_level_is_refused() {
        let end = || json!({ "$ref": "#" });
        let part = || json!({ "properties": { "a": end() } });
        for schema in [
            json!({ "allOf": [part(), part()] }),
            json!({ "oneOf": [part(), { "patternProperties": { "^a": end() } }] }),
            json!({ "allOf": [{ "items": end() }, { "contains": end() }] }),
            json!({ "properties": { "a": { "anyOf": [end(), end()] } } }),
            chain(
                20,
                |next| json!({ "allOf": vec![json!({ "items": { "$ref": next } }); 2] }),
            ),
        ] {
            assert!(faults(&schema).contains("exponential"), "{schema}");
        }
        let different = json!({ "allOf": [part(), { "properties": { "b": end() } }], "additionalProperties": { "type": "string" } });
        assert_eq!(faults(&different), "");
        let levels = chain(
            10,
            |next| json!({ "properties": { "a": { "$ref": next }, "b": { "$ref": next } } }),
        );
        assert_eq!(faults(&levels), "");
    }

    #[test]
    fn keywords_in_plain_data_are_no_schemas() {
        let schema = json!({ "const": { "$ref": "https://example.com" }, "enum": [{ "$ref": "x" }], "default": { "allOf": 1 } });
        assert_eq!(faults(&schema), "");
        let property = json!({ "properties": { "$ref": { "type": "string" } } });
        assert_eq!(faults(&property), "");
    }

    #[test]
    fn patterns_are_counted() {
        let many: Vec<Value> = (0..300)
            .map(|i| json!({ "pattern": format!("a{i}") }))
            .collect();
        assert!(faults(&json!({ "prefixItems": many })).contains("300 regular expressions"));
    }

    /// The longest chain that is taken, on every level of the deepest data that is read, stays
    /// within half of the stack that a worker thread has.
    #[test]
    fn the_deepest_validation_fits_the_stack() {
        let link = |next: String| json!({ "$ref": next });
        let mut schema = chain(super::CHAIN_MAX - 2, link);
        let last = format!("d{}", super::CHAIN_MAX - 2);
        schema["$defs"][last] = json!({ "items": { "$ref": "#" } });
        assert_eq!(faults(&schema), "");
        let work = move || {
            let validator = schema_options().build(&schema).unwrap();
            let data = (0..120).fold(json!(1), |inner, _| json!([inner]));
            assert!(validator.is_valid(&data));
            assert!(validator.validate(&data).is_ok());
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(work);
        thread.unwrap().join().unwrap();
    }
}
