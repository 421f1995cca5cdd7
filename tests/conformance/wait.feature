Feature: Wait, timeouts and raise
  Time, and errors of one's own.

  Scenario: A wait returns its input after its time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-returns-its-input-after-its-time, version: '1.0.0'}
    do:
      - pause:
          input: {from: '${ {n: 3} }'}
          wait: {minutes: 1, seconds: 30}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """
    And the workflow should take 90000 ms

  Scenario: A wait may take an expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-may-take-an-expression, version: '1.0.0'}
    do:
      - pause:
          wait: '${ "PT\(.s)S" }'
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
    And the workflow should take 4000 ms

  Scenario: A workflow has a timeout of its own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-has-a-timeout-of-its-own, version: '1.0.0'}
    timeout: {after: PT5S}
    do:
      - attempt:
          try:
            - pause:
                wait: PT1M
          catch: {}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: ''
    """
    And the workflow should take 5000 ms

  Scenario: A timeout may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-may-be-named, version: '1.0.0'}
    use:
      timeouts:
        short: {after: PT2S}
    do:
      - pause:
          timeout: short
          wait: PT1M
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/pause
    """
    And the workflow should take 2000 ms

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
