//! Plugins as text: what `plugin inspect`, `plugin show` and `plugin list` print.

use serde_json::Value;

use super::clean::{clean, line};
use super::table::{table, text};
use super::units::bytes;

/// Characters of a description in a list.
const DESCRIPTION_CHARS: usize = 60;

/// A list of plugins, with a line for each step.
pub(crate) fn plugins_text(plugins: &[Value]) -> String {
    if plugins.is_empty() {
        return "no plugins: deploy one with `segue deploy FILE.wasm`".to_owned();
    }
    let mut rows = table(&["plugin", "version", "step", "effect", "size", "title"]);
    for plugin in plugins {
        for step in items(plugin, "steps") {
            let effect = step.get("policy").map(|policy| member(policy, "effect"));
            rows.add_row([
                member(plugin, "name"),
                member(plugin, "version"),
                member(step, "name"),
                effect.unwrap_or_default(),
                bytes(plugin.get("sizeBytes").and_then(Value::as_u64).unwrap_or(0)),
                line(&member(step, "title"), DESCRIPTION_CHARS),
            ]);
        }
    }
    text(&rows)
}

/// One plugin, whole: of a descriptor (`inspect`) or of what a host says (`show`).
pub(crate) fn plugin_text(plugin: &Value) -> String {
    let mut out = String::new();
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            out += &format!("{name:<14}{value}\n");
        }
    };
    field(
        "plugin",
        format!("{}:{}", member(plugin, "name"), member(plugin, "version")),
    );
    field(
        "description",
        member(plugin, "description").replace('\n', "\n              "),
    );
    field("digest", member(plugin, "digest"));
    field(
        "size",
        bytes(plugin.get("sizeBytes").and_then(Value::as_u64).unwrap_or(0)),
    );
    field("world", member(plugin, "world"));
    field("capabilities", names_or(plugin, "capabilities", "none"));
    field("imports", list(plugin, "imports", "none"));
    field("producers", list(plugin, "producers", ""));
    field("deployed", member(plugin, "deployedAt"));
    for step in items(plugin, "steps") {
        out.push('\n');
        out += &step_text(step);
    }
    out
}

fn step_text(step: &Value) -> String {
    let mut out = format!("step {}", member(step, "name"));
    let title = member(step, "title");
    if !title.is_empty() {
        out += &format!(": {title}");
    }
    out.push('\n');
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            out += &format!("  {name:<14}{value}\n");
        }
    };
    field(
        "description",
        member(step, "description").replace('\n', "\n                "),
    );
    field("capabilities", names_or(step, "capabilities", "none"));
    let suggested = step.get("suggestedLimits").or_else(|| step.get("limits"));
    field("suggests", suggested.map(pairs).unwrap_or_default());
    if let Some(policy) = step.get("policy") {
        field("effect", member(policy, "effect"));
        field(
            "grants",
            policy
                .get("grants")
                .filter(|grants| **grants != serde_json::json!({}))
                .map(Value::to_string)
                .unwrap_or_default(),
        );
        field(
            "limits",
            policy.get("limits").map(pairs).unwrap_or_default(),
        );
    }
    for (name, key) in [("input", "inputSchema"), ("output", "outputSchema")] {
        field(name, step.get(key).map(schema).unwrap_or_default());
    }
    out
}

/// A schema, indented under its name.
fn schema(value: &Value) -> String {
    // JSON escapes control characters by itself.
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    pretty.replace('\n', "\n                ")
}

/// `name=value` for each member.
fn pairs(value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    let pairs = members.map(|(name, value)| format!("{}={value}", clean(name)));
    pairs.collect::<Vec<_>>().join(" ")
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn member(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .map(clean)
        .unwrap_or_default()
}

fn names_or(value: &Value, name: &str, none: &str) -> String {
    let names: Vec<String> = items(value, name)
        .filter_map(Value::as_str)
        .map(clean)
        .collect();
    if names.is_empty() {
        return none.to_owned();
    }
    names.join(", ")
}

/// One name per line.
fn list(value: &Value, name: &str, none: &str) -> String {
    names_or(value, name, none).replace(", ", "\n              ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plugin_shows_its_world_steps_schemas_imports_and_capabilities() {
        let text = plugin_text(&json!({
            "name": "pay", "version": "1.0.0", "digest": "sha256:ab", "sizeBytes": 2048,
            "world": "segue:plugin/steps@0.1.0", "imports": ["a:b/c@0.1.0", "d:e/f@0.2.0"],
            "capabilities": ["http"], "producers": ["rustc 1.95"],
            "steps": [{ "name": "charge", "title": "Charge", "capabilities": ["http"],
                "inputSchema": { "type": "object" }, "outputSchema": true, "limits": { "fuel": 5 } }],
        }));
        for part in [
            "pay:1.0.0",
            "2.0 KiB",
            "segue:plugin/steps@0.1.0",
            "a:b/c@0.1.0\n",
            "rustc 1.95",
            "step charge: Charge",
            "capabilities  http",
            "fuel=5",
            "\"type\": \"object\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_list_has_a_line_for_each_step() {
        let plugins = [json!({ "name": "p", "version": "1.0.0", "sizeBytes": 1,
            "steps": [{ "name": "a", "policy": { "effect": "pure" } }, { "name": "b" }] })];
        assert_eq!(plugins_text(&plugins).lines().count(), 3);
    }
}
