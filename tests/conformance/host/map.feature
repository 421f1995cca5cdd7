Feature: Map
  A function of the host's own catalog: a run for each item of a list.

  Scenario: The output is the list of outputs in the order of the items
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-is-the-list-of-outputs-in-the-order-of, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-doubles, version: '1.0.0'}
            items: ${ .numbers }
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-doubles, version: '1.0.0'}
    do:
      - look:
          set: '${ . * 2 }'
    """
    And given the workflow input is:
    """yaml
    numbers: [3, 1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [6, 2, 4]
    """

  Scenario: The input of a run may be computed with the item and its index
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-input-of-a-run-may-be-computed-with-the-item-a, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-echoes, version: '1.0.0'}
            items: ${ .names }
            input: {name: '${ $item }', at: '${ $index }'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-echoes, version: '1.0.0'}
    do:
      - look:
          set: '${ "\(.at):\(.name)" }'
    """
    And given the workflow input is:
    """yaml
    names: [a, b]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ['0:a', '1:b']
    """

  Scenario: An empty list starts nothing
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-empty-list-starts-nothing, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-nothing, version: '1.0.0'}
            items: ${ [] }
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-nothing, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    []
    """
    And exactly 0 runs of 'map-nothing' should exist

  Scenario: What is no list is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-is-no-list-is-an-error-of-the-task, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-no-list, version: '1.0.0'}
            items: '${ {a: 1} }'
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-no-list, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/each
    """

  Scenario: The first failure is the task's, where none is tolerated
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-first-failure-is-the-task-s-where-none-is-tole, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-fails, version: '1.0.0'}
            items: ${ [1, 2, 3] }
            concurrency: 1
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-fails, version: '1.0.0'}
    do:
      - look:
          if: . == 2
          raise: {error: {type: 'https://example.com/item', status: 409}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/item
    status: 409
    instance: /do/0/each
    """

  Scenario: Failures that are tolerated stand in the list
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: failures-that-are-tolerated-stand-in-the-list, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-tolerates, version: '1.0.0'}
            items: ${ [1, 2, 3] }
            tolerate: 1
          output: {as: '[.[] | if has("error") then .error.type else .output end]'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-tolerates, version: '1.0.0'}
    do:
      - look:
          if: . == 2
          raise: {error: {type: 'https://example.com/item', status: 409}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 'https://example.com/item', 3]
    """

  Scenario: More failures than are tolerated are the task's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: more-failures-than-are-tolerated-are-the-task-s, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-tolerates-one, version: '1.0.0'}
            items: ${ [1, 2, 3] }
            tolerate: 1
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-tolerates-one, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/item', status: 409}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/item
    instance: /do/0/each
    """

  Scenario: Many items run with a few at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: many-items-run-with-a-few-at-once, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-many, version: '1.0.0'}
            items: ${ [range(60)] }
            concurrency: 5
          output: {as: 'length'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-many, version: '1.0.0'}
    do:
      - look:
          set: '${ . }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    60
    """
    And 60 runs of 'map-many' should complete

  Scenario: Cancelling a run cancels the runs of its items
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-a-run-cancels-the-runs-of-its-items, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-cancelled, version: '1.0.0'}
            items: ${ [1] }
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-cancelled, version: '1.0.0'}
    do:
      - pause:
          wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'each'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And the workflow 'map-cancelled' should be cancelled

  @alone
  Scenario: A map goes on after its host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-map-goes-on-after-its-host-was-killed, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-survives, version: '1.0.0'}
            items: ${ [range(8)] }
            concurrency: 4
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: map-survives, version: '1.0.0'}
    do:
      - pause:
          wait: {seconds: 1}
      - look:
          set: '${ . * 10 }'
    """
    When the workflow is executed
    And the workflow has reached 'each'
    And the host is killed and started again
    Then the workflow should complete with output:
    """yaml
    [0, 10, 20, 30, 40, 50, 60, 70]
    """
    And exactly 8 runs of 'map-survives' should exist

  Scenario: A map without items is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-map-without-items-is-refused, version: '1.0.0'}
    do:
      - each:
          call: map:1.0.0@default
          with:
            workflow: {namespace: test, name: map-refused, version: '1.0.0'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'items'
