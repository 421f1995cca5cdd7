Feature: For
  A fold over an array.

  Scenario: An empty array gives the transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-empty-array-gives-the-transformed-input, version: '1.0.0'}
    do:
      - loop:
          input: {from: '${ {n: 7} }'}
          for: {in: '${ [] }'}
          do:
            - never:
                set: {n: 0}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 7
    """
    And never should run never

  Scenario: Each iteration gets the output of the one before
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: each-iteration-gets-the-output-of-the-one-before, version: '1.0.0'}
    do:
      - loop:
          for: {each: x, in: '.'}
          input: {from: '${ [1, 2, 3] }'}
          do:
            - add:
                set: '${ (if type == "number" then . else 0 end) + $x }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    6
    """

  Scenario: While is checked before each iteration and sees item, index and fold
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: while-is-checked-before-each-iteration-and-sees-it, version: '1.0.0'}
    do:
      - loop:
          for: {in: '${ [5, 6, 7, 8] }'}
          while: '${ $index < 2 and $item < 9 and ((.sum // 0) < 100) }'
          do:
            - add:
                set: {sum: '${ (.sum // 0) + $item }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 11
    """

  Scenario: Exit is a break, and the last output is the loop's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-is-a-break--and-the-last-output-is-the-loop-s, version: '1.0.0'}
    do:
      - loop:
          for: {in: '${ [1, 2, 3] }'}
          do:
            - mark:
                set: {at: '${ $item }'}
            - stop:
                switch:
                  - two: {when: .at == 2, then: exit}
      - after:
          set: {last: '${ .at }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    last: 2
    """

  Scenario: Something else than an array is an expression error at the for
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: something-else-than-an-array-is-an-expression-erro, version: '1.0.0'}
    do:
      - loop:
          for: {in: '${ {a: 1} }'}
          do:
            - never:
                set: {n: 0}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/loop
    """

  Scenario: Loops nest, and inner variables shadow nothing of the outer
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: loops-nest--and-inner-variables-shadow-nothing-of, version: '1.0.0'}
    do:
      - outer:
          for: {each: a, at: i, in: '${ [1, 2] }'}
          do:
            - inner:
                for: {each: b, at: j, in: '${ [10, 20] }'}
                do:
                  - add:
                      set: {list: '${ (.list // []) + [[$a, $i, $b, $j]] }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    list: [[1, 0, 10, 0], [1, 0, 20, 1], [2, 1, 10, 0], [2, 1, 20, 1]]
    """

  Scenario: A variable may not be called like an argument
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-variable-may-not-be-called-like-an-argument, version: '1.0.0'}
    do:
      - loop:
          for: {each: context, in: '${ [] }'}
          do:
            - never:
                set: {n: 0}
    """
    Then the workflow should be refused with 'invalid-variable'

  Scenario: The item is not known outside of the loop
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-item-is-not-known-outside-of-the-loop, version: '1.0.0'}
    do:
      - loop:
          for: {in: '${ [] }'}
          do:
            - never:
                set: {n: 0}
      - after:
          set: {n: '${ $item }'}
    """
    Then the workflow should be refused with 'unknown-variable'
