Feature: Fork
  Branches side by side, each one task.

  Scenario: Outputs stand in the order of declaration
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: outputs-stand-in-the-order-of-declaration, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - slow:
                  do:
                    - pause:
                        wait: {milliseconds: 200}
                    - set:
                        set: {is: slow}
              - quick:
                  set: {is: quick}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{is: slow}, {is: quick}]
    """

  Scenario: Every branch gets the fork's transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-branch-gets-the-fork-s-transformed-input, version: '1.0.0'}
    do:
      - split:
          input: {from: .n}
          fork:
            branches:
              - double:
                  set: '${ . * 2 }'
              - triple:
                  set: '${ . * 3 }'
    """
    And given the workflow input is:
    """yaml
    n: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [10, 15]
    """

  Scenario: The output of a fork may be transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-a-fork-may-be-transformed, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  set: {a: 1}
              - two:
                  set: {b: 2}
          output: {as: add}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    b: 2
    """

  Scenario: A branch's own output is transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-branch-s-own-output-is-transformed, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  set: {a: 1}
                  output: {as: .a}
              - two:
                  set: {a: 2}
                  output: {as: .a}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: The first failure cancels the others and is the fork's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-first-failure-cancels-the-others-and-is-the-fo, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - slow:
                  wait: PT10M
              - fail:
                  raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    status: 500
    instance: /do/0/split/fork/branches/1/fail
    """
    And slow should be cancelled

  Scenario: A failure of a branch can be caught around the fork
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-failure-of-a-branch-can-be-caught-around-the-for, version: '1.0.0'}
    do:
      - attempt:
          try:
            - split:
                fork:
                  branches:
                    - fine:
                        set: {n: 1}
                    - fail:
                        raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - handle:
                  set: {at: '${ $error.instance }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: /do/0/attempt/try/0/split/fork/branches/1/fail
    """

  Scenario: A failure that a branch catches itself fails nobody
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-failure-that-a-branch-catches-itself-fails-nobod, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - careful:
                  try:
                    - fail:
                        raise: {error: {type: 'https://example.com/own', status: 500}}
                  catch:
                    do:
                      - handle:
                          set: {handled: true}
              - other:
                  set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{handled: true}, {n: 1}]
    """

  Scenario: Of competing branches the first success wins and the others are cancelled
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: of-competing-branches-the-first-success-wins-and-t, version: '1.0.0'}
    do:
      - race:
          fork:
            compete: true
            branches:
              - slow:
                  wait: PT10M
              - quick:
                  set: {is: quick}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: quick
    """
    And slow should be cancelled

  Scenario: Of competing branches a failure does not lose the race for the others
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: of-competing-branches-a-failure-does-not-lose-the, version: '1.0.0'}
    do:
      - race:
          fork:
            compete: true
            branches:
              - fail:
                  raise: {error: {type: 'https://example.com/own', status: 500}}
              - slow:
                  do:
                    - pause:
                        wait: {milliseconds: 200}
                    - win:
                        set: {is: slow}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: slow
    """

  Scenario: When all competing branches fail the error is that of the first declared one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: when-all-competing-branches-fail-the-error-is-that, version: '1.0.0'}
    do:
      - race:
          fork:
            compete: true
            branches:
              - first:
                  do:
                    - pause:
                        wait: {milliseconds: 200}
                    - fail:
                        raise: {error: {type: 'https://example.com/first', status: 500}}
              - second:
                  raise: {error: {type: 'https://example.com/second', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/first
    instance: /do/0/race/fork/branches/0/first/do/1/fail
    """

  Scenario: Branches have copies of the context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: branches-have-copies-of-the-context, version: '1.0.0'}
    do:
      - before:
          set: {n: 0}
          export: {as: '{n: 0}'}
      - split:
          fork:
            branches:
              - one:
                  do:
                    - write:
                        set: {n: 1}
                        export: {as: '{n: 1}'}
                    - pause:
                        wait: {milliseconds: 200}
                    - read:
                        set: '${ $context }'
              - two:
                  do:
                    - write:
                        set: {n: 2}
                        export: {as: '{n: 2}'}
                    - pause:
                        wait: {milliseconds: 200}
                    - read:
                        set: '${ $context }'
      - after:
          set: {branches: '${ . }', context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    branches: [{n: 1}, {n: 2}]
    context: {n: 0}
    """

  Scenario: Only the fork's own export changes the context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: only-the-fork-s-own-export-changes-the-context, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  set: {n: 1}
                  export: {as: '{lost: true}'}
          export: {as: '{kept: .[0].n}'}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    kept: 1
    """

  Scenario: A winner's context is not the fork's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-winner-s-context-is-not-the-fork-s, version: '1.0.0'}
    do:
      - race:
          fork:
            compete: true
            branches:
              - one:
                  set: {n: 1}
                  export: {as: '{lost: true}'}
      - show:
          set: {context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    context: null
    """

  Scenario: A name as then of a branch is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-name-as-then-of-a-branch-is-refused, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  set: {n: 1}
                  then: two
              - two:
                  set: {n: 2}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'two'

  Scenario: Exit completes its branch only
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-completes-its-branch-only, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  set: {n: 1}
                  then: exit
              - two:
                  set: {n: 2}
                  then: continue
      - after:
          set: {all: '${ . }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    all: [{n: 1}, {n: 2}]
    """

  Scenario: End in a branch cancels its siblings and ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-in-a-branch-cancels-its-siblings-and-ends-the, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - slow:
                  wait: PT10M
              - stop:
                  set: {n: 1}
                  then: end
          output: {as: '{wrapped: .}'}
      - after:
          set: {n: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And slow should be cancelled
    And after should run never

  Scenario: End deep inside of a branch ends the workflow with the parent's context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-deep-inside-of-a-branch-ends-the-workflow-with, version: '1.0.0'}
    do:
      - before:
          set: {n: 0}
          export: {as: '{parent: true}'}
      - split:
          fork:
            branches:
              - one:
                  do:
                    - write:
                        set: {n: 1}
                        export: {as: '{branch: true}'}
                        then: end
    output: {as: '{n: .n, context: $context}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    context: {parent: true}
    """

  Scenario: A branch that is skipped gives its input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-branch-that-is-skipped-gives-its-input, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - skipped:
                  if: 'false'
                  set: {n: 2}
              - other:
                  set: {n: 3}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{n: 1}, {n: 3}]
    """

  Scenario: Two branches of one name are refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-branches-of-one-name-are-refused, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - twin:
                  set: {n: 1}
              - twin:
                  set: {n: 2}
    """
    Then the workflow should be refused with 'duplicate-task'

  Scenario: Forks nest
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: forks-nest, version: '1.0.0'}
    do:
      - outer:
          fork:
            branches:
              - left:
                  fork:
                    branches:
                      - a:
                          set: '${ . + 1 }'
                      - b:
                          set: '${ . + 2 }'
              - right:
                  set: '${ . + 3 }'
    """
    And given the workflow input is:
    """yaml
    10
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [[11, 12], 13]
    """

  Scenario: Variables of a loop are seen in the branches
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: variables-of-a-loop-are-seen-in-the-branches, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2]'}
          do:
            - split:
                fork:
                  branches:
                    - one:
                        set: '${ $item }'
                    - two:
                        set: '${ $index }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [2, 1]
    """

  Scenario: A fork that waits in every branch waits for all at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-fork-that-waits-in-every-branch-waits-for-all-at, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  wait: {milliseconds: 300}
              - two:
                  wait: {milliseconds: 300}
              - three:
                  wait: {milliseconds: 300}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{n: 1}, {n: 1}, {n: 1}]
    """
    And the workflow should take at least 300 ms

  Scenario: A timeout of a fork stops every branch
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-of-a-fork-stops-every-branch, version: '1.0.0'}
    do:
      - split:
          timeout: {after: {milliseconds: 200}}
          fork:
            branches:
              - one:
                  wait: PT10M
              - two:
                  wait: PT10M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/split
    """
    And one should be cancelled
    And two should be cancelled
