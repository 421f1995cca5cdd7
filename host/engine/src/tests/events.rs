//! `emit` and `listen`.

use segue_model::event::EVENT_NAME_BYTES_MAX;
use segue_model::ir::{
    Correlation, Deployed, Emit, Export, Filter, Flow, Foreach, Listen, Output, Read, Strategy,
    Task, TaskKind, Template, Test, Until,
};
use segue_model::problem::Kind;
use serde_json::{Value, json};

use super::build::{PURE, block, builder, call, finish, fork, set, started, then, wait};
use super::driver::Driver;
use super::random::{Builder, plain};
use crate::{EndKind, Input, Note, Status};

fn event(kind: &str, id: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "type": kind, "id": id, "source": "/test", "data": data})
}

fn of(kind: &str) -> Filter {
    Filter {
        with: vec![("type".to_owned(), Test::Equals(json!(kind)))],
        correlate: Vec::new(),
    }
}

fn any(filters: Vec<Filter>, until: Option<Until>) -> Strategy {
    Strategy::Any { filters, until }
}

fn listening(to: Strategy, read: Read, foreach: Option<Foreach>) -> Task {
    plain(
        "listen",
        "/do/0/listen",
        TaskKind::Listen(Listen { to, read, foreach }),
    )
}

fn listen(to: Strategy) -> Deployed {
    finish(builder(), vec![listening(to, Read::Data, None)])
}

fn foreach(body: Option<segue_model::ir::BlockId>) -> Foreach {
    Foreach {
        item: "item".to_owned(),
        at: "index".to_owned(),
        body,
        output: Output::default(),
        export: Export::default(),
    }
}

/// Publishes events one after the other, each offered before the next comes.
fn publish(driver: &mut Driver, events: &[Value]) {
    for event in events {
        driver.publish(event.clone());
        driver.offer_all();
    }
}

#[test]
fn the_output_of_emit_is_the_event_and_it_goes_out() {
    let mut builder = builder();
    let data = Template::Expr(builder.expr(".n", &[]));
    let event = Template::Object(vec![
        ("type".to_owned(), Template::Literal(json!("t.made"))),
        ("data".to_owned(), data),
        ("subject".to_owned(), Template::Literal(Value::Null)),
    ]);
    let emit = plain("emit", "/do/0/emit", TaskKind::Emit(Emit { event }));
    let driver = started(finish(builder, vec![emit]));
    let output = driver.output();
    assert_eq!(
        driver.inbox,
        std::slice::from_ref(&output),
        "it feeds the inbox of this host too"
    );
    assert_eq!(output["specversion"], "1.0");
    assert_eq!(output["source"], "/test/random/1.0.0");
    assert_eq!(output["time"], driver.now.rfc3339());
    assert_eq!(output["data"], json!(0));
    assert_eq!(output["id"].as_str().unwrap().len(), 32);
    assert!(output.get("subject").is_none(), "null is no attribute");
}

#[test]
fn what_the_author_gives_wins_and_what_is_no_event_is_refused() {
    let emit = |event: Value| {
        let event = Template::Literal(event);
        let task = plain("emit", "/do/0/emit", TaskKind::Emit(Emit { event }));
        started(finish(builder(), vec![task]))
    };
    let given = json!({"type": "t", "id": "1", "source": "urn:me", "time": "2025-01-01T00:00:00Z", "level": 3});
    let output = emit(given.clone()).output();
    for (name, value) in given.as_object().unwrap() {
        assert_eq!(&output[name], value);
    }
    let longest = json!({"type": "t".repeat(EVENT_NAME_BYTES_MAX)});
    assert_eq!(emit(longest.clone()).output()["type"], longest["type"]);
    for wrong in [
        json!(1),
        json!({}),
        json!({"type": ""}),
        json!({"type": "t", "id": 5}),
        json!({"type": "t", "Upper": 1}),
        json!({"type": "t", "deep": {}}),
        json!({"type": "t", "specversion": "0.3"}),
        json!({"type": "t".repeat(EVENT_NAME_BYTES_MAX + 1)}),
        json!({"type": "t", "source": "s".repeat(EVENT_NAME_BYTES_MAX + 1)}),
        json!({"type": "t", "id": "i".repeat(EVENT_NAME_BYTES_MAX + 1)}),
    ] {
        let driver = emit(wrong.clone());
        assert!(driver.problem().is(Kind::Validation), "{wrong}");
        assert!(driver.inbox.is_empty());
    }
}

#[test]
fn an_event_made_again_by_a_retry_has_the_same_id() {
    let mut builder = builder();
    let event = Template::Literal(json!({"type": "t"}));
    let emit = plain(
        "emit",
        "/do/0/try/try/0/emit",
        TaskKind::Emit(Emit { event }),
    );
    let body = builder.add_block(vec![emit, call("a", super::build::EFFECTFUL)]);
    let catch = super::build::catch(Some(Default::default()));
    let kind = TaskKind::Try { body, catch };
    let mut driver = started(finish(builder, vec![plain("try", "/do/0/try", kind)]));
    driver.end_attempt(0, super::build::step_error(true));
    driver.fire_next();
    let emitted = driver
        .notes()
        .filter(|n| matches!(n, Note::Emitted { .. }))
        .count();
    assert_eq!((emitted, driver.inbox.len()), (2, 1), "accepted once");
}

#[test]
fn the_output_of_listen_is_an_array_even_for_one() {
    let mut driver = started(listen(Strategy::One(of("a"))));
    assert_eq!(driver.run.status(), Status::Waiting);
    assert!(!driver.run.is_in_flight());
    publish(
        &mut driver,
        &[event("b", "1", json!(1)), event("a", "2", json!(2))],
    );
    assert_eq!(driver.output(), json!([2]));
    assert!(driver.listeners.is_empty());
    assert_eq!(
        driver.consumed.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
        [2]
    );
}

#[test]
fn an_event_that_overtakes_the_task_is_not_lost() {
    let mut driver = started(finish(
        builder(),
        vec![
            call("a", PURE),
            listening(Strategy::One(of("a")), Read::Data, None),
        ],
    ));
    driver.publish(event("a", "1", json!("early")));
    driver.offer_all();
    driver.complete(json!(1));
    driver.offer_all();
    assert_eq!(driver.output(), json!(["early"]));
}

#[test]
fn read_chooses_what_of_an_event_goes_on() {
    for (read, index) in [(Read::Data, 0), (Read::Envelope, 1), (Read::Raw, 2)] {
        let event = event("a", "1", json!({"x": 1}));
        let expected = [json!({"x": 1}), event.clone(), json!(event.to_string())];
        let task = listening(Strategy::One(of("a")), read, None);
        let mut driver = started(finish(builder(), vec![task]));
        publish(&mut driver, &[event]);
        assert_eq!(driver.output(), json!([expected[index]]));
    }
    let task = listening(Strategy::One(of("a")), Read::Data, None);
    let mut driver = started(finish(builder(), vec![task]));
    publish(
        &mut driver,
        &[json!({"type": "a", "id": "1", "source": "/"})],
    );
    assert_eq!(driver.output(), json!([null]), "an event without data");
}

#[test]
fn all_takes_one_event_for_each_filter_in_order_of_arrival() {
    let mut driver = started(listen(Strategy::All(vec![of("a"), of("b")])));
    publish(
        &mut driver,
        &[event("b", "1", json!("b1")), event("b", "2", json!("b2"))],
    );
    driver.crash();
    publish(&mut driver, &[event("a", "3", json!("a"))]);
    assert_eq!(driver.output(), json!(["b1", "a"]));
    assert_eq!(
        driver.consumed.len(),
        2,
        "the second b is still there for others"
    );
}

#[test]
fn any_without_until_takes_the_first_and_no_filter_is_any_event() {
    let mut driver = started(listen(any(vec![of("a"), of("b")], None)));
    publish(
        &mut driver,
        &[event("c", "1", json!(1)), event("b", "2", json!(2))],
    );
    assert_eq!(driver.output(), json!([2]));

    let mut driver = started(listen(any(Vec::new(), None)));
    assert_eq!(
        driver.listeners.values().next().unwrap().0,
        None,
        "of any type"
    );
    publish(&mut driver, &[event("whatever", "1", json!(1))]);
    assert_eq!(driver.output(), json!([1]));
}

#[test]
fn until_sees_the_events_consumed_so_far() {
    let mut builder = builder();
    let until = Until::When(builder.expr("(. | length) > 2 or (last | . == \"stop\")", &[]));
    let task = listening(any(vec![of("a")], Some(until)), Read::Data, None);
    let deployed = finish(builder, vec![task]);
    let mut driver = started(deployed.clone());
    publish(
        &mut driver,
        &[event("a", "1", json!(1)), event("a", "2", json!(2))],
    );
    assert!(driver.end().is_none());
    driver.crash();
    publish(&mut driver, &[event("a", "3", json!(3))]);
    assert_eq!(driver.output(), json!([1, 2, 3]));

    let mut driver = started(deployed);
    publish(&mut driver, &[event("a", "1", json!("stop"))]);
    assert_eq!(driver.output(), json!(["stop"]));
}

#[test]
fn a_listener_takes_no_event_twice_whatever_its_host_remembers() {
    let until = Until::Events(Box::new(Strategy::One(of("x"))));
    let mut driver = started(listen(any(vec![of("a")], Some(until))));
    let events = [
        event("a", "1", json!(1)),
        event("b", "2", json!(2)),
        event("a", "3", json!(3)),
    ];
    publish(&mut driver, &events);
    driver.crash();
    let [listen] = driver.run.listening()[..] else {
        panic!()
    };
    assert_eq!(driver.run.heard(listen), 3);
    for (number, event) in (1..).zip(events) {
        let input = Input::Event {
            listen,
            number,
            event: event.into(),
        };
        assert!(!driver.run.expects(&input), "{number}");
    }
    publish(&mut driver, &[event("x", "4", json!(4))]);
    assert_eq!(driver.output(), json!([1, 3]));
}

#[test]
fn events_of_until_end_the_listening_and_are_not_part_of_the_output() {
    let until = Until::Events(Box::new(Strategy::All(vec![of("x"), of("y")])));
    let mut driver = started(listen(any(Vec::new(), Some(until))));
    publish(
        &mut driver,
        &[
            event("a", "1", json!(1)),
            event("x", "2", json!(2)),
            event("b", "3", json!(3)),
        ],
    );
    assert!(driver.end().is_none());
    publish(&mut driver, &[event("y", "4", json!(4))]);
    assert_eq!(driver.output(), json!([1, 3]));
}

fn with(name: &str, test: Test) -> Filter {
    Filter {
        with: vec![(name.to_owned(), test)],
        correlate: Vec::new(),
    }
}

/// Which of some events a filter takes.
fn taken(builder: Builder, filter: Filter, events: &[Value]) -> Vec<bool> {
    let task = listening(Strategy::One(filter), Read::Data, None);
    let driver = started(finish(builder, vec![task]));
    let [listen] = driver.run.listening()[..] else {
        panic!()
    };
    events
        .iter()
        .map(|event| driver.run.wants(&driver.plan, listen, event))
        .collect()
}

#[test]
fn a_string_is_exact_and_a_regular_expression_is_held_to_the_whole_text() {
    let events = ["com.a", "com.ab", "xcom.a"].map(|kind| event(kind, "1", json!(1)));
    let exact = with("type", Test::Equals(json!("com.a")));
    assert_eq!(taken(builder(), exact, &events), [true, false, false]);
    let pattern = with("type", Test::Matches("^com\\.a|b$".to_owned()));
    assert_eq!(taken(builder(), pattern, &events), [true, false, false]);
    let pattern = with("type", Test::Matches("^com\\..*$".to_owned()));
    assert_eq!(taken(builder(), pattern, &events), [true, true, false]);
}

#[test]
fn an_expression_is_a_predicate_where_boolean_and_else_equality() {
    let events = [json!({"t": 39}), json!({"t": 37})].map(|data| event("a", "1", data));
    let mut b = builder();
    let hot = with("data", Test::Expr(b.expr(".t > 38", &[])));
    assert_eq!(taken(b, hot, &events), [true, false]);
    let mut b = builder();
    let equal = with("data", Test::Expr(b.expr("{t: 37.0}", &[])));
    assert_eq!(taken(b, equal, &events), [false, true]);
    let mut b = builder();
    let missing = with("subject", Test::Expr(b.expr(". == null", &[])));
    assert_eq!(
        taken(b, missing, &events),
        [true, true],
        "a missing attribute is null"
    );
}

#[test]
fn a_pattern_that_is_none_is_found_before_anything_runs() {
    let filter = with("type", Test::Matches("^(a$".to_owned()));
    let deployed = listen(Strategy::One(filter));
    let error = crate::Plan::new(std::sync::Arc::new(deployed)).unwrap_err();
    assert!(matches!(error, crate::PlanError::Pattern { .. }));
}

#[test]
fn an_event_whose_filter_fails_is_the_tasks_error_and_gone() {
    let mut builder = builder();
    let mut filter = of("a");
    filter
        .with
        .push(("data".to_owned(), Test::Expr(builder.expr(".x.y", &[]))));
    let task = listening(Strategy::One(filter), Read::Data, None);
    let mut driver = started(finish(builder, vec![task]));
    publish(&mut driver, &[event("b", "1", json!("text"))]);
    assert!(
        driver.end().is_none(),
        "only events of the type meet the expression"
    );
    publish(&mut driver, &[event("a", "2", json!("text"))]);
    let problem = driver.problem();
    assert!(problem.is(Kind::Expression));
    assert_eq!(problem.instance.as_deref(), Some("/do/0/listen"));
    assert_eq!(driver.consumed.len(), 1);
}

fn correlated(builder: &mut Builder, kind: &str, expect: Option<Template>) -> Filter {
    let correlation = Correlation {
        key: "room".to_owned(),
        from: builder.expr(".roomid", &[]),
        expect,
    };
    Filter {
        correlate: vec![correlation],
        ..of(kind)
    }
}

fn in_room(kind: &str, id: &str, room: Value) -> Value {
    let mut event = event(kind, id, json!(id));
    event["roomid"] = room;
    event
}

#[test]
fn without_expect_the_first_value_binds_the_key_for_all_filters() {
    let mut builder = builder();
    let filters = vec![
        correlated(&mut builder, "a", None),
        correlated(&mut builder, "b", None),
    ];
    let task = listening(Strategy::All(filters), Read::Data, None);
    let mut driver = started(finish(builder, vec![task]));
    publish(
        &mut driver,
        &[
            event("a", "no room", json!(0)),
            in_room("a", "1", json!(7)),
            in_room("b", "2", json!(8)),
            in_room("b", "3", json!(7)),
        ],
    );
    assert_eq!(driver.output(), json!(["1", "3"]));
    let correlated = driver.notes().find_map(|note| match note {
        Note::Correlated { keys, .. } => Some(keys.clone()),
        _ => None,
    });
    assert_eq!(json!(correlated), json!({"room": 7}));
}

#[test]
fn expect_is_settled_when_the_task_begins() {
    let mut builder = builder();
    let expect = Template::Expr(builder.expr(".n", &[]));
    let filter = correlated(&mut builder, "a", Some(expect));
    let task = listening(Strategy::One(filter), Read::Data, None);
    let mut driver = started(finish(builder, vec![task]));
    publish(
        &mut driver,
        &[in_room("a", "1", json!(5)), in_room("a", "2", json!(0))],
    );
    assert_eq!(driver.output(), json!(["2"]));
}

#[test]
fn keys_hold_for_one_activation_of_the_task() {
    let mut builder = builder();
    let filter = correlated(&mut builder, "a", None);
    let mut task = listening(Strategy::One(filter), Read::Data, None);
    task.then = Flow::Task(0);
    let mut driver = started(finish(builder, vec![task]));
    publish(
        &mut driver,
        &[in_room("a", "1", json!(5)), in_room("a", "2", json!(6))],
    );
    assert_eq!(
        driver.consumed.len(),
        2,
        "another room in the next activation"
    );
}

#[test]
fn two_listeners_at_once_both_get_an_event_and_a_later_one_does_not() {
    let mut builder = builder();
    let two = ["x", "y"].map(|name| Task {
        name: name.to_owned(),
        ..listening(Strategy::One(of("a")), Read::Data, None)
    });
    let task = fork(&mut builder, two.into(), false);
    let later = listening(Strategy::One(of("a")), Read::Data, None);
    let mut driver = started(finish(builder, vec![task, later]));
    publish(&mut driver, &[event("a", "1", json!(1))]);
    assert!(driver.end().is_none(), "the later one waits for another");
    publish(&mut driver, &[event("a", "2", json!(2))]);
    assert_eq!(driver.output(), json!([2]));
}

#[test]
fn foreach_runs_for_one_event_at_a_time_in_order() {
    let mut builder = builder();
    let body = builder.add_block(vec![call("each", PURE)]);
    let mut each = foreach(Some(body));
    let names = ["item", "index", "output", "context"];
    each.output.transform = Some(Template::Expr(
        builder.expr("[., $item, $index]", &["item", "index"]),
    ));
    each.export.transform = Some(Template::Expr(
        builder.expr("$context + [$output[0]]", &names),
    ));
    let until = Until::When(builder.expr("length == 2", &[]));
    let task = listening(any(vec![of("a")], Some(until)), Read::Data, Some(each));
    builder.workflow.output.transform =
        Some(Template::Expr(builder.expr("[., $context]", &["context"])));
    let mut driver = started(finish(builder, vec![task]));
    publish(
        &mut driver,
        &[event("a", "1", json!("e1")), event("a", "2", json!("e2"))],
    );
    assert_eq!(driver.in_flight.len(), 1, "the second waits for the first");
    assert!(driver.run.listening().is_empty());
    assert_eq!(driver.in_flight[0].input.value(), &json!("e1"));
    driver.crash();
    driver.complete(json!("o1"));
    driver.offer_all();
    assert_eq!(driver.in_flight[0].input.value(), &json!("e2"));
    driver.complete(json!("o2"));
    assert_eq!(
        driver.output(),
        json!([[["o1", "e1", 0], ["o2", "e2", 1]], ["o1", "o2"]])
    );
}

#[test]
fn exit_in_foreach_ends_the_listening_with_this_iteration() {
    let mut builder = builder();
    let leave = then(set("leave", json!("left")), Flow::Exit);
    let body = builder.add_block(vec![leave, set("never", json!(0))]);
    let until = Until::When(builder.expr("false", &[]));
    let task = listening(
        any(vec![of("a")], Some(until)),
        Read::Data,
        Some(foreach(Some(body))),
    );
    let mut driver = started(finish(builder, vec![task]));
    publish(&mut driver, &[event("a", "1", json!(1))]);
    assert_eq!(driver.output(), json!(["left"]));
    assert!(driver.listeners.is_empty());
}

#[test]
fn exit_of_an_inner_list_leaves_only_that() {
    let mut builder = builder();
    let inner = block(
        &mut builder,
        "inner",
        vec![then(set("a", json!("a")), Flow::Exit)],
    );
    let body = builder.add_block(vec![inner]);
    let until = Until::When(builder.expr("length == 2", &[]));
    let task = listening(
        any(vec![of("a")], Some(until)),
        Read::Data,
        Some(foreach(Some(body))),
    );
    let mut driver = started(finish(builder, vec![task]));
    publish(
        &mut driver,
        &[event("a", "1", json!(1)), event("a", "2", json!(2))],
    );
    assert_eq!(driver.output(), json!(["a", "a"]));
}

#[test]
fn foreach_without_a_block_transforms_the_events() {
    let mut builder = builder();
    let mut each = foreach(None);
    each.output.transform = Some(Template::Expr(builder.expr(". * 10 + $index", &["index"])));
    let task = listening(
        Strategy::All(vec![of("a"), of("a")]),
        Read::Data,
        Some(each),
    );
    let mut driver = started(finish(builder, vec![task]));
    publish(
        &mut driver,
        &[event("a", "1", json!(1)), event("a", "2", json!(2))],
    );
    assert_eq!(driver.output(), json!([10, 21]));
}

#[test]
fn a_timeout_stops_the_listening() {
    let mut task = listening(Strategy::One(of("a")), Read::Data, None);
    task.timeout = Some(segue_model::ir::Duration::Fixed(
        segue_model::Span::from_ms(5),
    ));
    let mut driver = started(finish(builder(), vec![task]));
    driver.fire_next();
    assert!(driver.problem().is(Kind::Timeout));
    assert!(driver.listeners.is_empty());
}

#[test]
fn the_loser_of_a_race_stops_listening() {
    let mut builder = builder();
    let ear = listening(any(vec![of("a")], None), Read::Data, None);
    let task = fork(&mut builder, vec![ear, wait("b", 5)], true);
    let mut driver = started(finish(builder, vec![task]));
    driver.fire_next();
    assert_eq!(driver.output(), json!({"n": 0}));
    assert!(driver.listeners.is_empty());
    let lost = |note: &&Note| matches!(note, Note::TaskEnded { task, end: EndKind::Cancelled, .. } if task == "/do/0/listen");
    assert_eq!(driver.notes().filter(lost).count(), 1);
}

#[test]
fn all_of_nothing_is_there_at_once() {
    assert_eq!(
        started(listen(Strategy::All(Vec::new()))).output(),
        json!([])
    );
}
