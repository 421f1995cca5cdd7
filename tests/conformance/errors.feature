Feature: Errors
  Their types, their places, and what they say.

  Scenario: An error of the workflow has no place
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-of-the-workflow-has-no-place, version: '1.0.0'}
    input: {from: error("broken")}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: ''
    """

  Scenario: An error of the workflow's output has no place
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-of-the-workflow-s-output-has-no-place, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    output: {as: error("broken")}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: ''
    """

  Scenario: An error in a block is at the inner task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-in-a-block-is-at-the-inner-task, version: '1.0.0'}
    do:
      - outer:
          do:
            - fine:
                set: {n: 1}
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/outer/do/1/fail
    """

  Scenario: An error in a block's own output is at the block
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-in-a-block-s-own-output-is-at-the-block, version: '1.0.0'}
    do:
      - outer:
          do:
            - fine:
                set: {n: 1}
          output: {as: error("broken")}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/outer
    """

  Scenario: An error of an export is at its task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-of-an-export-is-at-its-task, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
          export: {as: error("broken")}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: An error of a condition is at its task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-of-a-condition-is-at-its-task, version: '1.0.0'}
    do:
      - look:
          if: error("broken")
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    instance: /do/0/look
    """

  Scenario: A name with a slash is escaped in the place of an error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-name-with-a-slash-is-escaped-in-the-place-of-an, version: '1.0.0'}
    do:
      - a/b~c:
          raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/a~1b~0c
    """

  Scenario: An answer that is an error of the service is a communication error with its status
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-answer-that-is-an-error-of-the-service-is-a-com, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/status/503'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 503
    instance: /do/0/ask
    """

  Scenario: A service that is not granted cannot be called
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-service-that-is-not-granted-cannot-be-called, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: '${ .address }'}
    """
    And given the workflow input is:
    """yaml
    address: https://service.denied.test/
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/ask
    """
    And the server should have received 0 requests at 'https://service.denied.test/'

  Scenario: A service that is written out and not granted is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-service-that-is-written-out-and-not-granted-is-r, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://other.denied.test/'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'other.denied.test'

  Scenario: A script that throws is a runtime error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-that-throws-is-a-runtime-error, version: '1.0.0'}
    do:
      - fail:
          run:
            script: {language: js, code: 'throw new Error("broken")'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime
    status: 500
    instance: /do/0/fail
    """

  Scenario: A condition of a catch that fails has the caught error as its cause
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-condition-of-a-catch-that-fails-has-the-caught-e, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 500}}
          catch:
            when: error("broken")
            do:
              - never:
                  set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/attempt
    cause: {type: 'https://example.com/own', status: 500}
    """

  Scenario: A faulted task is followed by the fault of what contains it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-faulted-task-is-followed-by-the-fault-of-what-co, version: '1.0.0'}
    do:
      - outer:
          do:
            - inner:
                do:
                  - fail:
                      raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/outer/do/0/inner/do/0/fail
    """
    And fail should fault
    And inner should fault
    And outer should fault
