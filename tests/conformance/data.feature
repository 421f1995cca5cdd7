Feature: Data flow
  What is checked and transformed, and what an expression sees.

  Scenario: A missing workflow input is null
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-missing-workflow-input-is-null, version: '1.0.0'}
    do:
      - look:
          set: {input: '${ . }', workflow: '${ $workflow.input }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    input: null
    workflow: null
    """

  Scenario: The context is null until something is exported
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-context-is-null-until-something-is-exported, version: '1.0.0'}
    do:
      - one:
          set: {n: 1}
          export: {as: '${ $context + {n: .n} }'}
      - two:
          set: {m: 2}
          export: {as: '${ $context + {m: .m} }'}
      - look:
          set: {context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    context: {n: 1, m: 2}
    """

  Scenario: Export sees the transformed output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: export-sees-the-transformed-output, version: '1.0.0'}
    do:
      - one:
          set: {n: 1}
          output: {as: '${ {n: (.n + 1)} }'}
          export: {as: '${ {dot: .n, output: $output.n} }'}
      - look:
          set: {context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    context: {dot: 2, output: 2}
    """

  Scenario: Input is validated before it is transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: input-is-validated-before-it-is-transformed, version: '1.0.0'}
    input:
      schema:
        format: json
        document: {type: object, required: [n], properties: {n: {type: integer}}}
      from: '${ .n }'
    do:
      - look:
          set: {n: '${ . }'}
    """
    And given the workflow input is:
    """yaml
    n: text
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    instance: ''
    """

  Scenario: A task's output is validated after it is transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-s-output-is-validated-after-it-is-transform, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
          output:
            as: '${ .n }'
            schema: {format: json, document: {type: string}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    instance: /do/0/look
    """

  Scenario Outline: A schema may name its version, here <format>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-schema-may-name-its-version, version: '1.0.0'}
    input:
      schema:
        format: <format>
        document: {type: array, <keyword>: [{type: integer}]}
    do:
      - count:
          set: {n: '${ length }'}
    """
    And given the workflow input is:
    """yaml
    [text]
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    """
    Examples:
      | format | keyword |
      | json:2020-12 | prefixItems |
      | json:2019-09 | items |
      | json:draft-07 | items |

  Scenario: A context that its schema refuses is not taken
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-context-that-its-schema-refuses-is-not-taken, version: '1.0.0'}
    do:
      - attempt:
          try:
            - one:
                set: {n: 1}
                export:
                  as: '${ {n: .n} }'
                  schema: {format: json, document: {type: array}}
          catch:
            do:
              - look:
                  set: {context: '${ $context }', status: '${ $error.status }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    context: null
    status: 400
    """

  Scenario: The task is described with its definition and its members
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-task-is-described-with-its-definition-and-its, version: '1.0.0'}
    do:
      - look:
          metadata: {label: x}
          set: '${ {name: $task.name, reference: $task.reference, label: $task.definition.metadata.label, direct: $task.metadata.label} }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: look
    reference: /do/0/look
    label: x
    direct: x
    """

  Scenario: Expressions found in data are never evaluated
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: expressions-found-in-data-are-never-evaluated, version: '1.0.0'}
    do:
      - first:
          set: {copy: '${ .text }'}
      - second:
          set: {again: '${ .copy }'}
    """
    And given the workflow input is:
    """yaml
    text: '${ 1 + 1 }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    again: '${ 1 + 1 }'
    """

  Scenario: More than one output is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: more-than-one-output-is-an-expression-error, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ .[] }'}
    """
    And given the workflow input is:
    """yaml
    [1, 2]
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: No output is an expression error outside of conditions
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: no-output-is-an-expression-error-outside-of-condit, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ empty }'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    """

  Scenario: An expression over several lines is one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expression-over-several-lines-is-one, version: '1.0.0'}
    do:
      - look:
          set:
            n: >-
              ${
                [1, 2, 3]
                | add
              }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 6
    """

  Scenario: An expression inside longer text is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expression-inside-longer-text-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {text: 'Hello ${ .name }!'}
    """
    Then the workflow should be refused with 'embedded-expression'

  Scenario: A bare expression as the value of set is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-bare-expression-as-the-value-of-set-is-refused, version: '1.0.0'}
    do:
      - look:
          set: .a
    """
    Then the workflow should be refused with 'missing-braces'

  Scenario: Bare expressions stand in condition and transform slots
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: bare-expressions-stand-in-condition-and-transform, version: '1.0.0'}
    do:
      - look:
          if: .n == 1
          input: {from: .}
          set: {n: 2}
          output: {as: .n}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    2
    """

  Scenario: The transformed input is not known in a condition
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-transformed-input-is-not-known-in-a-condition, version: '1.0.0'}
    do:
      - look:
          if: $input.n == 1
          set: {n: 2}
    """
    Then the workflow should be refused with 'unknown-variable'

  Scenario: An expression without end is stopped
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expression-without-end-is-stopped, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ [range(1000000000000)] | length }'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: Forms that cannot be bounded are refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: forms-that-cannot-be-bounded-are-refused, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ [repeat(1)] }'}
    """
    Then the workflow should be refused with 'invalid-expression'

  Scenario: The workflow's input is transformed before the first task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-workflow-s-input-is-transformed-before-the-fir, version: '1.0.0'}
    input: {from: '${ .order.id }'}
    do:
      - look:
          set: {id: '${ . }', raw: '${ $workflow.input.order.id }'}
    """
    And given the workflow input is:
    """yaml
    order: {id: 7}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 7
    raw: 7
    """

  Scenario: The workflow's output is transformed and then checked
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-workflow-s-output-is-transformed-and-then-chec, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    output:
      as: .n
      schema: {format: json, document: {type: integer}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    1
    """

  Scenario: A workflow's output that its schema refuses is an error of the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-s-output-that-its-schema-refuses-is-an, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    output:
      as: .n
      schema: {format: json, document: {type: string}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    instance: ''
    """

  Scenario: A task's input is checked before it is transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-s-input-is-checked-before-it-is-transformed, version: '1.0.0'}
    do:
      - look:
          input:
            schema: {format: json, document: {type: object, required: [n]}}
            from: .n
          set: {n: '${ . }'}
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """

  Scenario: A task's input that its schema refuses is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-s-input-that-its-schema-refuses-is-an-error, version: '1.0.0'}
    do:
      - look:
          input:
            schema: {format: json, document: {type: object, required: [n]}}
          set: {n: 1}
    """
    And given the workflow input is:
    """yaml
    m: 3
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    instance: /do/0/look
    """

  Scenario: A skipped task does not check its input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-skipped-task-does-not-check-its-input, version: '1.0.0'}
    do:
      - look:
          if: has("n")
          input:
            schema: {format: json, document: {type: object, required: [n]}}
          set: {n: 1}
    """
    And given the workflow input is:
    """yaml
    m: 3
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    m: 3
    """

  Scenario: A condition sees the raw input and not the transformed one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-sees-the-raw-input-and-not-the-transfo, version: '1.0.0'}
    do:
      - look:
          if: .n == 1
          input: {from: '{n: 2}'}
          set: {n: '${ .n }'}
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

  Scenario: An export replaces the whole context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-export-replaces-the-whole-context, version: '1.0.0'}
    do:
      - one:
          set: {a: 1}
          export: {as: .}
      - two:
          set: {b: 2}
          export: {as: .}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    b: 2
    """

  Scenario: An export may see the old context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-export-may-see-the-old-context, version: '1.0.0'}
    do:
      - one:
          set: {a: 1}
          export: {as: '$context + .'}
      - two:
          set: {b: 2}
          export: {as: '$context + .'}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    b: 2
    """

  Scenario: An export does not change what the next task gets
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-export-does-not-change-what-the-next-task-gets, version: '1.0.0'}
    do:
      - one:
          set: {a: 1}
          export: {as: '{other: true}'}
      - show:
          set: {input: '${ . }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    input: {a: 1}
    """

  Scenario: The workflow's output sees the context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-workflow-s-output-sees-the-context, version: '1.0.0'}
    do:
      - one:
          set: {a: 1}
          export: {as: .}
      - two:
          set: {b: 2}
    output: {as: '. + $context'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    b: 2
    """

  Scenario: A null output is an output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-null-output-is-an-output, version: '1.0.0'}
    do:
      - look:
          set: '${ null }'
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    null
    """

  Scenario: An empty set is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-empty-set-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {}
    """
    Then the workflow should be refused

  Scenario: A set may give what is no object
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-set-may-give-what-is-no-object, version: '1.0.0'}
    do:
      - look:
          set: '${ [.n, "text", true] }'
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, text, true]
    """

  Scenario: Values deep inside of a set are computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: values-deep-inside-of-a-set-are-computed, version: '1.0.0'}
    do:
      - look:
          set:
            list: [1, '${ .n }', {deep: '${ .n + 1 }'}]
            plain: {text: as it is}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    list: [1, 1, {deep: 2}]
    plain: {text: as it is}
    """

  Scenario: A set does not keep what it does not name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-set-does-not-keep-what-it-does-not-name, version: '1.0.0'}
    do:
      - look:
          set: {b: 2}
    """
    And given the workflow input is:
    """yaml
    a: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    b: 2
    """

  Scenario: The object of a missing input grows from null
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-object-of-a-missing-input-grows-from-null, version: '1.0.0'}
    do:
      - look:
          set: '${ . + {a: 1} }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    """
