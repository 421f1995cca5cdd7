Feature: Switch
  Which case wins, and what comes out.

  Scenario: The first case that matches wins
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-first-case-that-matches-wins, version: '1.0.0'}
    do:
      - choose:
          switch:
            - big: {when: .n > 1, then: big}
            - positive: {when: .n > 0, then: positive}
      - positive:
          set: {is: positive}
          then: end
      - big:
          set: {is: big}
          then: end
    """
    And given the workflow input is:
    """yaml
    n: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: big
    """

  Scenario: The default case wins only when nothing else does, wherever it stands
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-default-case-wins-only-when-nothing-else-does, version: '1.0.0'}
    do:
      - choose:
          switch:
            - otherwise: {then: other}
            - match: {when: .n == 1, then: match}
      - other:
          set: {is: other}
          then: end
      - match:
          set: {is: match}
          then: end
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: match
    """

  Scenario: The output of a switch is its transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-a-switch-is-its-transformed-input, version: '1.0.0'}
    do:
      - choose:
          input: {from: '${ {n: (.n + 1)} }'}
          switch:
            - any: {then: continue}
          output: {as: '${ {seen: .} }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: {n: 2}
    """

  Scenario: Two default cases are refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-default-cases-are-refused, version: '1.0.0'}
    do:
      - choose:
          switch:
            - one: {then: end}
            - two: {then: end}
    """
    Then the workflow should be refused with 'many-defaults'

  Scenario: A condition that gives a number is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-that-gives-a-number-is-an-expression-e, version: '1.0.0'}
    do:
      - choose:
          switch:
            - odd: {when: .n, then: end}
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/choose
    """

  Scenario: A condition without any output is false
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-without-any-output-is-false, version: '1.0.0'}
    do:
      - choose:
          switch:
            - none: {when: '.list[]', then: wrong}
            - otherwise: {then: right}
      - wrong:
          set: {is: wrong}
          then: end
      - right:
          set: {is: right}
    """
    And given the workflow input is:
    """yaml
    list: []
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: right
    """

  Scenario: Two cases that match give the first one, in the order of the document
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-cases-that-match-give-the-first-one-in-the-ord, version: '1.0.0'}
    do:
      - choose:
          switch:
            - second: {when: .n > 0, then: two}
            - first: {when: .n > 0, then: one}
      - one:
          set: {is: one}
          then: end
      - two:
          set: {is: two}
          then: end
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: two
    """

  Scenario: The chosen case's then wins over the task's own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-chosen-case-s-then-wins-over-the-task-s-own, version: '1.0.0'}
    do:
      - choose:
          switch:
            - match: {when: 'true', then: right}
          then: wrong
      - wrong:
          set: {is: wrong}
          then: end
      - right:
          set: {is: right}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: right
    """

  Scenario: Without a match the task's own then applies, and output and export too
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: without-a-match-the-task-s-own-then-applies-and-ou, version: '1.0.0'}
    do:
      - choose:
          switch:
            - never: {when: 'false', then: wrong}
          output: {as: '{seen: .n}'}
          export: {as: .}
          then: right
      - wrong:
          set: {is: wrong}
          then: end
      - right:
          set: {is: right, input: '${ . }', context: '${ $context }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: right
    input: {seen: 1}
    context: {seen: 1}
    """

  Scenario: A case may leave the list
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-case-may-leave-the-list, version: '1.0.0'}
    do:
      - block:
          do:
            - choose:
                switch:
                  - out: {when: 'true', then: exit}
            - never:
                set: {n: 0}
      - after:
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

  Scenario: A case may end the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-case-may-end-the-workflow, version: '1.0.0'}
    do:
      - block:
          do:
            - choose:
                switch:
                  - out: {when: 'true', then: end}
            - never:
                set: {n: 0}
      - neither:
          set: {n: 0}
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

  Scenario: A case that continues goes to the next task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-case-that-continues-goes-to-the-next-task, version: '1.0.0'}
    do:
      - choose:
          switch:
            - on: {when: 'true', then: continue}
      - next:
          set: {is: next}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: next
    """

  Scenario: Conditions behind the one that matched are not computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: conditions-behind-the-one-that-matched-are-not-com, version: '1.0.0'}
    do:
      - choose:
          switch:
            - match: {when: 'true', then: continue}
            - broken: {when: error("never"), then: continue}
      - next:
          set: {is: next}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: next
    """

  Scenario: A case without then is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-case-without-then-is-refused, version: '1.0.0'}
    do:
      - choose:
          switch:
            - match: {when: 'true'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'then'

  Scenario: A case that names no task of the list is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-case-that-names-no-task-of-the-list-is-refused, version: '1.0.0'}
    do:
      - choose:
          switch:
            - match: {when: 'true', then: nowhere}
    """
    Then the workflow should be refused with 'unknown-target'
    And the diagnostic should mention 'nowhere'

  Scenario: A condition of a switch sees the transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-of-a-switch-sees-the-transformed-input, version: '1.0.0'}
    do:
      - choose:
          input: {from: .inner}
          switch:
            - match: {when: .n == 1 and $input.n == 1, then: right}
      - wrong:
          set: {is: wrong}
          then: end
      - right:
          set: {is: right}
    """
    And given the workflow input is:
    """yaml
    inner: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: right
    """

  Scenario: Case names may repeat task names
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: case-names-may-repeat-task-names, version: '1.0.0'}
    do:
      - choose:
          switch:
            - next: {then: next}
      - never:
          set: {is: never}
      - next:
          set: {is: next}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: next
    """
