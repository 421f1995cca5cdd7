Feature: Expressions
  Where they stand, what they see, what they must give, and where they end.

  Scenario: Blanks around the braces do not matter
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: blanks-around-the-braces-do-not-matter, version: '1.0.0'}
    do:
      - look:
          set: {n: '   ${.n}  '}
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 4
    """

  Scenario: Two expressions in one string are refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-expressions-in-one-string-are-refused, version: '1.0.0'}
    do:
      - look:
          set: {text: '${ .first } ${ .last }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention '${'

  Scenario: An expression inside of the text of an error is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expression-inside-of-the-text-of-an-error-is-re, version: '1.0.0'}
    do:
      - fail:
          raise:
            error: {type: 'https://example.com/own', status: 500, detail: 'no ${ .what } left'}
    """
    Then the workflow should be refused
    And the diagnostic should mention '${'

  Scenario: An expression inside of a header's text is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expression-inside-of-a-header-s-text-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/headers
            headers: {X-Name: 'Dear ${ .name }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention '${'

  Scenario: A key that looks like an expression is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-key-that-looks-like-an-expression-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {'${ .name }': 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention '${'

  Scenario: A bare expression among the values of set is text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-bare-expression-among-the-values-of-set-is-text, version: '1.0.0'}
    do:
      - look:
          set: {n: .n}
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: .n
    """

  Scenario: Text in the object form of input.from is text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: text-in-the-object-form-of-input-from-is-text, version: '1.0.0'}
    do:
      - look:
          input:
            from: {bare: .n, braced: '${ .n }'}
          set: '${ . }'
    """
    And given the workflow input is:
    """yaml
    n: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    bare: .n
    braced: 4
    """

  Scenario: Text in the object form of output.as is text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: text-in-the-object-form-of-output-as-is-text, version: '1.0.0'}
    do:
      - look:
          set: {n: 4}
          output:
            as: {bare: .n, braced: '${ .n }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    bare: .n
    braced: 4
    """

  Scenario: Text in the object form of export.as is text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: text-in-the-object-form-of-export-as-is-text, version: '1.0.0'}
    do:
      - look:
          set: {n: 4}
          export:
            as: {bare: .n, braced: '${ .n }'}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    bare: .n
    braced: 4
    """

  Scenario: Every condition takes a bare expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-condition-takes-a-bare-expression, version: '1.0.0'}
    do:
      - attempt:
          if: .n == 1
          try:
            - loop:
                for: {in: .list}
                while: $index < 1
                do:
                  - fail:
                      raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            when: $error.status == 503
            exceptWhen: $error.status == 500
            retry:
              when: $error.status == 500
              exceptWhen: $error.status == 503
            do:
              - choose:
                  switch:
                    - caught: {when: .n == 1, then: handle}
              - handle:
                  set: {handled: true}
    """
    And given the workflow input is:
    """yaml
    n: 1
    list: [1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """

  Scenario: Every condition takes an expression in braces
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-condition-takes-an-expression-in-braces, version: '1.0.0'}
    do:
      - attempt:
          if: ${ .n == 1 }
          try:
            - loop:
                for: {in: '${ .list }'}
                while: ${ $index < 1 }
                do:
                  - fail:
                      raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            when: ${ $error.status == 503 }
            exceptWhen: ${ $error.status == 500 }
            do:
              - choose:
                  switch:
                    - caught: {when: '${ .n == 1 }', then: handle}
              - handle:
                  set: {handled: true}
    """
    And given the workflow input is:
    """yaml
    n: 1
    list: [1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """

  Scenario: Every transformation takes a bare expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-transformation-takes-a-bare-expression, version: '1.0.0'}
    input: {from: .wrapped}
    do:
      - look:
          input: {from: .n}
          set: {n: '${ . }'}
          output: {as: .n}
          export: {as: '{kept: .}'}
    output: {as: '{n: ., kept: $context.kept}'}
    """
    And given the workflow input is:
    """yaml
    wrapped: {n: 4}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 4
    kept: 4
    """

  Scenario: A duration needs braces around its expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-duration-needs-braces-around-its-expression, version: '1.0.0'}
    do:
      - pause:
          wait: .delay
    """
    Then the workflow should be refused
    And the diagnostic should mention '${'

  Scenario: A condition without output is false
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-without-output-is-false, version: '1.0.0'}
    do:
      - look:
          if: empty
          set: {n: 1}
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

  Scenario: A condition that is null is false
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-that-is-null-is-false, version: '1.0.0'}
    do:
      - look:
          if: .missing
          set: {n: 1}
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

  Scenario: A condition that is text is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-that-is-text-is-an-expression-error, version: '1.0.0'}
    do:
      - look:
          if: .text
          set: {n: 1}
    """
    And given the workflow input is:
    """yaml
    text: 'true'
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/look
    """

  Scenario: A condition that is zero is an expression error and not false
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-that-is-zero-is-an-expression-error-an, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1]'}
          while: '0'
          do:
            - look:
                set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/loop
    """

  Scenario: A condition with two outputs is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-with-two-outputs-is-an-expression-erro, version: '1.0.0'}
    do:
      - look:
          if: true, true
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: A while without output ends the loop
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-while-without-output-ends-the-loop, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2]'}
          while: empty
          do:
            - look:
                set: {n: 1}
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
    And look should run never

  Scenario: An exceptWhen that is null excepts nothing
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-exceptwhen-that-is-null-excepts-nothing, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            exceptWhen: 'null'
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """

  Scenario: A transformation without output is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-transformation-without-output-is-an-expression-e, version: '1.0.0'}
    do:
      - look:
          input: {from: empty}
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: A transformation with two outputs is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-transformation-with-two-outputs-is-an-expression, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
          output: {as: '., .'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: False and null are values like any other outside of conditions
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: false-and-null-are-values-like-any-other-outside-o, version: '1.0.0'}
    do:
      - look:
          set: {no: '${ false }', nothing: '${ null }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    no: false
    nothing: null
    """

  Scenario: In jq only false and null are false
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: in-jq-only-false-and-null-are-false, version: '1.0.0'}
    do:
      - look:
          set:
            zero: '${ if 0 then "yes" else "no" end }'
            text: '${ if "" then "yes" else "no" end }'
            nothing: '${ if null then "yes" else "no" end }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    zero: 'yes'
    text: 'yes'
    nothing: 'no'
    """

  Scenario: An expression that does not parse is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expression-that-does-not-parse-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ .a | | .b }'}
    """
    Then the workflow should be refused

  Scenario: An unknown function is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-unknown-function-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ .a | lenght }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'length'

  Scenario: An unknown variable is refused with the one that was meant
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-unknown-variable-is-refused-with-the-one-that-w, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ $contxt.a }'}
    """
    Then the workflow should be refused with 'unknown-variable'
    And the diagnostic should mention 'context'

  Scenario: The output of a task is known in its export only
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-a-task-is-known-in-its-export-only, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
          output: {as: $output.n}
    """
    Then the workflow should be refused with 'unknown-variable'
    And the diagnostic should mention 'output'

  Scenario: The transformed input is not known in input.from
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-transformed-input-is-not-known-in-input-from, version: '1.0.0'}
    do:
      - look:
          input: {from: $input.n}
          set: {n: 1}
    """
    Then the workflow should be refused with 'unknown-variable'

  Scenario: The context is not known when the workflow's input is transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-context-is-not-known-when-the-workflow-s-input, version: '1.0.0'}
    input: {from: $context.n}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused with 'unknown-variable'

  Scenario Outline: <form> is refused, because it looks outside of the data
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: form-is-refused-because-it-looks-outside-of-the-da, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ <expression> }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention '<word>'
    Examples:
      | form | expression | word |
      | the clock | now | now |
      | the environment | env | env |
      | the environment as a variable | $ENV.HOME | ENV |
      | another input | input | input |
      | the place in a file | $__loc__ | loc |
      | a note on the terminal | debug | debug |
      | ending the process | halt | halt |
      | the time zone of the host | 0 \| localtime | localtime |
      | formatting in the time zone of the host | 0 \| strflocaltime("%H") | strflocaltime |

  Scenario Outline: <form> is refused, because it may never end
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: form-is-refused-because-it-may-never-end, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ <expression> }'}
    """
    Then the workflow should be refused
    Examples:
      | form | expression |
      | a recursive definition | def f: f; f |
      | repeat | [repeat(1)] |
      | jq's while | [1 \| while(true; .)] |
      | jq's until | 1 \| until(false; .) |
      | recurse with a function | [recurse(.)] |

  Scenario: Text that grows without end is stopped
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: text-that-grows-without-end-is-stopped, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ reduce range(1000000) as $i ("x"; . + .) | length }'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/look
    """

  Scenario: Text that is repeated too often is stopped
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: text-that-is-repeated-too-often-is-stopped, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ "x" * 1000000000000 | length }'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: A regular expression that would backtrack for ever does not
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-regular-expression-that-would-backtrack-for-ever, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ ("a" * 5000 + "!") | test("^(a+)+$") }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: false
    """

  Scenario: Whole numbers of 64 bits are exact
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: whole-numbers-of-64-bits-are-exact, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ 9007199254740993 }', sum: '${ .n + 1 }'}
    """
    And given the workflow input is:
    """yaml
    n: 9223372036854775806
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 9007199254740993
    sum: 9223372036854775807
    """

  Scenario: Larger whole numbers become the nearest double
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: larger-whole-numbers-become-the-nearest-double, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ 100000000000000000001 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1e20
    """

  Scenario: A result that is no number of JSON is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-result-that-is-no-number-of-json-is-an-expressio, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ nan }'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    """

  Scenario: Dividing by zero is an expression error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: dividing-by-zero-is-an-expression-error, version: '1.0.0'}
    do:
      - look:
          set: {n: '${ 1 / .zero }'}
    """
    And given the workflow input is:
    """yaml
    zero: 0
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    """

  Scenario: The workflow is described with its definition, its input and its start
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-workflow-is-described-with-its-definition-its, version: '1.0.0'}
    input: {from: .inner}
    do:
      - look:
          set:
            name: ${ $workflow.definition.document.name }
            raw: ${ $workflow.input }
            id: ${ $workflow.id | type }
            iso: ${ $workflow.startedAt.iso8601 | type }
            seconds: ${ $workflow.startedAt.epoch.seconds | type }
            milliseconds: ${ $workflow.startedAt.epoch.milliseconds >= $workflow.startedAt.epoch.seconds * 1000 }
    """
    And given the workflow input is:
    """yaml
    inner: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: the-workflow-is-described-with-its-definition-its
    raw: {inner: {n: 1}}
    id: string
    iso: string
    seconds: number
    milliseconds: true
    """

  Scenario: The runtime is described with its name and its version
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-runtime-is-described-with-its-name-and-its-ver, version: '1.0.0'}
    do:
      - look:
          set: {name: '${ $runtime.name | type }', version: '${ $runtime.version | type }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: string
    version: string
    """

  Scenario: The task's raw input and raw output differ from the transformed ones
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-task-s-raw-input-and-raw-output-differ-from-th, version: '1.0.0'}
    do:
      - look:
          input: {from: .n}
          set: {twice: '${ . * 2 }', raw: '${ $task.input }', transformed: '${ $input }'}
          output: {as: '. + {before: $task.output.twice}'}
          export: {as: '{raw: ($task.output | has("before")), transformed: ($output | has("before"))}'}
      - show:
          set: {output: '${ . }', context: '${ $context }'}
    """
    And given the workflow input is:
    """yaml
    n: 2
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    output: {twice: 4, raw: {n: 2}, transformed: 2, before: 4}
    context: {raw: false, transformed: true}
    """

  Scenario: A call's definition is seen as the examples see it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-call-s-definition-is-seen-as-the-examples-see-it, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/anything/seen
          output:
            as: '{call: $task.call, method: $task.with.method, definition: $task.definition.with.method}'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    call: http
    method: get
    definition: get
    """

  Scenario: Expressions in the answer of a service are never evaluated
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: expressions-in-the-answer-of-a-service-are-never-e, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: post
            endpoint: https://httpbin.org/anything/data
            body: {text: '${ .text }'}
          output: {as: .json}
      - copy:
          set: {text: '${ .text }'}
    """
    And given the workflow input is:
    """yaml
    text: '${ 1 + 1 }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: '${ 1 + 1 }'
    """

  Scenario: Expressions in the items of a loop are never evaluated
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: expressions-in-the-items-of-a-loop-are-never-evalu, version: '1.0.0'}
    do:
      - loop:
          for: {in: '${ .items }'}
          do:
            - copy:
                set: {text: '${ $item }'}
    """
    And given the workflow input is:
    """yaml
    items: ['${ 1 + 1 }']
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: '${ 1 + 1 }'
    """

  Scenario: The language may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-language-may-be-named, version: '1.0.0'}
    evaluate: {language: jq, mode: strict}
    do:
      - look:
          set: {n: '${ 1 + 1 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """

  Scenario: The loose mode is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-loose-mode-is-refused, version: '1.0.0'}
    evaluate: {mode: loose}
    do:
      - look:
          set: {n: 1 + 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'loose'

  Scenario: Another expression language is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: another-expression-language-is-refused, version: '1.0.0'}
    evaluate: {language: javascript}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'javascript'
