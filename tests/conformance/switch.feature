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
