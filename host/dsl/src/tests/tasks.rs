//! Tasks that do more than compute: fork, emit, listen, run, map, await-callback, and schedules.

use segue_model::Span;
use segue_model::ir::{
    CatchUp, Duration, Flow, Listen, Overlap, Read, Schedule, Strategy, TaskKind, Template, Test,
    Trigger, Until, Workflow,
};
use serde_json::{Value, json};

use super::{codes, compiled, compiled_with, errors, expression, task, workflow};
use crate::Code;

#[test]
fn branches_are_blocks_of_one_task() {
    let workflow = workflow(concat!(
        "do:\n  - f:\n      fork:\n        compete: true\n        branches:\n",
        "          - a: { set: { x: 1 }, then: exit }\n",
        "          - b: { do: [ c: { set: { x: 1 }, then: d }, d: { set: { x: 2 } } ], then: end }\n",
    ));
    let TaskKind::Fork { branches, compete } = &task(&workflow, "f").kind else {
        panic!();
    };
    assert!(*compete);
    let names: Vec<_> = branches.iter().map(|branch| branch.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    for branch in branches {
        let tasks = workflow.block(branch.body);
        assert_eq!(tasks.len(), 1);
        assert_eq!(workflow.task(tasks[0]).unwrap().name, branch.name);
    }
    assert_eq!(task(&workflow, "a").pointer, "/do/0/f/fork/branches/0/a");
    assert_eq!(task(&workflow, "b").then, Flow::End);
    assert_eq!(task(&workflow, "c").then, Flow::Task(1));
}

#[test]
fn a_branch_goes_to_no_other_task() {
    for branch in [
        "a: { set: { x: 1 }, then: b }",
        "a: { switch: [ x: { when: .x, then: b } ] }",
        "a: { try: [ x: { set: { x: 1 } } ], catch: { then: b } }",
    ] {
        let body = format!(
            "do: [ f: {{ fork: {{ branches: [ {branch}, b: {{ set: {{ x: 1 }} }} ] }} }} ]\n"
        );
        let compiled = compiled(&body);
        assert_eq!(codes(&compiled), [Code::UnknownTarget], "{branch}");
        assert!(compiled.diagnostics[0].message.contains("branch"));
    }
}

#[test]
fn a_fork_without_branches_is_refused() {
    let compiled = compiled("do: [ f: { fork: { branches: [] } } ]\n");
    assert_eq!(codes(&compiled), [Code::InvalidValue]);
}

#[test]
fn an_event_has_the_attributes_that_are_given() {
    let workflow = workflow(concat!(
        "do: [ a: { emit: { event: { with: { source: 'https://x.org/{id}', type: com.x, time: '2026-01-31T12:00:00Z',\n",
        "      tenant: '${ .t }', count: 3, data: { id: '${ .id }' } } } } } ]\n"
    ));
    let TaskKind::Emit(emit) = &task(&workflow, "a").kind else {
        panic!();
    };
    let Template::Object(members) = &emit.event else {
        panic!();
    };
    let keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["source", "type", "time", "tenant", "count", "data"]);
    assert_eq!(members[0].1, Template::Uri("https://x.org/{id}".into()));
    assert_eq!(members[4].1, Template::Literal(json!(3)));
}

#[test]
fn what_is_no_event_is_refused() {
    for (attributes, code) in [
        ("{ data: 1 }", Code::MissingKey),
        ("{ type: x, tenantId: a }", Code::InvalidValue),
        ("{ type: x, data_base64: a }", Code::InvalidValue),
        ("{ type: x, specversion: '0.3' }", Code::InvalidValue),
        ("{ type: x, time: yesterday }", Code::InvalidValue),
        ("{ type: '' }", Code::InvalidValue),
        ("{ type: 7 }", Code::WrongType),
        ("{ type: x, source: 'a b' }", Code::InvalidValue),
    ] {
        let compiled = compiled(&format!(
            "do: [ a: {{ emit: {{ event: {{ with: {attributes} }} }} }} ]\n"
        ));
        let found: Vec<_> = errors(&compiled).iter().map(|(code, _)| *code).collect();
        assert_eq!(found, [code], "{attributes}");
    }
}

fn listener(workflow: &Workflow) -> &Listen {
    match &task(workflow, "a").kind {
        TaskKind::Listen(listen) => listen,
        other => panic!("{other:?}"),
    }
}

fn listening(to: &str) -> String {
    format!("do: [ a: {{ listen: {{ to: {to} }} }} ]\n")
}

#[test]
fn filters_compare_match_or_compute() {
    let workflow = workflow(&listening(
        "{ one: { with: { type: com.x, source: '^https://x[.]org/.*$', data: '${ .n > 3 }', flag: true }, \
           correlate: { id: { from: .subject, expect: '${ .id }' }, b: { from: '${ .data.b }' } } } }",
    ));
    let Strategy::One(filter) = &listener(&workflow).to else {
        panic!();
    };
    let Test::Expr(id) = filter.with[2].1 else {
        panic!();
    };
    assert_eq!(expression(&workflow, id).0, " .n > 3 ");
    assert_eq!(filter.with[0].1, Test::Equals(json!("com.x")));
    assert_eq!(
        filter.with[1].1,
        Test::Matches("^https://x[.]org/.*$".into())
    );
    assert_eq!(filter.with[3].1, Test::Equals(json!(true)));
    assert_eq!(filter.correlate[0].key, "id");
    assert!(matches!(
        filter.correlate[0].expect,
        Some(Template::Expr(_))
    ));
    assert_eq!(filter.correlate[1].expect, None);
}

#[test]
fn strategies_are_one_any_or_all() {
    let all = workflow(&listening(
        "{ all: [ { with: { type: x } }, { with: { type: y } } ] }",
    ));
    assert!(matches!(&listener(&all).to, Strategy::All(filters) if filters.len() == 2));
    let any = workflow(&listening("{ any: [], until: '( . | length ) > 3' }"));
    let Strategy::Any {
        filters,
        until: Some(Until::When(id)),
    } = &listener(&any).to
    else {
        panic!();
    };
    assert!(filters.is_empty());
    assert_eq!(expression(&any, *id).0, "( . | length ) > 3");
    let until = workflow(&listening(
        "{ any: [], until: { one: { with: { type: x } } } }",
    ));
    let Strategy::Any {
        until: Some(Until::Events(inner)),
        ..
    } = &listener(&until).to
    else {
        panic!();
    };
    assert!(matches!(**inner, Strategy::One(_)));
}

#[test]
fn what_is_no_strategy_is_refused() {
    for (to, code) in [
        ("{}", Code::InvalidValue),
        (
            "{ one: { with: { type: x } }, all: [] }",
            Code::InvalidValue,
        ),
        ("{ all: [] }", Code::InvalidValue),
        ("{ one: {} }", Code::MissingKey),
        ("{ one: { with: {} } }", Code::InvalidValue),
        ("{ one: { with: { Type: x } } }", Code::InvalidValue),
        ("{ one: { with: { type: '^($' } } }", Code::InvalidValue),
        ("{ one: { with: { type: '^(?=x)$' } } }", Code::InvalidValue),
        (
            "{ one: { with: { type: x }, until: .x } }",
            Code::UnknownKey,
        ),
        (
            "{ one: { with: { type: x } }, until: .x }",
            Code::UnknownKey,
        ),
        (
            "{ any: [], until: { any: [], until: .x } }",
            Code::UnknownKey,
        ),
        (
            "{ one: { with: { data: { a: '${ .x }' } } } }",
            Code::MisplacedExpression,
        ),
        (
            "{ one: { with: { type: x }, correlate: { a: {} } } }",
            Code::MissingKey,
        ),
        ("[]", Code::WrongType),
    ] {
        assert_eq!(codes(&compiled(&listening(to))), [code], "{to}");
    }
}

#[test]
fn events_are_worked_off_one_by_one() {
    let workflow = workflow(concat!(
        "do:\n  - a:\n      listen: { to: { any: [] }, read: envelope }\n",
        "      foreach:\n        item: event\n        at: i\n        do: [ b: { set: { x: '${ $event.id + $i }' } } ]\n",
        "        output: { as: '$event' }\n        export: { as: '[$context, $output, $i]' }\n",
    ));
    let listen = listener(&workflow);
    assert_eq!(listen.read, Read::Envelope);
    let foreach = listen.foreach.as_ref().unwrap();
    assert_eq!((foreach.item.as_str(), foreach.at.as_str()), ("event", "i"));
    assert_eq!(workflow.block(foreach.body.unwrap()).len(), 1);
    let Some(Template::Expr(id)) = foreach.export.transform else {
        panic!();
    };
    assert_eq!(expression(&workflow, id).1, ["context", "output", "i"]);
}

#[test]
fn a_workflow_runs_another_one() {
    let compiled = compiled(concat!(
        "do:\n",
        "  - a: { run: { workflow: { namespace: n, name: w, version: '1.2.3', input: { x: '${ .x }' } } } }\n",
        "  - b: { run: { await: false, workflow: { namespace: n, name: w, version: latest } } }\n",
    ));
    let workflow = compiled.workflow.unwrap();
    let TaskKind::Run(run) = &task(&workflow, "a").kind else {
        panic!();
    };
    assert!(run.wait);
    assert_eq!(run.workflow.version, Some("1.2.3".parse().unwrap()));
    let TaskKind::Run(run) = &task(&workflow, "b").kind else {
        panic!();
    };
    assert!(!run.wait);
    assert_eq!((&run.workflow.version, &run.input), (&None, &None));
    let pointers: Vec<_> = compiled
        .children
        .iter()
        .map(|site| site.pointer.as_str())
        .collect();
    assert_eq!(pointers, ["/do/0/a/run/workflow", "/do/1/b/run/workflow"]);
    assert_eq!(compiled.children[1].workflow, run.workflow);
}

#[test]
fn what_no_workflow_can_be_is_refused() {
    for run in [
        "workflow: { namespace: n, name: w, version: '1.2' }",
        "workflow: { namespace: 'a b', name: w, version: latest }",
        "workflow: { namespace: n, name: w, version: latest }, script: { language: js, code: x }",
        "await: true",
        "return: everything, script: { language: js, code: x }",
    ] {
        let compiled = compiled(&format!("do: [ a: {{ run: {{ {run} }} }} ]\n"));
        assert_eq!(codes(&compiled), [Code::InvalidValue], "{run}");
    }
}

/// `with` of the script `a`: literal members.
fn script(workflow: &Workflow) -> Value {
    let TaskKind::Call(call) = &task(workflow, "a").kind else {
        panic!();
    };
    match call.with.as_ref().unwrap() {
        Template::Literal(value) => value.clone(),
        Template::Object(members) => members
            .iter()
            .filter_map(|(key, value)| match value {
                Template::Literal(value) => Some((key.clone(), value.clone())),
                _ => None,
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        _ => panic!(),
    }
}

#[test]
fn scripts_are_steps_of_the_plugin_of_their_language() {
    for (language, plugin) in [
        ("js", "javascript"),
        ("javascript", "javascript"),
        ("python", "python"),
    ] {
        let workflow = workflow(&format!(
            "do: [ a: {{ run: {{ return: all, script: {{ language: {language}, code: 'f(`${{ x }} y`)', stdin: hi, \
             arguments: [ a, '${{ .b }}' ], environment: {{ K: v }} }} }} }} ]\n"
        ));
        assert_eq!(
            workflow.steps[0].to_string(),
            format!("{plugin}/run:1@default")
        );
        let expected = json!({ "code": "f(`${ x } y`)", "environment": { "K": "v" }, "stdin": "hi", "return": "all" });
        assert_eq!(script(&workflow), expected);
    }
}

#[test]
fn a_script_may_stand_in_a_catalog() {
    let body = |address: &str| {
        format!(
            "do: [ a: {{ run: {{ script: {{ language: js, source: {{ endpoint: {address} }} }} }} }} ]\n"
        )
    };
    let files = [("ours/scripts/a.js", "console.log(1)")];
    let found = compiled_with(&body("https://example.com/catalog/scripts/a.js"), &files);
    let workflow = super::accepted("", found);
    assert_eq!(script(&workflow)["code"], json!("console.log(1)"));
    let missing = compiled_with(&body("'https://example.com/catalog/b.js'"), &files);
    assert_eq!(codes(&missing), [Code::InvalidCatalogEntry]);
    let outside = compiled_with(&body("{ uri: 'https://evil.com/a.js' }"), &files);
    assert_eq!(codes(&outside), [Code::Unsupported]);
}

#[test]
fn limits_hold_for_scripts_and_for_nothing_that_is_no_step() {
    let limited = |task: &str| {
        let body = format!(
            "do: [ a: {{ {task}, metadata: {{ segue: {{ limits: {{ fuel: 9 }} }} }} }} ]\n"
        );
        compiled(&body)
    };
    let workflow = limited("run: { script: { language: js, code: x } }")
        .workflow
        .unwrap();
    let TaskKind::Call(call) = &task(&workflow, "a").kind else {
        panic!();
    };
    assert_eq!(call.limits.fuel, Some(9));
    let other = limited("run: { workflow: { namespace: n, name: w, version: latest } }");
    assert_eq!(codes(&other), [Code::UnknownKey]);
    assert_eq!(
        codes(&limited("call: 'await-callback:1@default'")),
        [Code::UnknownKey]
    );
}

#[test]
fn other_languages_shells_and_containers_are_refused() {
    for run in [
        "script: { language: ruby, code: x }",
        "shell: { command: ls }",
        "container: { image: x }",
    ] {
        let compiled = compiled(&format!("do: [ a: {{ run: {{ {run} }} }} ]\n"));
        assert_eq!(codes(&compiled), [Code::Unsupported], "{run}");
        assert!(compiled.diagnostics[0].help.is_some());
    }
}

#[test]
fn a_script_that_is_not_awaited_gives_the_input_of_its_task() {
    let output = |more: &str| {
        let workflow = workflow(&format!(
            "do: [ a: {{ run: {{ await: false, script: {{ language: js, code: x }} }} {more} }} ]\n"
        ));
        let output = task(&workflow, "a").output.transform.clone();
        (workflow, output)
    };
    let (plain, Some(Template::Expr(id))) = output("") else {
        panic!();
    };
    assert_eq!(expression(&plain, id), ("$input", vec!["input"]));
    let (own, Some(Template::Expr(id))) = output(", output: { as: '.x # comment' }") else {
        panic!();
    };
    assert_eq!(
        expression(&own, id),
        ("$input | (.x # comment\n)", vec!["input"])
    );
}

#[test]
fn map_starts_a_workflow_for_each_item() {
    let compiled = compiled(concat!(
        "do: [ l: { for: { in: . }, do: [ a: { call: 'map:1.0.0@default', with: { workflow: { namespace: n, name: w },\n",
        "  items: '${ $item }', input: { i: '${ $item }', n: '${ $index }' }, concurrency: 8, tolerate: '${ .t }' } } ] } ]\n"
    ));
    let workflow = super::accepted("", compiled.clone());
    let TaskKind::Map(map) = &task(&workflow, "a").kind else {
        panic!();
    };
    assert_eq!(map.workflow.name, "w");
    assert_eq!(map.concurrency, Some(Template::Literal(json!(8))));
    assert!(matches!(map.tolerate, Some(Template::Expr(_))));
    assert_eq!(compiled.children.len(), 1);
    assert!(workflow.steps.is_empty());
    for (with, code) in [
        ("{ items: [] }", Code::MissingKey),
        (
            "{ workflow: { namespace: n, name: w }, items: .x }",
            Code::WrongType,
        ),
        (
            "{ workflow: { namespace: n, name: w }, items: [], concurrency: 0 }",
            Code::InvalidValue,
        ),
        (
            "{ workflow: { namespace: n, name: w }, items: [], concurrency: 1001 }",
            Code::InvalidValue,
        ),
        (
            "{ workflow: { namespace: n, name: w }, items: [], retry: 1 }",
            Code::UnknownKey,
        ),
    ] {
        let body = format!("do: [ a: {{ call: 'map:1@default', with: {with} }} ]\n");
        assert_eq!(codes(&super::compiled(&body)), [code], "{with}");
    }
    let version = super::compiled("do: [ a: { call: 'map:2.0.0@default', with: {} } ]\n");
    assert_eq!(codes(&version), [Code::InvalidCall]);
}

#[test]
fn a_callback_has_a_form_and_a_deadline() {
    let workflow = workflow(concat!(
        "do: [ a: { call: 'await-callback:1.0.0@default', with: { title: '${ .t }', description: Please, data: { x: 1 },\n",
        "      form: { type: object }, deadline: PT1H } }, b: { call: 'await-callback:1@default' } ]\n"
    ));
    let TaskKind::AwaitCallback(callback) = &task(&workflow, "a").kind else {
        panic!();
    };
    assert_eq!(
        workflow.schemas[callback.form.unwrap().index()],
        json!({ "type": "object" })
    );
    assert_eq!(
        callback.deadline,
        Some(Duration::Fixed(Span::from_ms(3_600_000)))
    );
    assert!(matches!(
        task(&workflow, "b").kind,
        TaskKind::AwaitCallback(_)
    ));
    let remote = compiled(
        "do: [ a: { call: 'await-callback:1@default', with: { form: { $ref: 'https://x.org' } } } ]\n",
    );
    assert_eq!(codes(&remote), [Code::InvalidSchema]);
}

fn schedule(body: &str) -> Schedule {
    let workflow = workflow(&format!("{body}\ndo: [ a: {{ set: {{ x: 1 }} }} ]\n"));
    let block = workflow.block(workflow.schedule.unwrap());
    assert_eq!(block.len(), 1);
    let task = workflow.task(block[0]).unwrap();
    assert_eq!(
        (task.name.as_str(), task.pointer.as_str()),
        ("schedule", "/schedule")
    );
    match &task.kind {
        TaskKind::Schedule(schedule) => schedule.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn schedules_have_one_trigger() {
    let every = schedule("schedule: { every: { minutes: 5 } }");
    assert_eq!(
        every.trigger,
        Trigger::Every(Duration::Fixed(Span::from_ms(300_000)))
    );
    assert_eq!(
        (every.catch_up, every.overlap),
        (CatchUp::One, Overlap::Allow)
    );
    let after = schedule("schedule: { after: PT1M }");
    assert_eq!(
        after.trigger,
        Trigger::After(Duration::Fixed(Span::from_ms(60_000)))
    );
    let cron = schedule("schedule: { cron: 0 6 * * mon-fri }");
    let expected = Trigger::Cron {
        expression: "0 6 * * mon-fri".into(),
        timezone: "UTC".into(),
    };
    assert_eq!(cron.trigger, expected);
    let on = schedule(
        "schedule: { on: { one: { with: { type: x, data: '${ .n > $workflow.id }' } } }, read: raw }",
    );
    assert!(matches!(
        on.trigger,
        Trigger::On {
            strategy: Strategy::One(_),
            read: Read::Raw
        }
    ));
}

#[test]
fn the_manner_of_a_schedule_stands_in_the_metadata() {
    let source = "document: { dsl: '1.0.3', namespace: n, name: w, version: '1.0.0', metadata: { segue: { schedule: \
                  { catchUp: all, overlap: queue, timezone: Europe/Berlin } } } }\nschedule: { cron: 0 0 * * * }\n\
                  do: [ a: { set: { x: 1 } } ]\n";
    let compiled = crate::compile(source);
    assert_eq!(codes(&compiled), []);
    let workflow = compiled.workflow.unwrap();
    let TaskKind::Schedule(schedule) = &task(&workflow, "schedule").kind else {
        panic!();
    };
    assert_eq!(
        (schedule.catch_up, schedule.overlap),
        (CatchUp::All, Overlap::Queue)
    );
    assert!(
        matches!(&schedule.trigger, Trigger::Cron { timezone, .. } if timezone == "Europe/Berlin")
    );
    let without = crate::compile(&source.replace("schedule: { cron: 0 0 * * * }\n", ""));
    assert_eq!(codes(&without), [Code::NoEffect]);
    let unknown = crate::compile(&source.replace("catchUp: all", "catchUp: some"));
    assert_eq!(codes(&unknown), [Code::InvalidValue]);
}

#[test]
fn what_is_no_schedule_is_refused() {
    for (schedule, code) in [
        ("{}", Code::InvalidValue),
        ("{ every: PT1M, cron: 0 0 * * * }", Code::InvalidValue),
        ("{ every: PT0S }", Code::InvalidDuration),
        ("{ cron: 61 * * * * }", Code::InvalidValue),
        ("{ cron: 0 0 * * *, read: data }", Code::UnknownKey),
        (
            "{ on: { one: { with: { type: x, data: '${ $input.x }' } } } }",
            Code::UnknownVariable,
        ),
    ] {
        let compiled = compiled(&format!(
            "schedule: {schedule}\ndo: [ a: {{ set: {{ x: 1 }} }} ]\n"
        ));
        assert_eq!(codes(&compiled), [code], "{schedule}");
    }
}

#[test]
fn the_data_of_events_is_not_looked_for_twice() {
    let found = |read: &str, expression: &str| {
        let body = format!(
            "schedule: {{ on: {{ one: {{ with: {{ type: x }} }} }}{read} }}\ndo: [ a: {{ set: '${{ {expression} }}' }} ]\n"
        );
        codes(&compiled(&body))
    };
    assert_eq!(found("", "$workflow.input[0].data.id"), [Code::NoEffect]);
    assert_eq!(found(", read: envelope", "$workflow.input[0].data.id"), []);
    assert_eq!(found("", "$workflow.input[0].database"), []);
}
