Feature: Flow directives
  Where a task list goes on, and what leaving it means.

  Scenario: Exit leaves the enclosing list and the composite completes
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-leaves-the-enclosing-list-and-the-composite-c, version: '1.0.0'}
    do:
      - outer:
          do:
            - first:
                set: {n: 1}
                then: exit
            - second:
                set: {n: 2}
      - last:
          set: {n: '${ .n + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """
    And second should run never

  Scenario: Exit in the main list ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-in-the-main-list-ends-the-workflow, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          then: exit
      - second:
          set: {n: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And second should run never

  Scenario: End inside a nested list ends the workflow with that output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-inside-a-nested-list-ends-the-workflow-with-th, version: '1.0.0'}
    do:
      - outer:
          do:
            - first:
                set: {n: 1}
                then: end
          output:
            as: '${ {wrapped: .} }'
      - second:
          set: {n: 2}
    output:
      as: '${ {final: .n} }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    final: 1
    """
    And second should run never

  Scenario: A backward target is a loop
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-backward-target-is-a-loop, version: '1.0.0'}
    do:
      - count:
          set: {n: '${ (.n // 0) + 1 }'}
      - again:
          switch:
            - more: {when: .n < 5, then: count}
            - done: {then: end}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 5
    """

  Scenario: A skipped task passes its input on and ignores its own then
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-skipped-task-passes-its-input-on-and-ignores-its, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
      - skipped:
          if: .n > 1
          set: {n: 2}
          then: end
          export: {as: '${ {never: true} }'}
          output: {as: '${ {never: true} }'}
      - last:
          set: {n: '${ .n + 1 }', context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    context: null
    """
    And skipped should run never

  Scenario: A target in another list is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-target-in-another-list-is-refused, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          then: inner
      - outer:
          do:
            - inner:
                set: {n: 2}
    """
    Then the workflow should be refused with 'unknown-target'

  Scenario: A task may not be called like a directive
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-may-not-be-called-like-a-directive, version: '1.0.0'}
    do:
      - exit:
          set: {n: 1}
    """
    Then the workflow should be refused with 'reserved-name'

  Scenario: Two tasks of one list may not share a name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-tasks-of-one-list-may-not-share-a-name, version: '1.0.0'}
    do:
      - twin:
          set: {n: 1}
      - twin:
          set: {n: 2}
    """
    Then the workflow should be refused with 'duplicate-task'

  Scenario: A target further down skips what lies between
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-target-further-down-skips-what-lies-between, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          then: third
      - second:
          set: {n: 2}
      - third:
          set: {n: '${ .n + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """
    And second should run never
    And third should run after first

  Scenario: A loop by a backward target may go round many times
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-loop-by-a-backward-target-may-go-round-many-time, version: '1.0.0'}
    do:
      - count:
          set: {n: '${ (.n // 0) + 1 }'}
      - again:
          switch:
            - more: {when: .n < 200, then: count}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 200
    """
    And count should run 200 times

  Scenario: A target inside of a nested list stays in that list
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-target-inside-of-a-nested-list-stays-in-that-lis, version: '1.0.0'}
    do:
      - outer:
          do:
            - first:
                set: {n: 1}
                then: third
            - second:
                set: {n: 2}
            - third:
                set: {n: '${ .n + 10 }'}
      - last:
          set: {n: '${ .n + 100 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 111
    """
    And second should run never

  Scenario: A target in the enclosing list is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-target-in-the-enclosing-list-is-refused, version: '1.0.0'}
    do:
      - outer:
          do:
            - first:
                set: {n: 1}
                then: last
      - last:
          set: {n: 2}
    """
    Then the workflow should be refused with 'unknown-target'
    And the diagnostic should mention 'last'

  Scenario: A misspelt target is refused with the one that was meant
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-misspelt-target-is-refused-with-the-one-that-was, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          then: secnod
      - second:
          set: {n: 2}
    """
    Then the workflow should be refused with 'unknown-target'
    And the diagnostic should mention 'second'

  Scenario Outline: A task may not be called <name>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-may-not-be-called-name, version: '1.0.0'}
    do:
      - <name>:
          set: {n: 1}
    """
    Then the workflow should be refused with 'reserved-name'
    And the diagnostic should mention '<name>'
    Examples:
      | name |
      | continue |
      | exit |
      | end |

  Scenario: Tasks of different lists may share a name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: tasks-of-different-lists-may-share-a-name, version: '1.0.0'}
    do:
      - same:
          do:
            - same:
                set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: Exit from the body of a try leaves the try and not the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-from-the-body-of-a-try-leaves-the-try-and-not, version: '1.0.0'}
    do:
      - attempt:
          try:
            - first:
                set: {n: 1}
                then: exit
            - second:
                set: {n: 2}
          catch: {}
      - last:
          set: {n: '${ .n + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """
    And second should run never

  Scenario: Exit from a handler leaves the handler and not the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-from-a-handler-leaves-the-handler-and-not-the, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - first:
                  set: {n: 1}
                  then: exit
              - second:
                  set: {n: 2}
      - last:
          set: {n: '${ .n + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """
    And second should run never

  Scenario: End inside of a try ends the workflow without its handler
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-inside-of-a-try-ends-the-workflow-without-its, version: '1.0.0'}
    do:
      - attempt:
          try:
            - first:
                set: {n: 1}
                then: end
          catch:
            do:
              - handle:
                  set: {n: 2}
      - last:
          set: {n: 3}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And handle should run never
    And last should run never

  Scenario: End inside of a handler ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-inside-of-a-handler-ends-the-workflow, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - handle:
                  set: {n: 1}
                  then: end
      - last:
          set: {n: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And last should run never

  Scenario: End three lists deep ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-three-lists-deep-ends-the-workflow, version: '1.0.0'}
    do:
      - one:
          do:
            - two:
                do:
                  - three:
                      set: {n: 3}
                      then: end
                  - never:
                      set: {n: 4}
            - neither:
                set: {n: 5}
      - nor:
          set: {n: 6}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """
    And three should run last

  Scenario: A workflow's output is transformed and checked after an end too
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-s-output-is-transformed-and-checked-aft, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          then: end
      - second:
          set: {n: '2'}
    output:
      as: .n
      schema: {format: json, document: {type: integer}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    1
    """

  Scenario: The output of the task that ends the workflow is transformed first
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-the-task-that-ends-the-workflow-is-t, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          output: {as: '{m: .n}'}
          then: end
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    m: 1
    """

  Scenario: Continue at the end of a list ends the list
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: continue-at-the-end-of-a-list-ends-the-list, version: '1.0.0'}
    do:
      - outer:
          do:
            - first:
                set: {n: 1}
                then: continue
      - last:
          set: {n: '${ .n + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """

  Scenario: A skipped task does not export
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-skipped-task-does-not-export, version: '1.0.0'}
    do:
      - first:
          set: {n: 1}
          export: {as: .}
      - skipped:
          if: 'false'
          set: {n: 2}
          export: {as: .}
      - last:
          set: '${ $context }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: A skipped block runs nothing of what is in it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-skipped-block-runs-nothing-of-what-is-in-it, version: '1.0.0'}
    do:
      - block:
          if: 'false'
          do:
            - inner:
                set: {n: 2}
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
    And inner should run never

  Scenario: The output of a block is that of its last task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-a-block-is-that-of-its-last-task, version: '1.0.0'}
    do:
      - block:
          input: {from: '{n: 1}'}
          do:
            - one:
                set: {n: '${ .n + 1 }'}
            - two:
                set: {n: '${ .n * 10 }'}
          output: {as: '{block: .n}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    block: 20
    """

  Scenario: Blocks in blocks hand on what they get
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: blocks-in-blocks-hand-on-what-they-get, version: '1.0.0'}
    do:
      - a:
          do:
            - b:
                do:
                  - c:
                      do:
                        - d:
                            set: {n: '${ .n + 1 }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """
