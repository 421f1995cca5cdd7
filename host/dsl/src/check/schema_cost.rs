//! How long validating with a JSON Schema can take.
//!
//! A validator follows every schema that applies to a value, and does so anew for each part of
//! it. Where two schemas that apply to the same value lead to the same schema for the same
//! part, the work doubles with every level of the data: some hundred bytes of schema and of
//! data keep a host busy for days. Here the work along the worst path through data of the
//! greatest depth is added up before anything is validated.

use std::collections::HashMap;

use super::schema_shape::{Walk, in_place};
use crate::yaml::{Kind, Node};

/// Levels of data that are looked at: more than serde_json reads.
const DATA_DEPTH: usize = 128;
/// Schemas applied along one path through the data. A recursive schema that describes each
/// part once applies some ten to each level.
const PATH_MAX: u64 = 100_000;
/// Ways from one part of a schema to another, those for the same value counted.
const WAYS_MAX: usize = 200_000;

/// Keywords for the parts of an object whatever their names, and for those of an array.
const ANY_MEMBER: [&str; 3] = [
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
];
const ANY_ITEM: [&str; 4] = ["items", "additionalItems", "contains", "unevaluatedItems"];

/// What applies to a value where a schema does.
#[derive(Default)]
struct Applied<'t> {
    schemas: u64,
    /// Schemas of members by name, of all members, of items by position, of all items.
    members: HashMap<&'t str, Vec<usize>>,
    any_member: Vec<usize>,
    items: HashMap<usize, Vec<usize>>,
    any_item: Vec<usize>,
}

/// Why validating may take too long, where it may. In-place recursion was ruled out before.
pub(super) fn fault<'t>(walk: &Walk<'t>, schemas: &[Node<'t>]) -> Option<String> {
    let places: HashMap<u32, usize> = schemas.iter().map(|schema| schema.id()).zip(0..).collect();
    let mut ways = 0;
    let mut applied = Vec::with_capacity(schemas.len());
    for schema in schemas {
        let one = collect(walk, *schema, &places);
        ways += one.ways();
        if ways > WAYS_MAX {
            return Some(format!(
                "the schema has more than {WAYS_MAX} ways from one part to another"
            ));
        }
        applied.push(one);
    }
    let mut work: Vec<u64> = applied.iter().map(|one| one.schemas).collect();
    for _ in 0..DATA_DEPTH {
        let deeper: Vec<u64> = applied.iter().map(|one| one.work(&work)).collect();
        if deeper.iter().any(|work| *work > PATH_MAX) {
            let message = "validating with this schema can take exponential time: \
                           schemas that apply to the same value lead to the same part more than once";
            return Some(message.to_owned());
        }
        if deeper == work {
            break;
        }
        work = deeper;
    }
    None
}

fn collect<'t>(walk: &Walk<'t>, schema: Node<'t>, places: &HashMap<u32, usize>) -> Applied<'t> {
    let mut applied = Applied::default();
    let mut open = vec![schema];
    while let Some(node) = open.pop() {
        applied.schemas += 1;
        applied.add(node, places);
        let next = in_place(node).chain(walk.targets(node));
        open.extend(next.filter(|next| next.is_object()));
    }
    applied
}

impl<'t> Applied<'t> {
    /// Adds what the keywords of `node` itself say about parts.
    fn add(&mut self, node: Node<'t>, places: &HashMap<u32, usize>) {
        let place = |node: Node<'t>| places.get(&node.id()).copied();
        for field in node.get("properties").into_iter().flat_map(Node::fields) {
            let members = self.members.entry(field.key).or_default();
            members.extend(place(field.value));
        }
        let patterns = node.get("patternProperties").into_iter();
        let patterns = patterns.flat_map(Node::fields).map(|field| field.value);
        let any = ANY_MEMBER.iter().filter_map(|key| node.get(key));
        self.any_member
            .extend(patterns.chain(any).filter_map(place));
        let lists = ["prefixItems", "items"]
            .iter()
            .filter_map(|key| node.get(key));
        for (position, item) in lists.flat_map(|list| list.items().enumerate()) {
            self.items.entry(position).or_default().extend(place(item));
        }
        let any = ANY_ITEM.iter().filter_map(|key| node.get(key));
        let any = any.filter(|node| !matches!(node.kind(), Kind::Array));
        self.any_item.extend(any.filter_map(place));
    }

    fn ways(&self) -> usize {
        let members: usize = self.members.values().map(Vec::len).sum();
        let items: usize = self.items.values().map(Vec::len).sum();
        let applied = usize::try_from(self.schemas).unwrap_or(usize::MAX);
        applied + members + items + self.any_member.len() + self.any_item.len()
    }

    /// The work along the worst path, where `below` is that of the parts.
    fn work(&self, below: &[u64]) -> u64 {
        let sum = |places: &Vec<usize>| {
            let work = places.iter().filter_map(|place| below.get(*place));
            work.fold(0u64, |sum, work| sum.saturating_add(*work))
        };
        let member = self.members.values().map(sum).max().unwrap_or(0);
        let item = self.items.values().map(sum).max().unwrap_or(0);
        let object = member.saturating_add(sum(&self.any_member));
        let array = item.saturating_add(sum(&self.any_item));
        self.schemas.saturating_add(object.max(array))
    }
}
