Feature: Wait, timeouts and raise
  Time, and errors of one's own.

  Scenario: A wait returns its input after its time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-returns-its-input-after-its-time, version: '1.0.0'}
    do:
      - pause:
          input: {from: '${ {n: 3} }'}
          wait: {seconds: 0, milliseconds: 300}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """
    And the workflow should take at least 300 ms

  Scenario: A wait may take an expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-may-take-an-expression, version: '1.0.0'}
    do:
      - pause:
          wait: '${ "PT0.\(.s)S" }'
    """
    And given the workflow input is:
    """yaml
    s: 4
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    s: 4
    """
    And the workflow should take at least 400 ms

  Scenario: A workflow has a timeout of its own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-has-a-timeout-of-its-own, version: '1.0.0'}
    timeout: {after: PT0.3S}
    do:
      - attempt:
          try:
            - pause:
                wait: PT10M
          catch: {}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: ''
    """
    And the workflow should take at least 300 ms

  Scenario: A timeout may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-may-be-named, version: '1.0.0'}
    use:
      timeouts:
        short: {after: PT0.2S}
    do:
      - pause:
          timeout: short
          wait: PT10M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/pause
    """
    And the workflow should take at least 200 ms

  Scenario: A raised error may be named and its members may be expressions
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raised-error-may-be-named-and-its-members-may-be, version: '1.0.0'}
    use:
      errors:
        own: {type: 'https://example.com/own', status: 409, title: Own}
    do:
      - fail:
          raise: {error: own}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    status: 409
    title: Own
    instance: /do/0/fail
    """

  Scenario: A raised error's detail may be an expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raised-error-s-detail-may-be-an-expression, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/own', status: 409, detail: '${ "for " + .who }'}}
    """
    And given the workflow input is:
    """yaml
    who: Ada
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    detail: for Ada
    """

  Scenario: An unknown name of an error is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-unknown-name-of-an-error-is-refused, version: '1.0.0'}
    do:
      - fail:
          raise: {error: missing}
    """
    Then the workflow should be refused with 'unknown-reference'

  Scenario Outline: A wait may be written as <form>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-may-be-written-as-form, version: '1.0.0'}
    do:
      - pause:
          wait: <form>
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
    And the workflow should take at least <ms> ms
    Examples:
      | form | ms |
      | PT0.2S | 200 |
      | {milliseconds: 200} | 200 |
      | {seconds: 0, milliseconds: 50} | 50 |
      | PT0S | 0 |

  Scenario: A wait that is computed must be a duration
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-that-is-computed-must-be-a-duration, version: '1.0.0'}
    do:
      - pause:
          wait: ${ .delay }
    """
    And given the workflow input is:
    """yaml
    delay: soon
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/pause
    """

  Scenario: A wait may be computed as an object
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-may-be-computed-as-an-object, version: '1.0.0'}
    do:
      - pause:
          wait: '${ {milliseconds: .n} }'
    """
    And given the workflow input is:
    """yaml
    n: 100
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 100
    """
    And the workflow should take at least 100 ms

  Scenario: A wait's output may be transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-s-output-may-be-transformed, version: '1.0.0'}
    do:
      - pause:
          wait: {milliseconds: 1}
          output: {as: '{waited: true}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    waited: true
    """

  Scenario: A timeout stops a block and everything in it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-stops-a-block-and-everything-in-it, version: '1.0.0'}
    do:
      - block:
          timeout: {after: {milliseconds: 200}}
          do:
            - inner:
                do:
                  - pause:
                      wait: PT10M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/block
    """
    And pause should be cancelled
    And the workflow should take at least 200 ms

  Scenario: A timeout stops a loop
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-stops-a-loop, version: '1.0.0'}
    do:
      - loop:
          timeout: {after: {milliseconds: 300}}
          for: {in: '[range(100)]'}
          do:
            - pause:
                wait: {milliseconds: 100}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/loop
    """

  Scenario: A timeout stops a call
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-stops-a-call, version: '1.0.0'}
    do:
      - ask:
          timeout: {after: {milliseconds: 300}}
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/delay/8'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/ask
    """

  Scenario: A timeout stops a script that never ends
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-stops-a-script-that-never-ends, version: '1.0.0'}
    do:
      - spin:
          timeout: {after: {milliseconds: 500}}
          run:
            script: {language: js, code: 'while (true) {}'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/spin
    """

  Scenario: A timeout in a try is raised inside of it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-in-a-try-is-raised-inside-of-it, version: '1.0.0'}
    do:
      - attempt:
          try:
            - block:
                timeout: {after: {milliseconds: 100}}
                do:
                  - pause:
                      wait: PT10M
          catch:
            errors: {with: {type: 'https://open-workflow-specification.org/spec/1.0.0/errors/timeout', status: 408}}
            do:
              - handle:
                  set: {at: '${ $error.instance }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: /do/0/attempt/try/0/block
    """

  Scenario: A task that ends in time does not time out
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-that-ends-in-time-does-not-time-out, version: '1.0.0'}
    do:
      - quick:
          timeout: {after: PT10M}
          wait: {milliseconds: 10}
      - after:
          set: {after: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    after: true
    """

  Scenario: Of two timeouts the one that ends first counts
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: of-two-timeouts-the-one-that-ends-first-counts, version: '1.0.0'}
    do:
      - outer:
          timeout: {after: {milliseconds: 100}}
          do:
            - inner:
                timeout: {after: PT10M}
                wait: PT10M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/outer
    """

  Scenario: A timeout may be computed from the task's input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-may-be-computed-from-the-task-s-input, version: '1.0.0'}
    do:
      - pause:
          timeout: {after: '${ {milliseconds: .limit} }'}
          wait: PT10M
    """
    And given the workflow input is:
    """yaml
    limit: 100
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/pause
    """

  Scenario: A timeout of the workflow may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-of-the-workflow-may-be-named, version: '1.0.0'}
    use:
      timeouts:
        short: {after: {milliseconds: 100}}
    timeout: short
    do:
      - pause:
          wait: PT10M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: ''
    """

  Scenario: A timeout that nothing defines is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-that-nothing-defines-is-refused, version: '1.0.0'}
    do:
      - pause:
          timeout: sort
          wait: PT1S
    """
    Then the workflow should be refused with 'unknown-reference'
    And the diagnostic should mention 'sort'

  Scenario: A duration as a bare timeout is a name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-duration-as-a-bare-timeout-is-a-name, version: '1.0.0'}
    do:
      - pause:
          timeout: PT1S
          wait: PT10M
    """
    Then the workflow should be refused
    And the diagnostic should mention 'PT1S'

  Scenario: A retry gives each try its time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-gives-each-try-its-time, version: '1.0.0'}
    do:
      - attempt:
          try:
            - pause:
                wait: PT10M
          catch:
            retry:
              limit: {attempt: {count: 1, duration: {milliseconds: 200}}}
            do:
              - handle:
                  set: {type: '${ $error.type | split("/") | last }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    type: timeout
    """
    And pause should run 2 times
    And the workflow should take at least 400 ms

  Scenario: A raised error needs a type and a status
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raised-error-needs-a-type-and-a-status, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {title: Own}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'status'

  Scenario: The instance of a raised error is always its task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-instance-of-a-raised-error-is-always-its-task, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/own', status: 500, instance: /elsewhere}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/fail
    """

  Scenario: A raised type is never rewritten
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raised-type-is-never-rewritten, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://serverlessworkflow.io/dsl/errors/types/communication', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/dsl/errors/types/communication
    """

  Scenario: A raised type and status may be computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raised-type-and-status-may-be-computed, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: '${ .type }', status: '${ .status }'}}
    """
    And given the workflow input is:
    """yaml
    type: https://example.com/computed
    status: 409
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/computed
    status: 409
    """

  Scenario: A raised error stops what follows
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-raised-error-stops-what-follows, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/own', status: 500}}
      - never:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault
    And never should run never
    And fail should fault
    """yaml
    type: https://example.com/own
    """
