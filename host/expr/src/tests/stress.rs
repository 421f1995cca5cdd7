//! Deep and huge inputs.

use std::mem::ManuallyDrop;

use serde_json::{Map, Value, json};

use crate::{Bounds, EvalError, Program};

/// An array nested `levels` deep. Dropping it would recurse as deeply, so it is leaked.
fn deep(levels: usize) -> ManuallyDrop<Value> {
    ManuallyDrop::new((0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner])))
}

fn run(source: &str, dot: &Value) -> Result<Value, EvalError> {
    Program::compile(source, &["x"])
        .unwrap()
        .value_of(dot, &[dot], Bounds::default())
}

#[test]
fn inputs_that_are_nested_too_deeply_are_refused_where_they_are_walked() {
    let deep = deep(1_000_000);
    for source in [
        ".",
        "$x",
        "[.]",
        ". == $x",
        ". < $x",
        "tojson",
        "tostring",
        "\"\\(.)\"",
        "..",
        "[..] | length",
        "[paths] | length",
        "walk(.)",
        ".. |= .",
        "recurse |= .",
        "flatten",
        "contains($x)",
        "sort",
        "[., $x] | unique",
        "add",
        "map(.)",
        "[.[] |= .]",
        "{a: .}",
        "[., .] - [.]",
        "$x | index($x[0])",
        "group_by(.)",
        "min",
        "@json",
        "[leaf_paths?]",
        "map_values(.)",
    ] {
        let Ok(program) = Program::compile(source, &["x"]) else {
            continue;
        };
        let outcome = program.value_of(&deep, &[&deep], Bounds::default());
        assert!(
            matches!(
                outcome,
                Err(EvalError::DepthLimit { .. } | EvalError::ManyOutputs)
            ),
            "{source}: {:?}",
            outcome.err()
        );
    }
    // Parts of it are within reach.
    assert_eq!(
        run("[.[0][0] | length, type]", &deep),
        Ok(json!([1, "array"]))
    );
    let failed = run("error(.)", &deep);
    assert!(
        matches!(&failed, Err(EvalError::Failed { message }) if message.len() <= 600),
        "{failed:?}"
    );
    assert!(matches!(run(". + 1", &deep), Err(EvalError::Failed { .. })));
    assert!(matches!(
        run("error({a: .})", &deep),
        Err(EvalError::Failed { .. })
    ));
}

#[test]
fn values_at_the_depth_that_json_text_may_have_pass() {
    let input = deep(100);
    for source in [
        ".",
        "tojson | fromjson",
        "[..] | last",
        "walk(.)",
        "[paths] | length",
        ". == $x",
    ] {
        let outcome = run(source, &input);
        assert!(
            outcome.is_ok() || source == "[..] | last",
            "{source}: {outcome:?}"
        );
    }
}

#[test]
fn huge_inputs_cost_only_what_is_touched() {
    let mut map = Map::new();
    for i in 0..100_000 {
        map.insert(format!("key{i}"), json!({"id": i, "text": "x".repeat(100)}));
    }
    let input = Value::Object(map);
    let program = Program::compile(".key77777.id + ($x | length)", &["x"]).unwrap();
    let tiny = Bounds {
        steps: 50,
        bytes: 500,
    };
    assert_eq!(
        program.value_of(&input, &[&input], tiny),
        Ok(json!(177_777))
    );
    assert!(matches!(run(".", &input), Err(EvalError::ByteLimit { .. })));
    assert_eq!(
        run("[.[] | .id] | add", &input),
        Ok(json!(4_999_950_000_i64))
    );
}

#[test]
fn messages_are_short_whatever_they_speak_of() {
    let input = json!({"text": "ä".repeat(100_000), "list": vec![1; 10_000]});
    for source in [
        ".text + 1",
        ".list + 1",
        ".text | .a",
        "error(.)",
        ".list[\"a\"]",
        "{(.list): 1}",
        ".text | tonumber",
        ".text | fromjson",
        "path(.text | length)",
    ] {
        match run(source, &input) {
            Err(EvalError::Failed { message }) => {
                assert!(message.len() <= 600, "{source}: {}", message.len())
            }
            other => panic!("{source}: {other:?}"),
        }
    }
    let condition = Program::compile(".", &[])
        .unwrap()
        .condition(&input, &[], Bounds::default());
    assert!(matches!(condition, Err(EvalError::NotBoolean { found }) if found.len() < 300));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn the_deepest_evaluations_fit_into_a_small_stack() {
    // Threads of the executor have 2 MiB, and call from somewhere below the top.
    let thread = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(|| {
            let nest = |part: &str, n: usize| part.repeat(n);
            // A function that doubles its depth with every definition, around different forms.
            let doubling = |form: &str, main: &str| {
                let forms = (1..12).map(|i| {
                    format!(
                        "def t{i}(g): {};",
                        form.replace('@', &format!("t{0}(t{0}(g)", i - 1))
                    )
                });
                format!("def t0(g): g;{} {main}", forms.collect::<String>())
            };
            let deep = deep(120);
            let sources = [
                doubling("@)", "t11(.[]?)"),
                doubling("@)", "path(t11(.[]?))"),
                doubling("@)", "t11(.[]?) |= 1"),
                doubling("[@)]", "t11(.)"),
                doubling("{a: @ + 1)}", "t11(.)"),
                doubling("reduce (1,2) as [$a] (0; @))", "t11(.)"),
                doubling("sort_by(@))", "t11(.[]?)"),
                doubling("group_by(@))", "t11(.[]?)"),
                doubling("try (@), 1) catch 2", "t11(.[]?)"),
                doubling("foreach (1,2) as $x (0; ., @))", "t11(.[]?)"),
                doubling("\"\\(@, 1))\"", "t11(.[]?)"),
                doubling(". as [$a, {b: $c}] | @, 1)", "t11(.[]?)"),
                doubling("limit(2; @))", "t11(.[]?)"),
                doubling("limit(2; @))", "path(t11(.[]?))"),
                doubling("(.a |= @))", "t11(.)"),
                doubling("(if @) then . else . end) |= .", "t11(.)"),
                doubling("((., .) as $x | @)) |= .", "t11(.)"),
                doubling("label $f | (@), break $f)", "t11(.[]?)"),
                "\"abc\" | .".to_owned() + &nest("[0:]", 400) + " |= \"x\"",
                "[1] | .".to_owned() + &nest("[0:]", 400) + " |= [2]",
                "{} | .".to_owned() + &nest("a?.", 200) + "a? |= 1",
                "[[1]] | .".to_owned() + &nest("[0:][]?", 200) + " |= 1",
                "path(.".to_owned() + &nest("[0:]?", 400) + ")",
                nest(". as [$a, $b, [$c]] | ", 45) + "1",
                nest("[.[]? | ", 45) + "1" + &nest("]", 45),
                nest("(.[]?, ", 45) + "1" + &nest(")", 45),
                ".".to_owned() + &nest("[]?", 120),
                "(.".to_owned() + &nest("[]?", 120) + ") |= 1",
                "path(.".to_owned() + &nest("[]?", 120) + ")",
                "1".to_owned() + &nest("+(1,2)", 70),
                "[".to_owned() + &nest("(1,2)|", 70) + "1]",
                "{".to_owned()
                    + &(0..400)
                        .map(|i| format!("a{i}: (1,2)"))
                        .collect::<Vec<_>>()
                        .join(",")
                    + "}",
                "\"".to_owned() + &nest("\\(1,2)", 400) + "\"",
                "[..] | length".to_owned(),
                "walk(.)".to_owned(),
                "[paths]".to_owned(),
                "tojson".to_owned(),
                ". == (. | map(.))".to_owned(),
                "test(\"".to_owned() + &nest("(a", 40) + &nest(")*", 40) + "\")",
            ];
            for source in sources {
                // The outcome does not matter, as long as there is one.
                match Program::compile(&source, &[]) {
                    Ok(program) => drop(program.value(&deep, &[], Bounds::default())),
                    Err(error) => assert!(
                        matches!(error.kind, crate::CompileErrorKind::Refused { .. }),
                        "{source}: {error:?}"
                    ),
                }
            }
        });
    thread.unwrap().join().unwrap();
}
