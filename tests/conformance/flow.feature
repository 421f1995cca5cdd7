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
