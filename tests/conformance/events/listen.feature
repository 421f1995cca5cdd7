Feature: Listen
  Which events a workflow takes, when, and what it gets of them.

  Scenario: One event gives a list of one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: one-event-gives-a-list-of-one, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.one.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.one.v1
    data: {n: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [{n: 1}]
    """

  Scenario: The list of one is transformed like any list
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-list-of-one-is-transformed-like-any-list, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.first.v1}}
          output: {as: '.[0].n'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.first.v1
    data: {n: 1}
    """
    Then the workflow should complete with output:
    """yaml
    1
    """

  Scenario: A transformation that takes the list for its event is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-transformation-that-takes-the-list-for-its-event, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.not-a-list.v1}}
          output: {as: .n}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.not-a-list.v1
    data: {n: 1}
    """
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/hear
    """

  Scenario: An envelope is the whole event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-envelope-is-the-whole-event, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.envelope.v1}}
            read: envelope
          output: {as: '.[0] | {id, source, type, specversion, subject, roomid, data}'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    id: e-1
    source: /suite/envelope
    type: com.example.envelope.v1
    subject: Ada
    roomid: kitchen
    data: {n: 1}
    """
    Then the workflow should complete with output:
    """yaml
    id: e-1
    source: /suite/envelope
    type: com.example.envelope.v1
    specversion: '1.0'
    subject: Ada
    roomid: kitchen
    data: {n: 1}
    """

  Scenario: A raw event is its text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raw-event-is-its-text, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.raw.v1}}
            read: raw
          output: {as: '.[0] | {kind: type, event: (fromjson | {type, data})}'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.raw.v1
    data: {n: 1}
    """
    Then the workflow should complete with output:
    """yaml
    kind: string
    event: {type: com.example.raw.v1, data: {n: 1}}
    """

  Scenario: An event without data is null
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-without-data-is-null, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.no-data.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.no-data.v1
    """
    Then the workflow should complete with output:
    """yaml
    [null]
    """

  Scenario: Any is content with the first event that matches one of its filters
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: any-is-content-with-the-first-event-that-matches-o, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.any-a.v1}
                - with: {type: com.example.any-b.v1}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.any-other.v1
    data: {n: 0}
    """
    And the event is published:
    """yaml
    type: com.example.any-b.v1
    data: {n: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [{n: 1}]
    """

  Scenario: All waits for one event of each filter and gives them as they came
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: all-waits-for-one-event-of-each-filter-and-gives-t, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              all:
                - with: {type: com.example.all-a.v1}
                - with: {type: com.example.all-b.v1}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.all-b.v1
    data: {n: 2}
    """
    And the event is published:
    """yaml
    type: com.example.all-b.v1
    data: {n: 3}
    """
    And the event is published:
    """yaml
    type: com.example.all-a.v1
    data: {n: 1}
    """
    Then the workflow should complete with output:
    """yaml
    [{n: 2}, {n: 1}]
    """

  Scenario: Any until a condition takes events until it holds
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: any-until-a-condition-takes-events-until-it-holds, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.until.v1}
              until: '( . | length ) > 2'
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.until.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.until.v1
    data: 2
    """
    And the event is published:
    """yaml
    type: com.example.until.v1
    data: 3
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3]
    """

  Scenario: The condition of until may look into the events
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-condition-of-until-may-look-into-the-events, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.until-data.v1}
              until: ${ any(.[]; . == "stop") }
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.until-data.v1
    data: go
    """
    And the event is published:
    """yaml
    type: com.example.until-data.v1
    data: stop
    """
    Then the workflow should complete with output:
    """yaml
    [go, stop]
    """

  Scenario: A condition of until that gives no boolean is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-of-until-that-gives-no-boolean-is-an-e, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.until-number.v1}
              until: length
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.until-number.v1
    data: 1
    """
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/hear
    """

  Scenario: Any until an event does not give that event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: any-until-an-event-does-not-give-that-event, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.measured.v1}
              until:
                one: {with: {type: com.example.left.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.measured.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.measured.v1
    data: 2
    """
    And the event is published:
    """yaml
    type: com.example.left.v1
    data: bye
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: An until inside of an until is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-until-inside-of-an-until-is-refused, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.a.v1}
              until:
                any:
                  - with: {type: com.example.b.v1}
                until: 'true'
    """
    Then the workflow should be refused
    And the diagnostic should mention 'until'

  @alone
  Scenario: Any without filters takes every event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: any-without-filters-takes-every-event, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any: []
              until: length == 2
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.everything-a.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.everything-b.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: A filter may be a predicate over data
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-may-be-a-predicate-over-data, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one:
                with:
                  type: com.example.temperature.v1
                  data: ${ .temperature > 38 }
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.temperature.v1
    data: {temperature: 37}
    """
    And the event is published:
    """yaml
    type: com.example.temperature.v1
    data: {temperature: 39}
    """
    Then the workflow should complete with output:
    """yaml
    [{temperature: 39}]
    """

  Scenario: A filter's expression that gives no boolean is compared
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-s-expression-that-gives-no-boolean-is-com, version: '1.0.0'}
    do:
      - remember:
          set: {order: o-1}
          export: {as: .}
      - hear:
          listen:
            to:
              one:
                with:
                  type: com.example.compared.v1
                  subject: ${ $context.order }
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.compared.v1
    subject: o-2
    data: 2
    """
    And the event is published:
    """yaml
    type: com.example.compared.v1
    subject: o-1
    data: 1
    """
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  Scenario: A filter's text is compared exactly
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-s-text-is-compared-exactly, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.exact.*}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.exact.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.exact.*
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: A filter's text is a regular expression when it is anchored
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-s-text-is-a-regular-expression-when-it-is, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: '^com\.example\.anchored\..*$'}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: org.example.anchored.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.anchored.v7
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: A filter may name an attribute of one's own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-may-name-an-attribute-of-one-s-own, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.room.v1, roomid: kitchen}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.room.v1
    roomid: hall
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.room.v1
    roomid: kitchen
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: A filter's literal data is compared
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-s-literal-data-is-compared, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.literal.v1, data: {kind: wanted}}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.literal.v1
    data: {kind: other}
    """
    And the event is published:
    """yaml
    type: com.example.literal.v1
    data: {kind: wanted}
    """
    Then the workflow should complete with output:
    """yaml
    [{kind: wanted}]
    """

  Scenario: A filter without with is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-without-with-is-refused, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {correlate: {room: {from: .roomid}}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'with'

  Scenario: An event that comes before the listening begins is not lost
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-that-comes-before-the-listening-begins-is, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 700}
      - hear:
          listen:
            to:
              one: {with: {type: com.example.overtaking.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the event is published:
    """yaml
    type: com.example.overtaking.v1
    data: early
    """
    Then the workflow should complete with output:
    """yaml
    [early]
    """

  Scenario: An event from before the run is not offered
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-from-before-the-run-is-not-offered, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.before.v1}}
    """
    When the event is published:
    """yaml
    type: com.example.before.v1
    data: before
    """
    And the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.before.v1
    data: after
    """
    Then the workflow should complete with output:
    """yaml
    [after]
    """

  Scenario: An event that comes twice counts once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-that-comes-twice-counts-once, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.twice.v1}
              until: length == 2
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    id: same
    source: /suite/twice
    type: com.example.twice.v1
    data: 1
    """
    And the event is published:
    """yaml
    id: same
    source: /suite/twice
    type: com.example.twice.v1
    data: 1
    """
    And the event is published:
    """yaml
    id: other
    source: /suite/twice
    type: com.example.twice.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: One id of two sources is two events
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: one-id-of-two-sources-is-two-events, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.sources.v1}
              until: length == 2
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    id: same
    source: /suite/a
    type: com.example.sources.v1
    data: 1
    """
    And the event is published:
    """yaml
    id: same
    source: /suite/b
    type: com.example.sources.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: Two listeners that are active at once both get an event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-listeners-that-are-active-at-once-both-get-an, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  listen:
                    to:
                      one: {with: {type: com.example.broadcast.v1}}
              - two:
                  listen:
                    to:
                      one: {with: {type: com.example.broadcast.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'two'
    And the event is published:
    """yaml
    type: com.example.broadcast.v1
    data: 1
    """
    Then the workflow should complete with output:
    """yaml
    [[1], [1]]
    """

  Scenario: A listener gets nothing again that its run has taken
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-listener-gets-nothing-again-that-its-run-has-tak, version: '1.0.0'}
    do:
      - first:
          listen:
            to:
              one: {with: {type: com.example.taken.v1}}
          export: {as: .}
      - second:
          listen:
            to:
              one: {with: {type: com.example.taken.v1}}
          output: {as: '{first: $context, second: .}'}
    """
    When the workflow is executed
    And the workflow has reached 'first'
    And the event is published:
    """yaml
    type: com.example.taken.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.taken.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    first: [1]
    second: [2]
    """

  Scenario: Events that came first are taken first
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: events-that-came-first-are-taken-first, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 700}
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.order.v1}
              until: length == 3
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the event is published:
    """yaml
    type: com.example.order.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.order.v1
    data: 2
    """
    And the event is published:
    """yaml
    type: com.example.order.v1
    data: 3
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3]
    """

  Scenario: Two runs both get an event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-runs-both-get-an-event, version: '1.0.0'}
    do:
      - begin:
          run:
            await: false
            workflow: {namespace: test, name: other-listener, version: '1.0.0'}
      - hear:
          listen:
            to:
              one: {with: {type: com.example.two-runs.v1}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: other-listener, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.two-runs.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.two-runs.v1
    data: 1
    """
    Then the workflow should complete with output:
    """yaml
    [1]
    """
    And 1 runs of 'other-listener' should complete with output:
    """yaml
    [1]
    """

  Scenario: A listen that gets nothing in time times out
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-listen-that-gets-nothing-in-time-times-out, version: '1.0.0'}
    do:
      - hear:
          timeout: {after: {milliseconds: 200}}
          listen:
            to:
              one: {with: {type: com.example.never.v1}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/hear
    """

  Scenario: A run that was cancelled hears nothing any more
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-run-that-was-cancelled-hears-nothing-any-more, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.cancelled.v1}}
      - never:
          set: {n: 1}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the workflow is cancelled
    And the event is published:
    """yaml
    type: com.example.cancelled.v1
    """
    Then the workflow should be cancelled
    And never should run never
