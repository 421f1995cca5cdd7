//! Functions, catalogs, extensions.

use segue_model::ir::{FunctionCall, Task, TaskKind, Workflow};

use super::{codes, compiled, compiled_with, errors, expression, task, workflow};
use crate::Code;

fn function<'w>(workflow: &'w Workflow, name: &str) -> (&'w FunctionCall, &'w Task) {
    let TaskKind::Function(call) = &task(workflow, name).kind else {
        panic!();
    };
    let body = workflow.block(call.body);
    assert_eq!(body.len(), 1);
    (call, workflow.task(body[0]).unwrap())
}

#[test]
fn a_function_is_a_block_that_its_calls_share() {
    let workflow = workflow(concat!(
        "use: { functions: { f: { input: { schema: { document: { type: object } } }, set: { y: '${ .x }' } } } }\n",
        "do: [ a: { call: f, with: { x: '${ .n }' } }, b: { call: f } ]\n"
    ));
    let (first, body) = function(&workflow, "a");
    let (second, _) = function(&workflow, "b");
    assert_eq!((first.name.as_str(), first.body), ("f", second.body));
    assert!(first.with.is_some() && second.with.is_none());
    assert_eq!(
        (body.name.as_str(), body.pointer.as_str()),
        ("f", "/use/functions/f")
    );
    assert!(body.input.schema.is_some());
    assert!(workflow.steps.is_empty());
}

#[test]
fn a_function_sees_nothing_of_its_caller() {
    let compiled = compiled(concat!(
        "use: { functions: { f: { set: { y: '${ $item }' } } } }\n",
        "do: [ l: { for: { in: . }, do: [ a: { call: f, with: { x: '${ $item }' } } ] } ]\n"
    ));
    assert_eq!(codes(&compiled), [Code::UnknownVariable]);
    assert_eq!(compiled.diagnostics[0].pointer, "/use/functions/f/set/y");
}

#[test]
fn functions_call_functions_but_never_themselves() {
    let found = workflow(concat!(
        "use: { functions: { f: { do: [ x: { call: g } ] }, g: { set: { y: 1 } } } }\n",
        "do: [ a: { call: f } ]\n"
    ));
    let (_, f) = function(&found, "a");
    assert!(matches!(f.kind, TaskKind::Do { .. }));
    assert_eq!(function(&found, "x").1.name, "g");
    let compiled = compiled(concat!(
        "use: { functions: { f: { do: [ x: { call: g } ] }, g: { call: h }, h: { call: f }, me: { call: me } } }\n",
        "do: [ a: { call: f } ]\n"
    ));
    let found = errors(&compiled);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(code, _)| *code == Code::Recursion));
    let all = format!("{found:?}");
    assert!(all.contains("`me` calls `me`"), "{all}");
    for pair in ["`f` calls `g`", "`g` calls `h`", "`h` calls `f`"] {
        // One of the three is where the message begins and ends.
        let count = ["`f` calls `g`", "`g` calls `h`", "`h` calls `f`"]
            .iter()
            .filter(|p| all.contains(**p))
            .count();
        assert_eq!(count, 3, "{pair}: {all}");
    }
}

#[test]
fn calls_of_functions_nest_only_so_deep() {
    let chain = |length: usize| {
        let functions: Vec<String> = (1..length)
            .map(|n| format!("f{n}: {{ call: f{} }}", n + 1))
            .collect();
        format!(
            "use: {{ functions: {{ {}, f{length}: {{ set: {{ x: 1 }} }} }} }}\ndo: [ a: {{ call: f1 }} ]\n",
            functions.join(", ")
        )
    };
    workflow(&chain(16));
    assert_eq!(codes(&compiled(&chain(17))), [Code::Recursion]);
    // Long chains neither overflow the stack nor take long.
    assert_eq!(codes(&compiled(&chain(3000))), [Code::Recursion]);
}

#[test]
fn functions_go_nowhere_and_have_plain_names() {
    let then =
        compiled("use: { functions: { f: { set: { x: 1 }, then: a } } }\ndo: [ a: { call: f } ]\n");
    assert_eq!(codes(&then), [Code::UnknownTarget]);
    let name =
        compiled("use: { functions: { http: { set: { x: 1 } } } }\ndo: [ a: { set: { x: 1 } } ]\n");
    assert!(codes(&name).contains(&Code::ReservedName));
    let near = compiled(
        "use: { functions: { charge: { set: { x: 1 } } } }\ndo: [ a: { call: chrage } ]\n",
    );
    assert_eq!(errors(&near)[0].0, Code::UnknownReference);
    let help = near.diagnostics.iter().find_map(|d| d.help.clone());
    assert_eq!(help.as_deref(), Some("did you mean `charge`?"));
}

#[test]
fn a_function_that_nothing_calls_is_checked_and_leaves_nothing() {
    let unused = compiled(
        "use: { functions: { f: { call: 'x/y:1@default' } } }\ndo: [ a: { set: { x: 1 } } ]\n",
    );
    assert_eq!(codes(&unused), [Code::NoEffect]);
    let workflow = unused.workflow.unwrap();
    assert!(workflow.steps.is_empty() && unused.calls.is_empty());
    assert_eq!(workflow.tasks.len(), 1);
    let broken = compiled(
        "use: { functions: { f: { set: { x: '${ $nope }' } } } }\ndo: [ a: { set: { x: 1 } } ]\n",
    );
    assert!(codes(&broken).contains(&Code::UnknownVariable));
}

const LOG: &str = "input: { schema: { document: { type: object, required: [ message ] } } }\n\
                   do: [ one: { call: 'x/log:1@default', with: { text: '${ .message }' } } ]\n";

#[test]
fn functions_of_catalogs_become_parts_of_the_workflow() {
    for name in [
        "log:1.0.0@ours",
        "https://example.com/catalog/functions/log/1.0.0/function.yaml",
        "https://example.com/catalog/functions/log@v1.0.0",
        "https://example.com/catalog/log@1.0.0",
        "log:1.0.0@mine",
    ] {
        let body = format!(
            "use: {{ catalogs: {{ mine: {{ endpoint: {{ uri: 'https://example.com/catalog/' }} }} }} }}\n\
             do: [ a: {{ call: '{name}', with: {{ message: hi }} }} ]\n"
        );
        let compiled = compiled_with(&body, &[("ours/functions/log/1.0.0/function.yaml", LOG)]);
        assert_eq!(codes(&compiled), [], "{name}");
        let workflow = compiled.workflow.unwrap();
        let (call, body) = function(&workflow, "a");
        assert_eq!(call.name, name);
        assert_eq!(body.pointer, format!("{name}#"));
        assert_eq!(task(&workflow, "one").pointer, format!("{name}#/do/0/one"));
        // The step is called where the document calls the function.
        assert_eq!(compiled.calls.len(), 1);
        assert_eq!(compiled.calls[0].pointer, "/do/0/a/call");
    }
}

#[test]
fn what_is_wrong_with_a_function_of_a_catalog_is_said_at_its_call() {
    let broken = "do:\n  - one: { set: { x: '${ $nope }' } }\n";
    let compiled = compiled_with(
        "do: [ a: { call: 'log:1.0.0@ours' } ]\n",
        &[("ours/functions/log/1.0.0/function.yaml", broken)],
    );
    let found = &compiled.diagnostics[0];
    assert_eq!(found.code, Code::InvalidCatalogEntry);
    assert_eq!(found.pointer, "/do/0/a/call");
    assert!(
        found.message.contains("line 2") && found.message.contains("$nope"),
        "{}",
        found.message
    );
    let missing = compiled_with("do: [ a: { call: 'log:2.0.0@ours' } ]\n", &[]);
    assert_eq!(codes(&missing), [Code::InvalidCatalogEntry]);
    let grpc = compiled_with(
        "do: [ a: { call: 'log:1.0.0@ours' } ]\n",
        &[(
            "ours/functions/log/1.0.0/function.yaml",
            "call: grpc\nwith: {}\n",
        )],
    );
    assert_eq!(codes(&grpc), [Code::Unsupported]);
}

#[test]
fn functions_of_catalogs_have_no_part_in_the_use_of_the_document() {
    let compiled = compiled_with(
        "use: { functions: { g: { set: { x: 1 } } } }\ndo: [ a: { call: 'f:1.0.0@ours' }, b: { call: g } ]\n",
        &[("ours/functions/f/1.0.0/function.yaml", "call: g\n")],
    );
    assert_eq!(codes(&compiled), [Code::InvalidCatalogEntry]);
    let cycle = compiled_with(
        "do: [ a: { call: 'f:1.0.0@ours' } ]\n",
        &[(
            "ours/functions/f/1.0.0/function.yaml",
            "call: f:1.0.0@ours\n",
        )],
    );
    assert_eq!(codes(&cycle), [Code::Recursion]);
}

#[test]
fn addresses_outside_of_the_catalogs_are_refused() {
    for call in [
        "https://evil.com/functions/log/1.0.0/function.yaml",
        "log:1.0.0@theirs",
        "https://example.com/catalog/../functions/log/1.0.0/function.yaml",
    ] {
        let compiled = compiled_with(&format!("do: [ a: {{ call: '{call}' }} ]\n"), &[]);
        assert_eq!(codes(&compiled), [Code::Unsupported], "{call}");
        assert!(
            compiled.diagnostics[0]
                .help
                .as_ref()
                .unwrap()
                .contains("catalogs")
        );
    }
    let declared = compiled_with(
        "use: { catalogs: { theirs: { endpoint: https://evil.com } } }\ndo: [ a: { set: { x: 1 } } ]\n",
        &[],
    );
    assert_eq!(codes(&declared), [Code::Unsupported]);
    let own = compiled_with(
        "use: { catalogs: { default: { endpoint: https://example.com/catalog } } }\ndo: [ a: { set: { x: 1 } } ]\n",
        &[],
    );
    assert_eq!(codes(&own), [Code::ReservedName]);
}

#[test]
fn schemas_may_stand_in_a_catalog() {
    let body = "input: { schema: { resource: { endpoint: https://example.com/catalog/order.json } } }\ndo: [ a: { set: { x: 1 } } ]\n";
    let found = compiled_with(body, &[("ours/order.json", "{\"type\": \"object\"}")]);
    assert_eq!(
        super::accepted(body, found).schemas,
        [serde_json::json!({ "type": "object" })]
    );
    let broken = compiled_with(body, &[("ours/order.json", "{\"type\": 7}")]);
    assert_eq!(codes(&broken), [Code::InvalidCatalogEntry]);
}

#[test]
fn extensions_stand_around_the_tasks_of_their_type() {
    let workflow = workflow(concat!(
        "use:\n  extensions:\n",
        "    - log: { extend: all, before: [ b: { set: { x: 1 } } ] }\n",
        "    - mock: { extend: call, when: $task.with.x == 1, before: [ m: { set: { x: 1 }, then: exit } ], after: [ n: { call: f } ] }\n",
        "  functions: { f: { call: 'x/y:1@default' } }\n",
        "do:\n  - a: { set: { x: 1 } }\n  - c: { call: f }\n",
    ));
    let names = |task: &Task| {
        task.around
            .iter()
            .map(|one| one.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(task(&workflow, "a")), ["log"]);
    assert_eq!(names(task(&workflow, "c")), ["log", "mock"]);
    for inside in ["b", "m", "n"] {
        assert!(names(task(&workflow, inside)).is_empty(), "{inside}");
    }
    // A function that an extension calls is not extended; the document's call of it is.
    assert_eq!(names(function(&workflow, "c").1), ["log", "mock"]);
    assert!(names(function(&workflow, "n").1).is_empty());
    let mock = &task(&workflow, "c").around[1];
    assert_eq!(expression(&workflow, mock.when.unwrap()).1, ["task"]);
    assert_eq!(workflow.block(mock.before.unwrap()).len(), 1);
}

#[test]
fn what_is_no_extension_is_refused() {
    let found = |extensions: &str| {
        codes(&compiled(&format!(
            "use: {{ extensions: {extensions} }}\ndo: [ a: {{ set: {{ x: 1 }} }} ]\n"
        )))
    };
    assert_eq!(
        found("[ e: { extend: http, before: [] } ]")[0],
        Code::InvalidValue
    );
    assert_eq!(
        found("[ e: { before: [ b: { set: { x: 1 } } ] } ]"),
        [Code::MissingKey]
    );
    assert_eq!(
        found("[ e: { extend: call, after: [ b: { set: { x: 1 } } ] } ]"),
        [Code::NoEffect]
    );
    assert_eq!(
        found("[ e: { extend: set, when: $input.x, after: [ b: { set: { x: 1 } } ] } ]"),
        [Code::UnknownVariable]
    );
    assert_eq!(found("{ e: { extend: set } }"), [Code::WrongType]);
}
