Feature: Try, catch and retry
  Errors are caught, retried and handled in this order.

  Scenario: A caught error without a handler is swallowed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-caught-error-without-a-handler-is-swallowed, version: '1.0.0'}
    do:
      - attempt:
          input: {from: '${ {n: 1} }'}
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch: {}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: The handler sees the error, and its input is the try's
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-handler-sees-the-error--and-its-input-is-the-t, version: '1.0.0'}
    do:
      - attempt:
          input: {from: '${ {n: 1} }'}
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 418, title: Teapot}}
          catch:
            as: caught
            do:
              - handle:
                  set: {status: '${ $caught.status }', at: '${ $caught.instance }', n: '${ .n }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: 418
    at: /do/0/attempt/try/0/fail
    n: 1
    """

  Scenario: An error that the filter does not want goes on
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-that-the-filter-does-not-want-goes-on, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            errors: {with: {status: 503}}
            do:
              - never:
                  set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    status: 500
    instance: /do/0/attempt/try/0/fail
    """
    And never should run never

  Scenario Outline: A filter may name the detail as <key>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-filter-may-name-the-detail, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500, detail: none left}}
          catch:
            errors: {with: {<key>: none left}}
            do:
              - handle:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """
    Examples:
      | key |
      | detail |
      | details |

  Scenario: Standard types match by their last segment under the specification's hosts
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: standard-types-match-by-their-last-segment-under-t, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                set: {n: '${ .missing.deep + {} | keys | .[0] / 0 }'}
          catch:
            errors: {with: {type: 'https://serverlessworkflow.io/dsl/errors/types/expression'}}
            do:
              - handle:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: Other types compare exactly
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: other-types-compare-exactly, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/a/own', status: 500}}
          catch:
            errors: {with: {type: 'https://example.com/b/own'}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/a/own
    """

  Scenario: When and exceptWhen decide with the error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: when-and-exceptwhen-decide-with-the-error, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            when: ${ $error.status == 500 }
            exceptWhen: ${ $error.title == "other" }
            do:
              - handle:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: Retrying comes first, and the handler when it is exhausted
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: retrying-comes-first--and-the-handler-when-it-is-e, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: {milliseconds: 100}
              limit: {attempt: {count: 3}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 300 ms

  Scenario: Exhausted retries without a handler raise the error again
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exhausted-retries-without-a-handler-raise-the-erro, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              limit: {attempt: {count: 2}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    instance: /do/0/attempt/try/0/fail
    """

  Scenario: An exponential backoff doubles the delay
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-exponential-backoff-doubles-the-delay, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: PT0.05S
              backoff: {exponential: {}}
              limit: {attempt: {count: 4}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 750 ms

  Scenario: A linear backoff adds the delay each time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-linear-backoff-adds-the-delay-each-time, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: PT0.1S
              backoff: {linear: {}}
              limit: {attempt: {count: 3}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 600 ms

  Scenario: The overall duration ends retrying
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-overall-duration-ends-retrying, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: PT0.2S
              limit: {duration: PT0.5S}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 400 ms

  Scenario: A retry condition that is false goes to the handler at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-condition-that-is-false-goes-to-the-handle, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 402}}
          catch:
            retry:
              when: ${ $error.status >= 500 }
              delay: PT1M
              limit: {attempt: {count: 5}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And fail should run once

  Scenario: A condition that fails replaces the error, with the caught one as its cause
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-that-fails-replaces-the-error--with-th, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            when: ${ $error.title + 1 | . / 0 }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/attempt
    """

  Scenario: A catch's then leads on after an error was handled
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catch-s-then-leads-on-after-an-error-was-handled, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            then: after
      - between:
          set: {between: true}
          then: end
      - after:
          set: {after: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    after: true
    """
    And between should run never

  Scenario: A try does not catch its own timeout
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-try-does-not-catch-its-own-timeout, version: '1.0.0'}
    do:
      - attempt:
          timeout: {after: PT0.2S}
          try:
            - slow:
                wait: PT10M
          catch:
            do:
              - never:
                  set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/attempt
    """
    And the workflow should take at least 200 ms

  Scenario: A parent's catch gets a child's timeout
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-parent-s-catch-gets-a-child-s-timeout, version: '1.0.0'}
    do:
      - attempt:
          try:
            - slow:
                timeout: {after: PT0.2S}
                wait: PT10M
          catch:
            errors: {with: {type: 'https://open-workflow-specification.org/spec/1.0.0/errors/timeout'}}
            do:
              - handle:
                  set: {late: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And the workflow should take at least 200 ms

  Scenario: The time of one attempt is limited by the retry policy
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-time-of-one-attempt-is-limited-by-the-retry-po, version: '1.0.0'}
    do:
      - attempt:
          try:
            - slow:
                wait: PT10M
          catch:
            retry:
              limit: {attempt: {count: 2, duration: PT0.2S}}
            do:
              - handle:
                  set: {late: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And the workflow should take at least 600 ms

  Scenario: An export of a failed attempt stays
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-export-of-a-failed-attempt-stays, version: '1.0.0'}
    do:
      - attempt:
          try:
            - remember:
                set: {n: 1}
                export: {as: '${ {seen: .n} }'}
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - handle:
                  set: {seen: '${ $context.seen }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: 1
    """

  Scenario: The error is not known outside of its catch
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-error-is-not-known-outside-of-its-catch, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                set: {n: '${ $error }'}
          catch: {}
    """
    Then the workflow should be refused with 'unknown-variable'

  Scenario: A try that does not fail gives its body's output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-try-that-does-not-fail-gives-its-body-s-output, version: '1.0.0'}
    do:
      - attempt:
          try:
            - one:
                set: {n: 1}
          catch:
            do:
              - never:
                  set: {n: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And never should run never

  Scenario: The error's variable is called error where no other name is given
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-error-s-variable-is-called-error-where-no-othe, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500, title: Own, detail: because}}
          catch:
            do:
              - handle:
                  set: '${ $error | {type, status, title, detail, instance} }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    type: https://example.com/own
    status: 500
    title: Own
    detail: because
    instance: /do/0/attempt/try/0/fail
    """

  Scenario: The handler's dot is the try's transformed input and not the error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-handler-s-dot-is-the-try-s-transformed-input-a, version: '1.0.0'}
    do:
      - attempt:
          input: {from: .inner}
          try:
            - change:
                set: {n: 99}
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - handle:
                  set: {n: '${ .n }'}
    """
    And given the workflow input is:
    """yaml
    inner: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: An error that is swallowed gives the transformed input, and the checker warns
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-that-is-swallowed-gives-the-transformed-i, version: '1.0.0'}
    do:
      - attempt:
          input: {from: .inner}
          try:
            - change:
                set: {n: 99}
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            errors: {with: {status: 500}}
    """
    And given the workflow input is:
    """yaml
    inner: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And a warning should mention 'catch'

  Scenario: A caught error's output is transformed and exported like any other
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-caught-error-s-output-is-transformed-and-exporte, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - handle:
                  set: {n: 1}
          output: {as: '{wrapped: .n}'}
          export: {as: .}
      - show:
          set: {input: '${ . }', context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    input: {wrapped: 1}
    context: {wrapped: 1}
    """

  Scenario Outline: An error is caught by its <member>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-is-caught-by-its-member, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500, title: Own, detail: because}}
          catch:
            errors: {with: {<member>: <value>}}
            do:
              - handle:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """
    Examples:
      | member | value |
      | status | 500 |
      | title | Own |
      | detail | because |
      | instance | /do/0/attempt/try/0/fail |

  Scenario: Every member of the filter must be equal
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-member-of-the-filter-must-be-equal, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500, title: Own}}
          catch:
            errors: {with: {status: 500, title: Other}}
            do:
              - never:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    title: Own
    """
    And never should run never

  Scenario Outline: A standard error is caught by its address under <host>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-standard-error-is-caught-by-its-address-under-ho, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                set: {n: '${ error("broken") }'}
          catch:
            errors: {with: {type: '<address>'}}
            do:
              - handle:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """
    Examples:
      | host | address |
      | the specification's present host | https://open-workflow-specification.org/spec/1.0.0/errors/expression |
      | the host that it had before | https://serverlessworkflow.io/spec/1.0.0/errors/expression |
      | the path that the kit uses | https://open-workflow-specification.org/dsl/errors/types/expression |

  Scenario: A standard name under another host is another error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-standard-name-under-another-host-is-another-erro, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                set: {n: '${ error("broken") }'}
          catch:
            errors: {with: {type: 'https://example.com/spec/1.0.0/errors/expression'}}
            do:
              - never:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    """

  Scenario: Another standard error is not caught
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: another-standard-error-is-not-caught, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                set: {n: '${ error("broken") }'}
          catch:
            errors: {with: {type: 'https://open-workflow-specification.org/spec/1.0.0/errors/validation'}}
            do:
              - never:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    """

  Scenario: An error that an inner try does not want reaches the outer one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-that-an-inner-try-does-not-want-reaches-t, version: '1.0.0'}
    do:
      - outer:
          try:
            - inner:
                try:
                  - fail:
                      raise: {error: {type: 'https://example.com/own', status: 500}}
                catch:
                  errors: {with: {status: 404}}
                  do:
                    - never:
                        set: {by: inner}
          catch:
            as: seen
            do:
              - handle:
                  set: {by: outer, at: '${ $seen.instance }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    by: outer
    at: /do/0/outer/try/0/inner/try/0/fail
    """

  Scenario: An error in a handler is not caught by its own try
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-in-a-handler-is-not-caught-by-its-own-try, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/first', status: 500}}
          catch:
            do:
              - again:
                  raise: {error: {type: 'https://example.com/second', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/second
    instance: /do/0/attempt/catch/do/0/again
    """

  Scenario: A caught error may be raised again
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-caught-error-may-be-raised-again, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 418, title: Teapot}}
          catch:
            do:
              - again:
                  raise:
                    error:
                      type: ${ $error.type }
                      status: ${ $error.status }
                      title: ${ $error.title }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    status: 418
    title: Teapot
    instance: /do/0/attempt/catch/do/0/again
    """

  Scenario: A catch inside of a handler names its own error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catch-inside-of-a-handler-names-its-own-error, version: '1.0.0'}
    do:
      - outer:
          try:
            - first:
                raise: {error: {type: 'https://example.com/first', status: 500}}
          catch:
            do:
              - inner:
                  try:
                    - second:
                        raise: {error: {type: 'https://example.com/second', status: 501}}
                  catch:
                    as: other
                    do:
                      - handle:
                          set: {both: '${ [$error.status, $other.status] }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    both: [500, 501]
    """

  Scenario: A catch inside of a handler may not take the outer error's name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catch-inside-of-a-handler-may-not-take-the-outer, version: '1.0.0'}
    do:
      - outer:
          try:
            - first:
                raise: {error: {type: 'https://example.com/first', status: 500}}
          catch:
            do:
              - inner:
                  try:
                    - second:
                        raise: {error: {type: 'https://example.com/second', status: 501}}
                  catch:
                    do:
                      - handle:
                          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'error'

  Scenario: An error's variable may not be called like an argument
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-s-variable-may-not-be-called-like-an-argu, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            as: context
            do:
              - handle:
                  set: {n: 1}
    """
    Then the workflow should be refused with 'invalid-variable'

  Scenario: A catch with a then alone handles the error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catch-with-a-then-alone-handles-the-error, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            then: end
      - never:
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
    And never should run never

  Scenario: A catch's then wins over the try's own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catch-s-then-wins-over-the-try-s-own, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            do:
              - handle:
                  set: {n: 1}
            then: handled
          then: unharmed
      - unharmed:
          set: {is: unharmed}
          then: end
      - handled:
          set: {is: handled}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: handled
    """

  Scenario: Without an error the try's own then applies
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: without-an-error-the-try-s-own-then-applies, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fine:
                set: {n: 1}
          catch:
            then: handled
          then: unharmed
      - handled:
          set: {is: handled}
          then: end
      - unharmed:
          set: {is: unharmed}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    is: unharmed
    """

  Scenario: A retry is one more try of the whole body
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-is-one-more-try-of-the-whole-body, version: '1.0.0'}
    do:
      - attempt:
          try:
            - mark:
                set: {n: 1}
            - ask:
                call: http
                with:
                  method: get
                  endpoint: https://httpbin.org/flaky/whole-body/2
          catch:
            retry:
              delay: {milliseconds: 20}
              limit: {attempt: {count: 5}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    attempt: 3
    """
    And mark should run 3 times
    And the server should have received 3 requests at 'https://httpbin.org/flaky/whole-body/2'

  Scenario: The count of a limit is that of retries after the first try
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-count-of-a-limit-is-that-of-retries-after-the, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              limit: {attempt: {count: 2}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And fail should run 3 times

  Scenario: A count of zero is no retry
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-count-of-zero-is-no-retry, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              limit: {attempt: {count: 0}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And fail should run once

  Scenario: A retry policy may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-policy-may-be-named, version: '1.0.0'}
    use:
      retries:
        thrice: {limit: {attempt: {count: 3}}}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry: thrice
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And fail should run 4 times

  Scenario: An unknown name of a retry policy is refused with the one that was meant
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-unknown-name-of-a-retry-policy-is-refused-with, version: '1.0.0'}
    use:
      retries:
        thrice: {limit: {attempt: {count: 3}}}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry: trice
    """
    Then the workflow should be refused with 'unknown-reference'
    And the diagnostic should mention 'thrice'

  Scenario: A retry's exceptWhen ends retrying
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-s-exceptwhen-ends-retrying, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 402}}
          catch:
            retry:
              exceptWhen: $error.status < 500
              limit: {attempt: {count: 5}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And fail should run once

  Scenario: A retry's condition that is false raises the error again where nothing handles it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-s-condition-that-is-false-raises-the-error, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 402}}
          catch:
            retry:
              when: $error.status >= 500
              limit: {attempt: {count: 5}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    status: 402
    instance: /do/0/attempt/try/0/fail
    """
    And fail should run once

  Scenario: A retry's condition that fails replaces the error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-s-condition-that-fails-replaces-the-error, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              when: $error.status
              limit: {attempt: {count: 5}}
            do:
              - never:
                  set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/attempt
    """
    And never should run never

  Scenario: Retries that are exhausted lead to the handler and its then
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: retries-that-are-exhausted-lead-to-the-handler-and, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              limit: {attempt: {count: 1}}
            then: after
      - between:
          set: {n: 0}
          then: end
      - after:
          set: {after: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    after: true
    """
    And fail should run 2 times

  Scenario: A constant backoff waits the same each time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-constant-backoff-waits-the-same-each-time, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: {milliseconds: 100}
              backoff: {constant: {}}
              limit: {attempt: {count: 3}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 300 ms

  Scenario: Jitter is added to the delay
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: jitter-is-added-to-the-delay, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: {milliseconds: 100}
              jitter: {from: {milliseconds: 50}, to: {milliseconds: 80}}
              limit: {attempt: {count: 2}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 300 ms

  Scenario: Hints of this host set a backoff's factor and cap
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: hints-of-this-host-set-a-backoff-s-factor-and-cap, version: '1.0.0'}
    do:
      - attempt:
          metadata: {segue: {retry: {factor: 10, cap: PT0.2S}}}
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: {milliseconds: 50}
              backoff: {exponential: {}}
              limit: {attempt: {count: 3}}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take at least 450 ms

  Scenario: An error keeps its place through retries
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-keeps-its-place-through-retries, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1]'}
          do:
            - attempt:
                try:
                  - fail:
                      raise: {error: {type: 'https://example.com/own', status: 503}}
                catch:
                  retry: {limit: {attempt: {count: 2}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    instance: /do/0/loop/do/0/attempt/try/0/fail
    """

  Scenario: An error of input validation inside of a try is caught
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-of-input-validation-inside-of-a-try-is-ca, version: '1.0.0'}
    do:
      - attempt:
          try:
            - look:
                input: {schema: {format: json, document: {type: string}}}
                set: {n: 1}
          catch:
            errors: {with: {type: 'https://open-workflow-specification.org/spec/1.0.0/errors/validation', status: 400}}
            do:
              - handle:
                  set: {at: '${ $error.instance }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: /do/0/attempt/try/0/look
    """

  Scenario: A try does not catch errors of its own input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-try-does-not-catch-errors-of-its-own-input, version: '1.0.0'}
    do:
      - attempt:
          input: {schema: {format: json, document: {type: string}}}
          try:
            - look:
                set: {n: 1}
          catch:
            do:
              - never:
                  set: {n: 2}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    instance: /do/0/attempt
    """
    And never should run never

  Scenario: What a body exported before it failed is seen by the next try
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-a-body-exported-before-it-failed-is-seen-by-t, version: '1.0.0'}
    do:
      - attempt:
          try:
            - count:
                set: {tries: '${ ($context.tries // 0) + 1 }'}
                export: {as: .}
            - fail:
                if: .tries < 3
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry: {limit: {attempt: {count: 5}}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    tries: 3
    """
