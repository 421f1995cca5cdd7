//! The expression evaluator: a program and, behind a NUL, the JSON that it is given. Whatever
//! they are, there is an answer within the bounds, and twice the same one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_expr::{Bounds, Embedding, Program, embedding};
use serde_json::{Value, json};

/// Small, so that an input takes milliseconds: where a limit is met does not matter.
const BOUNDS: Bounds = Bounds {
    steps: 20_000,
    bytes: 1 << 20,
};

fuzz_target!(|text: &str| {
    let (program, input) = text.split_once('\0').unwrap_or((text, "null"));
    if let Embedding::Whole { inner, offset } = embedding(program) {
        assert_eq!(program.get(offset..offset + inner.len()), Some(inner));
    }
    let compiled = match Program::compile(program, &["context", "input", "item"]) {
        Ok(compiled) => compiled,
        Err(error) => {
            assert!(program.get(error.span.clone()).is_some(), "{error:?}");
            return;
        }
    };
    let dot: Value = serde_json::from_str(input).unwrap_or(Value::Null);
    let values = [json!({"a": [1, 2.5, "é"]}), dot.clone(), json!("item")];
    let first = compiled.value(&dot, &values, BOUNDS);
    assert_eq!(first, compiled.value(&dot, &values, BOUNDS));
    if let Ok(value) = first {
        let text = value.to_string();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap().to_string(),
            text
        );
    }
    let _ = compiled.condition(&dot, &values, BOUNDS);
});
