Feature: Extensions
  Tasks that stand around others.

  Scenario: Tasks before and after run around the extended one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: tasks-before-and-after-run-around-the-extended-one, version: '1.0.0'}
    use:
      extensions:
        - around:
            extend: call
            before:
              - first:
                  call: http
                  with: {method: get, endpoint: 'https://httpbin.org/flaky/around/0'}
            after:
              - last:
                  call: http
                  with: {method: get, endpoint: 'https://httpbin.org/flaky/around/0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/flaky/around/0'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    attempt: 2
    """
    And last should run after first
    And the server should have received 3 requests at 'https://httpbin.org/flaky/around/0'

  Scenario: What an extension gives is dropped
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-an-extension-gives-is-dropped, version: '1.0.0'}
    use:
      extensions:
        - around:
            extend: wait
            before:
              - change:
                  set: {changed: before}
            after:
              - spoil:
                  set: {changed: after}
    do:
      - look:
          wait: {milliseconds: 1}
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

  Scenario: Exit before the task skips it and gives what was injected
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-before-the-task-skips-it-and-gives-what-was-i, version: '1.0.0'}
    use:
      extensions:
        - mock:
            extend: call
            when: $task.with.endpoint | startswith("https://mocked.test")
            before:
              - answer:
                  set: {mocked: true}
                  then: exit
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://mocked.test/never'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    mocked: true
    """
    And the server should have received 0 requests at 'https://mocked.test/never'

  Scenario: An extension holds only where its condition does
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-extension-holds-only-where-its-condition-does, version: '1.0.0'}
    use:
      extensions:
        - mock:
            extend: call
            when: $task.name == "second"
            before:
              - answer:
                  set: {mocked: true}
                  then: exit
    do:
      - first:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything/first'}
          output: {as: '{url}'}
      - second:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything/never-second'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    mocked: true
    """
    And answer should run once
    And the server should have received 0 requests at 'https://httpbin.org/anything/never-second'

  Scenario: An extension's condition that gives no boolean is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-extension-s-condition-that-gives-no-boolean-is, version: '1.0.0'}
    use:
      extensions:
        - mock:
            extend: wait
            when: $task.name
            before:
              - answer:
                  set: {mocked: true}
    do:
      - look:
          wait: {milliseconds: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    """

  Scenario: An extension's condition that is null is false
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-extension-s-condition-that-is-null-is-false, version: '1.0.0'}
    use:
      extensions:
        - mock:
            extend: wait
            when: $task.metadata.mocked
            before:
              - answer:
                  set: {mocked: true}
                  then: exit
    do:
      - look:
          wait: {milliseconds: 1}
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
    And answer should run never

  Scenario: An extension of one kind leaves other kinds alone
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-extension-of-one-kind-leaves-other-kinds-alone, version: '1.0.0'}
    use:
      extensions:
        - around:
            extend: wait
            before:
              - never:
                  set: {n: 2}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And never should run never

  Scenario: An extension of all stands around every kind
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-extension-of-all-stands-around-every-kind, version: '1.0.0'}
    use:
      extensions:
        - around:
            extend: all
            before:
              - note:
                  set: {noted: true}
    do:
      - one:
          set: {n: 1}
      - two:
          wait: {milliseconds: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And note should run 2 times

  Scenario: The first extension that is declared is the outermost
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-first-extension-that-is-declared-is-the-outerm, version: '1.0.0'}
    use:
      extensions:
        - outer:
            extend: wait
            before:
              - outerBefore: {set: {n: 1}}
            after:
              - outerAfter: {set: {n: 1}}
        - inner:
            extend: wait
            before:
              - innerBefore: {set: {n: 1}}
            after:
              - innerAfter: {set: {n: 1}}
    do:
      - look:
          wait: {milliseconds: 1}
    """
    And given the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 0
    """
    And innerBefore should run after outerBefore
    And innerAfter should run after innerBefore
    And outerAfter should run after innerAfter

  Scenario: A composite is a list of tasks
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-composite-is-a-list-of-tasks, version: '1.0.0'}
    use:
      extensions:
        - around:
            extend: composite
            before:
              - note:
                  wait: {milliseconds: 1}
    do:
      - block:
          do:
            - inner:
                set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And note should run before inner
    And note should run once

  Scenario: An error before the task is the error of the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-before-the-task-is-the-error-of-the-workf, version: '1.0.0'}
    use:
      extensions:
        - guard:
            extend: set
            before:
              - refuse:
                  raise: {error: {type: 'https://example.com/refused', status: 403}}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/refused
    status: 403
    """

  Scenario: A kind of task that cannot be extended is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-kind-of-task-that-cannot-be-extended-is-refused, version: '1.0.0'}
    use:
      extensions:
        - around:
            extend: fork
            before:
              - note:
                  set: {n: 1}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'fork'
