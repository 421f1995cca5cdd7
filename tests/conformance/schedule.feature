Feature: Schedules
  Runs that begin by themselves.

  Scenario: Every so often a run begins
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-so-often-a-run-begins, version: '1.0.0'}
    schedule: {every: {milliseconds: 300}}
    do:
      - tick:
          set: {ticked: true}
    """
    When the workflow is deployed
    Then 2 runs of 'every-so-often-a-run-begins' should complete with output:
    """yaml
    ticked: true
    """

  Scenario: Runs of a schedule may overlap
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: runs-of-a-schedule-may-overlap, version: '1.0.0'}
    schedule: {every: {milliseconds: 200}}
    do:
      - slow:
          listen: {to: {one: {with: {type: com.example.overlapping.v1}}}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: overlap-other, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 1200}
      - release:
          emit: {event: {with: {type: com.example.overlapping.v1}}}
    """
    When the workflow is deployed
    And the workflow 'overlap-other' is executed
    Then 2 runs of 'runs-of-a-schedule-may-overlap' should complete

  Scenario: A schedule may forbid overlapping
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: test
      name: a-schedule-may-forbid-overlapping
      version: '1.0.0'
      metadata: {segue: {schedule: {overlap: skip}}}
    schedule: {every: {milliseconds: 100}}
    do:
      - slow:
          wait: PT10M
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: no-overlap-other, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 800}
    """
    When the workflow is deployed
    And the workflow 'no-overlap-other' is executed
    Then exactly 1 runs of 'a-schedule-may-forbid-overlapping' should exist

  Scenario: After the end of one run the next one begins
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: after-the-end-of-one-run-the-next-one-begins, version: '1.0.0'}
    schedule: {after: {milliseconds: 200}}
    do:
      - tick:
          set: {ticked: true}
    """
    When the workflow is deployed
    Then 2 runs of 'after-the-end-of-one-run-the-next-one-begins' should complete

  Scenario: After a run that faulted the next one begins too
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: after-a-run-that-faulted-the-next-one-begins-too, version: '1.0.0'}
    schedule: {after: {milliseconds: 100}}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/flaky/schedule-after/1'}
    """
    When the workflow is deployed
    Then 1 runs of 'after-a-run-that-faulted-the-next-one-begins-too' should complete

  Scenario: An event starts a run with the list of events as its input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-starts-a-run-with-the-list-of-events-as-i, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.start.v1}}
    do:
      - look:
          set: {input: '${ . }', raw: '${ $workflow.input }'}
    """
    When the workflow is deployed
    And the event is published:
    """yaml
    type: com.example.start.v1
    data: {n: 1}
    """
    Then 1 runs of 'an-event-starts-a-run-with-the-list-of-events-as-i' should complete with output:
    """yaml
    input: [{n: 1}]
    raw: [{n: 1}]
    """

  Scenario: A schedule that reads envelopes gets whole events
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-schedule-that-reads-envelopes-gets-whole-events, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.start-envelope.v1}}
      read: envelope
    do:
      - look:
          set: {type: '${ .[0].type }', data: '${ .[0].data }'}
    """
    When the workflow is deployed
    And the event is published:
    """yaml
    type: com.example.start-envelope.v1
    data: {n: 1}
    """
    Then 1 runs of 'a-schedule-that-reads-envelopes-gets-whole-events' should complete with output:
    """yaml
    type: com.example.start-envelope.v1
    data: {n: 1}
    """

  Scenario: Each event starts a run of its own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: each-event-starts-a-run-of-its-own, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.start-each.v1}}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is deployed
    And the event is published:
    """yaml
    type: com.example.start-each.v1
    """
    And the event is published:
    """yaml
    type: com.example.start-each.v1
    """
    Then 2 runs of 'each-event-starts-a-run-of-its-own' should complete

  Scenario: An event that comes twice starts one run
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-that-comes-twice-starts-one-run, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.start-once.v1}}
    do:
      - look:
          set: '${ . }'
    """
    When the workflow is deployed
    And the event is published:
    """yaml
    id: same
    source: /suite/start
    type: com.example.start-once.v1
    data: 1
    """
    And the event is published:
    """yaml
    id: same
    source: /suite/start
    type: com.example.start-once.v1
    data: 1
    """
    And the event is published:
    """yaml
    id: last
    source: /suite/start
    type: com.example.start-once.v1
    data: 1
    """
    Then 2 runs of 'an-event-that-comes-twice-starts-one-run' should complete with output:
    """yaml
    [1]
    """
    And exactly 2 runs of 'an-event-that-comes-twice-starts-one-run' should exist

  Scenario: Two events together may start a run
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-events-together-may-start-a-run, version: '1.0.0'}
    schedule:
      on:
        all:
          - with: {type: com.example.start-left.v1}
          - with: {type: com.example.start-right.v1}
    do:
      - look:
          set: {events: '${ length }'}
    """
    When the workflow is deployed
    And the event is published:
    """yaml
    type: com.example.start-left.v1
    """
    And the event is published:
    """yaml
    type: com.example.start-right.v1
    """
    Then 1 runs of 'two-events-together-may-start-a-run' should complete with output:
    """yaml
    events: 2
    """

  Scenario: A workflow that takes data for an envelope is warned about
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-that-takes-data-for-an-envelope-is-warn, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.start-lint.v1}}
    do:
      - look:
          set: {n: '${ $workflow.input[0].data.patient }'}
    """
    Then the workflow should be accepted
    And a warning should mention 'read'

  Scenario: A workflow with a schedule may be started by hand too
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-with-a-schedule-may-be-started-by-hand, version: '1.0.0'}
    schedule: {cron: '0 0 1 1 *'}
    do:
      - look:
          set: {n: '${ .n }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: A cron expression that is none is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-cron-expression-that-is-none-is-refused, version: '1.0.0'}
    schedule: {cron: '99 * * * *'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'cron'

  Scenario: A time zone may be named
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: test
      name: a-time-zone-may-be-named
      version: '1.0.0'
      metadata: {segue: {schedule: {timezone: Europe/Berlin}}}
    schedule: {cron: '0 3 * * *'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be accepted

  Scenario: A time zone that does not exist is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: test
      name: a-time-zone-that-does-not-exist
      version: '1.0.0'
      metadata: {segue: {schedule: {timezone: Europe/Atlantis}}}
    schedule: {cron: '0 3 * * *'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'Atlantis'

  Scenario: A policy for missed runs that does not exist is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: test
      name: a-policy-for-missed-runs
      version: '1.0.0'
      metadata: {segue: {schedule: {catchUp: some}}}
    schedule: {every: PT1H}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'some'

  Scenario: Reading without events is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: reading-without-events-is-refused, version: '1.0.0'}
    schedule: {every: PT1H, read: data}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'read'

  Scenario: Two kinds of schedule at once are refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-kinds-of-schedule-at-once-are-refused, version: '1.0.0'}
    schedule: {every: PT1H, cron: '0 0 * * *'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused

  @alone
  Scenario: A schedule goes on after its host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-schedule-goes-on-after-its-host-was-killed, version: '1.0.0'}
    schedule: {every: {milliseconds: 500}}
    do:
      - tick:
          set: {ticked: true}
    """
    When the workflow is deployed
    Then 1 runs of 'a-schedule-goes-on-after-its-host-was-killed' should complete
    When the host is killed and started again
    Then 3 runs of 'a-schedule-goes-on-after-its-host-was-killed' should complete

  Scenario: A newer version ends the schedule of the older one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-newer-version-ends-the-schedule, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.versions.v1}}
    do:
      - look:
          set: {version: 1}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-newer-version-ends-the-schedule, version: '2.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.versions.v1}}
    do:
      - look:
          set: {version: 2}
    """
    When the workflow is deployed
    And the event is published:
    """yaml
    type: com.example.versions.v1
    """
    Then 1 runs of 'a-newer-version-ends-the-schedule' should complete with output:
    """yaml
    version: 2
    """
    And exactly 1 runs of 'a-newer-version-ends-the-schedule' should exist
