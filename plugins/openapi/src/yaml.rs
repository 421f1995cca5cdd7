//! YAML 1.2 as JSON values, bounded: aliases are copied, and a document that multiplies itself
//! ends at a limit.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

/// Levels of lists and objects.
const DEPTH_MAX: usize = 100;
/// Values, copies of aliases counted: the largest public descriptions have some hundred thousand.
const NODES_MAX: usize = 500_000;

/// Reads the first document of a text.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let mut builder = Builder::default();
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| error.to_string())?;
        builder
            .event(event)
            .map_err(|why| format!("{why} (line {})", span.start.line()))?;
        if builder.is_done {
            break;
        }
    }
    builder.root.ok_or_else(|| "it is empty".to_owned())
}

#[derive(Default)]
struct Builder {
    open: Vec<Frame>,
    root: Option<Value>,
    anchors: HashMap<usize, Value>,
    nodes: usize,
    is_done: bool,
}

struct Frame {
    anchor: usize,
    value: Value,
    /// A key that waits for its value.
    key: Option<String>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(frame) = self.open.last_mut()
                    && frame.value.is_object()
                    && frame.key.is_none()
                {
                    frame.key = Some(text.into_owned());
                    return Ok(());
                }
                let value = scalar(&text, style, tag.as_deref());
                self.finished(value, anchor)
            }
            Event::SequenceStart(anchor, _) => self.start(Value::Array(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.start(Value::Object(Map::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(frame) => self.finished(frame.value, frame.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or("an alias stands inside of its own anchor")?;
                self.count(size(&value))?;
                self.put(value)
            }
            Event::DocumentEnd => {
                self.is_done = self.root.is_some();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, value: Value, anchor: usize) -> Result<(), String> {
        if self.open.len() >= DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} levels of lists and objects"));
        }
        let waits = |frame: &Frame| frame.value.is_object() && frame.key.is_none();
        if self.open.last().is_some_and(waits) {
            return Err("a key is a list or an object".to_owned());
        }
        self.open.push(Frame {
            anchor,
            value,
            key: None,
        });
        Ok(())
    }

    fn finished(&mut self, value: Value, anchor: usize) -> Result<(), String> {
        self.count(1)?;
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        self.put(value)
    }

    fn count(&mut self, nodes: usize) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return Err(format!("more than {NODES_MAX} values"));
        }
        Ok(())
    }

    fn put(&mut self, value: Value) -> Result<(), String> {
        let Some(frame) = self.open.last_mut() else {
            self.root.get_or_insert(value);
            return Ok(());
        };
        match (&mut frame.value, frame.key.take()) {
            (Value::Array(items), _) => items.push(value),
            (Value::Object(members), Some(key)) => {
                members.insert(key, value);
            }
            _ => return Err("a key is an alias".to_owned()),
        }
        Ok(())
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// A scalar by the core schema (YAML 1.2.2, chapter 10.3). Only plain ones are resolved.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok().map(Number::from);
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    if let Ok(integer) = plain.parse::<i64>() {
        return Some(integer.into());
    }
    let is_float = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    is_float
        .then(|| plain.parse::<f64>().ok().and_then(Number::from_f64))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_is_read_as_the_json_that_it_means() {
        let text = "\
a: &one
  on: yes
  n: [1, -2.5, 0x10, 1e3, '1', !!str 2, 1.2.3]
b: *one
c: |
  lines
  of text
d: ~
200: ok
";
        let one = json!({"on": "yes", "n": [1, -2.5, 16, 1000.0, "1", "2", "1.2.3"]});
        let expected = json!({"a": one, "b": one, "c": "lines\nof text\n", "d": null, "200": "ok"});
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_multiplies_itself_or_has_no_end_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..8 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert!(read(&bomb).unwrap_err().contains("values"));
        assert!(read(&"[".repeat(200)).is_err());
        assert!(read("a: &a [*a]").is_err());
        assert!(read("").is_err());
        assert!(read("a: [1").is_err());
    }
}
