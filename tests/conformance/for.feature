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

  Scenario: The array is computed once, from the transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-array-is-computed-once-from-the-transformed-in, version: '1.0.0'}
    do:
      - loop:
          input: {from: '{list: .outer}'}
          for: {in: .list}
          do:
            - grow:
                set: {list: '${ .list + [$item] }'}
    """
    And given the workflow input is:
    """yaml
    outer: [1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    list: [1, 2, 1, 2]
    """

  Scenario: Null is no array
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: null-is-no-array, version: '1.0.0'}
    do:
      - loop:
          for: {in: .missing}
          do:
            - never:
                set: {n: 0}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/loop
    """

  Scenario: An array of objects may be written out
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-array-of-objects-may-be-written-out, version: '1.0.0'}
    do:
      - loop:
          for:
            each: color
            in:
              - {name: red}
              - {name: green}
          do:
            - collect:
                set: {names: '${ (.names // []) + [$color.name] }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    names: [red, green]
    """

  Scenario: An array that is written out may have expressions in it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-array-that-is-written-out-may-have-expressions, version: '1.0.0'}
    do:
      - loop:
          for:
            in:
              - {name: '${ .first }'}
              - {name: green}
          do:
            - collect:
                set: {names: '${ (.names // []) + [$item.name] }'}
    """
    And given the workflow input is:
    """yaml
    first: red
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    names: [red, green]
    """

  Scenario: Item and index have these names where no others are given
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: item-and-index-have-these-names-where-no-others-ar, version: '1.0.0'}
    do:
      - loop:
          for: {in: '["a", "b"]'}
          do:
            - collect:
                set: {seen: '${ (.seen // []) + [[$item, $index]] }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: [[a, 0], [b, 1]]
    """

  Scenario: While that is false at once runs nothing and gives the input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: while-that-is-false-at-once-runs-nothing-and-gives, version: '1.0.0'}
    do:
      - loop:
          input: {from: '{n: 7}'}
          for: {in: '[1, 2]'}
          while: 'false'
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

  Scenario: While sees the output of the iteration before
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: while-sees-the-output-of-the-iteration-before, version: '1.0.0'}
    do:
      - loop:
          input: {from: '{n: 0}'}
          for: {in: '[1, 1, 1, 1, 1]'}
          while: .n < 3
          do:
            - add:
                set: {n: '${ .n + $item }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """
    And add should run 3 times

  Scenario: The loop's output is transformed once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-loop-s-output-is-transformed-once, version: '1.0.0'}
    do:
      - loop:
          input: {from: '{n: 0}'}
          for: {in: '[1, 2, 3]'}
          do:
            - add:
                set: {n: '${ .n + $item }'}
          output: {as: '{sum: .n}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 6
    """

  Scenario: What an iteration exports the next one sees
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-an-iteration-exports-the-next-one-sees, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2, 3]'}
          do:
            - add:
                set: {item: '${ $item }'}
                export: {as: '($context // []) + [.item]'}
      - show:
          set: {context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    context: [1, 2, 3]
    """

  Scenario: Exit from a block in a loop leaves the block only
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-from-a-block-in-a-loop-leaves-the-block-only, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2, 3]'}
          do:
            - block:
                do:
                  - mark:
                      set: {seen: '${ (.seen // []) + [$item] }'}
                      then: exit
                  - never:
                      set: {seen: []}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: [1, 2, 3]
    """
    And never should run never

  Scenario: Exit in an inner loop ends the inner loop only
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-in-an-inner-loop-ends-the-inner-loop-only, version: '1.0.0'}
    do:
      - outer:
          for: {each: a, at: i, in: '[1, 2]'}
          do:
            - inner:
                for: {each: b, at: j, in: '[10, 20]'}
                do:
                  - mark:
                      set: {seen: '${ (.seen // []) + [[$a, $b]] }'}
                      then: exit
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: [[1, 10], [2, 10]]
    """

  Scenario: End inside of a loop ends the workflow and skips the loop's own output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-inside-of-a-loop-ends-the-workflow-and-skips-t, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2, 3]'}
          do:
            - mark:
                set: {n: '${ $item }'}
                export: {as: '{exported: .n}'}
            - stop:
                switch:
                  - two: {when: .n == 2, then: end}
          output: {as: '{wrapped: .}'}
      - after:
          set: {n: 0}
    output: {as: '{n: .n, context: $context}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    context: {exported: 2}
    """
    And after should run never

  Scenario Outline: A variable of a loop may not be called <name>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-variable-of-a-loop-may-not-be-called-name, version: '1.0.0'}
    do:
      - loop:
          for: {each: <name>, in: '[1]'}
          do:
            - never:
                set: {n: 0}
    """
    Then the workflow should be refused with 'invalid-variable'
    And the diagnostic should mention '<name>'
    Examples:
      | name |
      | input |
      | output |
      | secrets |
      | authorization |
      | task |
      | workflow |
      | runtime |

  Scenario: A variable of a loop must be a name of jq
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-variable-of-a-loop-must-be-a-name-of-jq, version: '1.0.0'}
    do:
      - loop:
          for: {each: two-words, in: '[1]'}
          do:
            - never:
                set: {n: 0}
    """
    Then the workflow should be refused with 'invalid-variable'

  Scenario: Item and index of one loop may not share a name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: item-and-index-of-one-loop-may-not-share-a-name, version: '1.0.0'}
    do:
      - loop:
          for: {each: x, at: x, in: '[1]'}
          do:
            - never:
                set: {n: 0}
    """
    Then the workflow should be refused

  Scenario: An inner loop may not take the outer one's names
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-inner-loop-may-not-take-the-outer-one-s-names, version: '1.0.0'}
    do:
      - outer:
          for: {in: '[1]'}
          do:
            - inner:
                for: {in: '[2]'}
                do:
                  - never:
                      set: {n: 0}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'item'

  Scenario: Loops one after another may share their names
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: loops-one-after-another-may-share-their-names, version: '1.0.0'}
    do:
      - one:
          for: {in: '[1]'}
          do:
            - add:
                set: {n: '${ (.n // 0) + $item }'}
      - two:
          for: {in: '[2]'}
          do:
            - add:
                set: {n: '${ .n + $item }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """

  Scenario: An error in an iteration ends the loop at the task's own place
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-in-an-iteration-ends-the-loop-at-the-task, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2, 3]'}
          do:
            - mark:
                set: {n: '${ $item }'}
            - fail:
                if: .n == 2
                raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    instance: /do/0/loop/do/1/fail
    """
    And mark should run 2 times

  Scenario: A thousand iterations run one after another
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-thousand-iterations-run-one-after-another, version: '1.0.0'}
    do:
      - loop:
          input: {from: '0'}
          for: {in: '[range(1000)]'}
          do:
            - add:
                set: '${ . + $item }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    499500
    """
