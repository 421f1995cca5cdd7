Feature: Run a workflow
  A run that starts another one.

  Scenario: The output is the child's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-is-the-child-s, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-doubles, version: '1.0.0', input: {n: '${ .n }'}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-doubles, version: '1.0.0'}
    do:
      - double:
          set: {twice: '${ .n * 2 }'}
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    twice: 8
    """

  Scenario: Without an input of its own the child gets the task's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: without-an-input-of-its-own-the-child-gets-the-tas, version: '1.0.0'}
    do:
      - begin:
          input: {from: .inner}
          run:
            workflow: {namespace: test, name: child-echoes, version: '1.0.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-echoes, version: '1.0.0'}
    do:
      - echo:
          set: {got: '${ . }'}
    """
    And given the workflow input is:
    """yaml
    inner: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: {n: 1}
    """

  Scenario: A child that is not awaited gives the task's input, and goes on
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-child-that-is-not-awaited-gives-the-task-s-input, version: '1.0.0'}
    do:
      - begin:
          run:
            await: false
            workflow: {namespace: test, name: child-alone, version: '1.0.0', input: {n: 2}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-alone, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 300}
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
    And 1 runs of 'child-alone' should complete

  Scenario: The error of a child is the task's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-error-of-a-child-is-the-task-s, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-fails, version: '1.0.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-fails, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/childs-own', status: 409, title: Own}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/childs-own
    status: 409
    title: Own
    instance: /do/0/begin
    """
    And the workflow 'child-fails' should fault

  Scenario: The error of a child can be caught
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-error-of-a-child-can-be-caught, version: '1.0.0'}
    do:
      - attempt:
          try:
            - begin:
                run:
                  workflow: {namespace: test, name: child-is-caught, version: '1.0.0'}
          catch:
            errors: {with: {type: 'https://example.com/childs-own'}}
            do:
              - handle:
                  set: {at: '${ $error.instance }'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-is-caught, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/childs-own', status: 409}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: /do/0/attempt/try/0/begin
    """

  Scenario: A workflow that does not exist is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-that-does-not-exist-is-an-error-of-the, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: nobody-has-deployed-this, version: '1.0.0'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/begin
    """

  Scenario: The version latest is the newest when the child starts
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-version-latest-is-the-newest-when-the-child-st, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-of-two-versions, version: latest}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-of-two-versions, version: '1.10.0'}
    do:
      - look:
          set: {version: ten}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-of-two-versions, version: '1.9.0'}
    do:
      - look:
          set: {version: nine}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    version: ten
    """

  Scenario: A version that is named is that one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-version-that-is-named-is-that-one, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-of-three-versions, version: '1.9.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-of-three-versions, version: '1.10.0'}
    do:
      - look:
          set: {version: ten}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-of-three-versions, version: '1.9.0'}
    do:
      - look:
          set: {version: nine}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    version: nine
    """

  Scenario: A child may have a child
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-child-may-have-a-child, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-in-between, version: '1.0.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-in-between, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: grandchild, version: '1.0.0'}
          output: {as: '{between: .}'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: grandchild, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    between: {n: 1}
    """

  Scenario: A loop may start one child after another
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-loop-may-start-one-child-after-another, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2, 3]'}
          do:
            - begin:
                run:
                  workflow: {namespace: test, name: child-of-a-loop, version: '1.0.0', input: {n: '${ $item }'}}
                export: {as: '($context // []) + [.n]'}
      - show:
          set: '${ $context }'
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-of-a-loop, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ .n * 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [10, 20, 30]
    """
    And exactly 3 runs of 'child-of-a-loop' should exist

  Scenario: Cancelling a run cancels its child
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-a-run-cancels-its-child, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-is-cancelled, version: '1.0.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-is-cancelled, version: '1.0.0'}
    do:
      - pause:
          wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'begin'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And the workflow 'child-is-cancelled' should be cancelled

  Scenario: A timeout around a child cancels it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-around-a-child-cancels-it, version: '1.0.0'}
    do:
      - begin:
          timeout: {after: {milliseconds: 500}}
          run:
            workflow: {namespace: test, name: child-takes-too-long, version: '1.0.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-takes-too-long, version: '1.0.0'}
    do:
      - pause:
          wait: PT10M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/begin
    """
    And the workflow 'child-takes-too-long' should be cancelled

  Scenario: Cancelling a run leaves a child alone that is not awaited
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-a-run-leaves-a-child-alone-that-is-not, version: '1.0.0'}
    do:
      - begin:
          run:
            await: false
            workflow: {namespace: test, name: child-lives-on, version: '1.0.0'}
      - pause:
          wait: PT10M
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-lives-on, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 800}
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And 1 runs of 'child-lives-on' should complete

  Scenario: Children of a fork run side by side
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: children-of-a-fork-run-side-by-side, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - left:
                  run:
                    workflow: {namespace: test, name: child-of-a-fork, version: '1.0.0', input: {n: 1}}
              - right:
                  run:
                    workflow: {namespace: test, name: child-of-a-fork, version: '1.0.0', input: {n: 2}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-of-a-fork, version: '1.0.0'}
    do:
      - look:
          set: '${ .n }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  @alone
  Scenario: A parent gets its child's output after the host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-parent-gets-its-child-s-output-after-the-host-wa, version: '1.0.0'}
    do:
      - begin:
          run:
            workflow: {namespace: test, name: child-survives, version: '1.0.0'}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child-survives, version: '1.0.0'}
    do:
      - pause:
          wait: {seconds: 2}
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    And the workflow has reached 'begin'
    And the host is killed and started again
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And exactly 1 runs of 'child-survives' should exist
