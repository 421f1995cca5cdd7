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
              delay: {seconds: 1}
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
    And the workflow should take 3000 ms

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
              delay: PT1S
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
    And the workflow should take 15000 ms

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
              delay: PT1S
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
    And the workflow should take 6000 ms

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
              delay: PT2S
              limit: {duration: PT5S}
            do:
              - handle:
                  set: {handled: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    handled: true
    """
    And the workflow should take 4000 ms

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
    And the workflow should take 0 ms

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
          timeout: {after: PT1S}
          try:
            - slow:
                wait: PT10S
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
    And the workflow should take 1000 ms

  Scenario: A parent's catch gets a child's timeout
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-parent-s-catch-gets-a-child-s-timeout, version: '1.0.0'}
    do:
      - attempt:
          try:
            - slow:
                timeout: {after: PT1S}
                wait: PT10S
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
    And the workflow should take 1000 ms

  Scenario: The time of one attempt is limited by the retry policy
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-time-of-one-attempt-is-limited-by-the-retry-po, version: '1.0.0'}
    do:
      - attempt:
          try:
            - slow:
                wait: PT10S
          catch:
            retry:
              limit: {attempt: {count: 2, duration: PT1S}}
            do:
              - handle:
                  set: {late: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And the workflow should take 3000 ms

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
