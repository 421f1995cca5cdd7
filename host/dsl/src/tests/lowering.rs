//! Documents into the IR.

use segue_model::Span;
use segue_model::ir::{
    Backoff, Duration, ExprId, Flow, Jitter, StepId, StepRef, TaskKind, Template, Workflow,
};
use serde_json::json;

use super::{compiled, expression, task, workflow};
use crate::{Code, compile};

#[test]
fn the_sample_with_everything_lowers_to_the_ir() {
    let compiled = compile(include_str!("../../testdata/accepted-everything.yaml"));
    let workflow = compiled.workflow.unwrap();
    assert_eq!(workflow.name.to_string(), "shop/order:1.2.0");
    assert_eq!(workflow.title.as_deref(), Some("An order"));
    assert_eq!(
        workflow.timeout,
        Some(Duration::Fixed(Span::from_ms(300_000)))
    );
    assert_eq!(workflow.definition["document"]["version"], "1.2.0");
    assert_eq!(workflow.block(workflow.body).len(), 7);
    assert_eq!(workflow.steps.len(), 3);
    let pointers: Vec<_> = compiled
        .calls
        .iter()
        .map(|call| call.pointer.as_str())
        .collect();
    assert_eq!(
        pointers,
        [
            "/do/0/validate/call",
            "/do/3/price/do/0/one/call",
            "/do/4/charge/try/0/pay/call"
        ]
    );
    assert_eq!(task(&workflow, "one").pointer, "/do/3/price/do/0/one");
    assert_eq!(
        task(&workflow, "note").pointer,
        "/do/6/again/catch/do/0/note"
    );
    assert_eq!(task(&workflow, "validate").then, Flow::Task(1));
    assert_eq!(task(&workflow, "nothing").then, Flow::End);
    assert_eq!(task(&workflow, "leave").then, Flow::Exit);
    assert_eq!(task(&workflow, "price").then, Flow::Continue);
}

#[test]
fn call_sites_point_at_the_name_of_the_step() {
    let body = "do:\n  - a: { call: 'x/y:1@default' }\n  - b: { call: x/y:1@default }\n";
    let compiled = compiled(body);
    let source = format!("{}{body}", super::HEAD);
    let workflow = compiled.workflow.unwrap();
    assert_eq!(
        workflow.steps,
        [StepRef {
            plugin: "x".into(),
            step: Some("y".into()),
            version: "1".into()
        }]
    );
    let texts: Vec<_> = compiled
        .calls
        .iter()
        .map(|c| &source[c.span.clone()])
        .collect();
    assert_eq!(texts, ["'x/y:1@default'", "x/y:1@default"]);
    assert!(compiled.calls.iter().all(|call| call.step == StepId(0)));
}

#[test]
fn parts_without_an_expression_stay_literal() {
    let workflow = workflow("do:\n  - a: { set: { n: [1, { k: v }], e: ['${ .x }', text] } }\n");
    let TaskKind::Set { value } = &task(&workflow, "a").kind else {
        panic!();
    };
    let expected = Template::Object(vec![
        ("n".into(), Template::Literal(json!([1, { "k": "v" }]))),
        (
            "e".into(),
            Template::Array(vec![
                Template::Expr(ExprId(0)),
                Template::Literal(json!("text")),
            ]),
        ),
    ]);
    assert_eq!(*value, expected);
    assert_eq!(expression(&workflow, ExprId(0)), (" .x ", vec![]));
}

#[test]
fn expressions_list_the_names_they_use_in_the_fixed_order() {
    let workflow = workflow(concat!(
        "do:\n",
        "  - l:\n",
        "      for: { each: row, at: r, in: . }\n",
        "      do:\n",
        "        - m:\n",
        "            for: { each: cell, at: c, in: $row }\n",
        "            do:\n",
        "              - a:\n",
        "                  set: '${ [$c, $runtime, $cell, $row, $context, $input, $task, $r, $workflow] }'\n",
        "                  export: { as: '[$c, $output, $input]' }\n",
    ));
    let TaskKind::Set {
        value: Template::Expr(id),
    } = task(&workflow, "a").kind
    else {
        panic!();
    };
    let order = [
        "context", "input", "task", "workflow", "runtime", "row", "r", "cell", "c",
    ];
    assert_eq!(expression(&workflow, id).1, order);
    let Some(Template::Expr(id)) = task(&workflow, "a").export.transform else {
        panic!();
    };
    assert_eq!(expression(&workflow, id).1, ["input", "output", "c"]);
}

#[test]
fn identical_expressions_share_one_entry() {
    let workflow = workflow(concat!(
        "do:\n",
        "  - a: { if: .x, set: { p: '${.x}', q: '${.x}' } }\n",
        "  - b: { if: '${.x}', wait: '${ $context.t }' }\n",
        "  - c: { wait: '${ $context.t }' }\n",
    ));
    let sources: Vec<_> = workflow
        .expressions
        .iter()
        .map(|e| e.source.as_str())
        .collect();
    assert_eq!(sources, [".x", " $context.t "]);
}

#[test]
fn bare_and_braced_expressions_mean_the_same_in_their_slots() {
    let bare = workflow(concat!(
        "input: { from: .a }\noutput: { as: .b }\n",
        "do: [ t: { if: .c, input: { from: .d }, set: { x: 1 }, output: { as: .e }, export: { as: .f } } ]\n"
    ));
    let sources: Vec<_> = bare.expressions.iter().map(|e| e.source.as_str()).collect();
    assert_eq!(sources, [".a", ".c", ".d", ".e", ".f", ".b"]);
}

#[test]
fn strings_in_object_forms_are_text_unless_braced() {
    let workflow =
        workflow("do: [ t: { set: { x: 1 }, output: { as: { text: .a, value: '${ .a }' } } } ]\n");
    let Some(Template::Object(members)) = &task(&workflow, "t").output.transform else {
        panic!();
    };
    assert_eq!(members[0].1, Template::Literal(json!(".a")));
    assert_eq!(members[1].1, Template::Expr(ExprId(0)));
}

#[test]
fn retries_take_every_field_and_the_growth_from_metadata() {
    let compiled = compile(include_str!("../../testdata/accepted-everything.yaml"));
    let workflow = compiled.workflow.unwrap();
    let TaskKind::Try { catch, .. } = &task(&workflow, "charge").kind else {
        panic!();
    };
    let retry = catch.retry.as_ref().unwrap();
    assert_eq!(retry.backoff, Backoff::Linear { cap_ms: 60_000 });
    assert_eq!(retry.attempts, Some(3));
    assert_eq!(catch.variable, "problem");
    assert_eq!(catch.then, Some(Flow::End));
    assert_eq!(catch.errors.as_ref().unwrap().status, Some(503));
    let TaskKind::Try { catch, .. } = &task(&workflow, "again").kind else {
        panic!();
    };
    let retry = catch.retry.as_ref().unwrap();
    assert_eq!(
        retry.backoff,
        Backoff::Exponential {
            factor: 3.0,
            cap_ms: 600_000
        }
    );
    let ms = |ms| Duration::Fixed(Span::from_ms(ms));
    assert_eq!(retry.delay, Some(ms(1000)));
    assert_eq!(retry.attempt_duration, Some(ms(10_000)));
    assert_eq!(retry.duration, Some(ms(120_000)));
    assert_eq!(
        retry.jitter,
        Some(Jitter {
            from: ms(0),
            to: ms(500)
        })
    );
    assert_eq!(expression(&workflow, retry.when.unwrap()).1, ["error"]);
}

#[test]
fn limits_of_the_document_hold_until_a_call_says_otherwise() {
    let compiled = compile(include_str!("../../testdata/accepted-everything.yaml"));
    let workflow = compiled.workflow.unwrap();
    let limits = |name| match &task(&workflow, name).kind {
        TaskKind::Call(call) => call.limits.clone(),
        _ => panic!(),
    };
    assert_eq!(limits("validate").memory_bytes, Some(64 << 20));
    assert_eq!(limits("validate").fuel, None);
    assert_eq!(limits("pay").fuel, Some(5_000_000_000));
    assert_eq!(limits("pay").time_ms, Some(5000));
    assert_eq!(limits("pay").memory_bytes, Some(64 << 20));
}

#[test]
fn unset_fields_have_their_defaults() {
    let workflow = workflow(concat!(
        "do:\n",
        "  - l: { for: { in: . }, do: [ x: { set: { x: 1 } } ] }\n",
        "  - t: { try: [ x: { set: { x: 1 } } ], catch: { retry: {} } }\n",
    ));
    let TaskKind::For(found) = &task(&workflow, "l").kind else {
        panic!();
    };
    assert_eq!((found.each.as_str(), found.at.as_str()), ("item", "index"));
    let TaskKind::Try { catch, .. } = &task(&workflow, "t").kind else {
        panic!();
    };
    assert_eq!(catch.variable, "error");
    assert_eq!(catch.retry, Some(segue_model::ir::RetryPolicy::default()));
    assert_eq!(catch.errors, None);
}

#[test]
fn definitions_are_the_task_as_plain_json() {
    let workflow =
        workflow("do: [ a: { call: 'x:1@default', with: { n: 0x10, e: '${ .x }' } } ]\n");
    let expected = json!({ "call": "x:1@default", "with": { "n": 16, "e": "${ .x }" } });
    assert_eq!(task(&workflow, "a").definition, expected);
    assert_eq!(workflow.definition["do"][0]["a"], expected);
}

#[test]
fn what_nothing_names_leaves_nothing_in_the_ir() {
    let body = "use: { retries: { r: { when: $error.x } } }\ndo: [ a: { set: { x: 1 } } ]\n";
    let compiled = compiled(body);
    assert_eq!(compiled.diagnostics[0].code, Code::NoEffect);
    assert!(compiled.workflow.unwrap().expressions.is_empty());
}

#[test]
fn the_deepest_template_can_be_stored_and_loaded() {
    let deep = |n: usize| {
        format!(
            "do:\n  - a: {{ set: {}'${{ .x }}'{} }}\n",
            "{ k: ".repeat(n),
            " }".repeat(n)
        )
    };
    let workflow = workflow(&deep(30));
    let text = serde_json::to_string(&[&workflow]).unwrap();
    let loaded: Vec<Workflow> = serde_json::from_str(&text).unwrap();
    assert_eq!(loaded, [workflow]);
    let found = compiled(&deep(40));
    assert_eq!(found.diagnostics[0].code, Code::DocumentLimit);
}

#[test]
fn the_deepest_document_can_be_stored_and_loaded() {
    let blocks = 19;
    let inner = "{ set: { x: 1 } }".to_owned();
    let nested = (0..blocks).fold(inner, |task, _| format!("{{ do: [ t: {task} ] }}"));
    let workflow = workflow(&format!("do: [ t: {nested} ]\n"));
    let text = serde_json::to_string(&workflow).unwrap();
    assert_eq!(serde_json::from_str::<Workflow>(&text).unwrap(), workflow);
}
