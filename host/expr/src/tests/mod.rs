//! Tests of the whole crate.

mod corpus;
mod oracle;
mod refusals;
mod runaways;
mod stress;

use serde_json::{Value, json};

use crate::{Bounds, EvalError, Program};

/// All outputs of a program, through `[…]`.
fn outputs(source: &str, dot: &Value) -> Result<Vec<Value>, EvalError> {
    match value(&format!("[{source}\n]"), dot)? {
        Value::Array(list) => Ok(list),
        other => panic!("not an array: {other}"),
    }
}

/// The one output of a program.
fn value(source: &str, dot: &Value) -> Result<Value, EvalError> {
    let program =
        Program::compile(source, &[]).unwrap_or_else(|error| panic!("{source}: {error:?}"));
    program.value(dot, &[], Bounds::default())
}

#[test]
fn a_value_needs_exactly_one_output() {
    assert_eq!(value("1, 2", &Value::Null), Err(EvalError::ManyOutputs));
    assert_eq!(value("empty", &Value::Null), Err(EvalError::NoOutput));
    assert_eq!(value(".[]", &json!([])), Err(EvalError::NoOutput));
    assert_eq!(value(".[]", &json!([7])), Ok(json!(7)));
    assert_eq!(value(".[]", &json!([7, 8])), Err(EvalError::ManyOutputs));
    // Nobody asks for a third output.
    assert_eq!(
        value("1, 2, error(\"x\")", &Value::Null),
        Err(EvalError::ManyOutputs)
    );
    assert_eq!(
        value("range(1000000000)", &Value::Null),
        Err(EvalError::ManyOutputs)
    );
}

#[test]
fn a_condition_needs_a_boolean_null_or_nothing() {
    let condition = |source: &str| {
        Program::compile(source, &[])
            .unwrap()
            .condition(&json!({"a": 1}), &[], Bounds::default())
    };
    for (source, expected) in [
        ("true", true),
        ("false", false),
        ("null", false),
        ("empty", false),
        (".a == 1", true),
        (".b", false),
    ] {
        assert_eq!(condition(source), Ok(expected), "{source}");
    }
    assert_eq!(
        condition("0"),
        Err(EvalError::NotBoolean {
            found: "0 (number)".into()
        })
    );
    assert_eq!(
        condition("\"\""),
        Err(EvalError::NotBoolean {
            found: "\"\" (string)".into()
        })
    );
    assert_eq!(
        condition("."),
        Err(EvalError::NotBoolean {
            found: "{\"a\":1} (object)".into()
        })
    );
    assert_eq!(condition("true, true"), Err(EvalError::ManyOutputs));
    assert_eq!(condition("null, true"), Err(EvalError::ManyOutputs));
    assert_eq!(
        condition(".a.b"),
        Err(EvalError::Failed {
            message: "cannot index 1 with \"b\"".into()
        })
    );
}

#[test]
fn variables_are_bound_in_their_order() {
    let program = Program::compile("[$a, $b, $context + {c: $a}]", &["a", "context", "b"]).unwrap();
    let (a, b) = (json!(1), json!("two"));
    let values = [&a, &Value::Null, &b];
    assert_eq!(
        program.value_of(&Value::Null, &values, Bounds::default()),
        Ok(json!([1, "two", {"c": 1}]))
    );
    assert!(program.uses("a") && program.uses("context") && !program.uses("c"));
    assert!(!Program::compile(".", &["a"]).unwrap().uses("a"));
    let missing = program.value_of(&Value::Null, &[], Bounds::default());
    assert_eq!(
        missing,
        Err(EvalError::Failed {
            message: "3 variables are declared, 0 were given".into()
        })
    );
    assert_eq!(program.source(), "[$a, $b, $context + {c: $a}]");
}

#[test]
fn programs_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&Program::compile(".", &[]).unwrap());
}

#[test]
fn the_builtins_are_listed_without_helpers() {
    let names = crate::builtin_names();
    for name in [
        "map",
        "select",
        "length",
        "test",
        "limit",
        "@base64",
        "@csv",
        "ascii_downcase",
        "group_by",
        "pow",
        "tostring",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    for name in [
        "repeat",
        "now",
        "env",
        "input",
        "split_",
        "escape_html",
        "error_empty",
    ] {
        assert!(!names.contains(&name), "{name}");
    }
}

#[test]
fn what_is_read_of_a_variable_is_known() {
    let reads = |source: &str| {
        let program = Program::compile(source, &["s", "t"]).unwrap();
        let paths = program.reads("s").iter();
        let paths = paths.map(|read| {
            format!(
                "{}{}",
                read.path.join("."),
                if read.goes_on { "+" } else { "" }
            )
        });
        (paths.collect::<Vec<_>>(), program.is_read())
    };
    let list = |paths: &[&str], whole| {
        (
            paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(),
            whole,
        )
    };
    assert_eq!(reads(" $s.a.b "), list(&["a.b"], true));
    assert_eq!(reads(r#"$s["a-b"]?"#), list(&["a-b"], true));
    assert_eq!(reads("$s"), list(&[""], true));
    assert_eq!(reads(r#""x" + $s.a"#), list(&["a"], false));
    assert_eq!(reads("$s.a[0]"), list(&["a+"], false));
    assert_eq!(reads("$s[$s.k]"), list(&["k", "+"], false));
    assert_eq!(reads("$s.a | .b"), list(&["a"], false));
    assert_eq!(reads("$s.a + $s.b + $s.a"), list(&["a", "b"], false));
    assert_eq!(reads(". as $s | $s.a"), list(&[], false));
    assert_eq!(reads("$t.a"), list(&[], true));
    assert_eq!(reads(r#""\($s.a)""#), list(&["a"], false));
    assert_eq!(reads("def f: $s.a; f"), list(&["a"], false));
    assert_eq!(reads("{$s}"), list(&[""], false));
}
