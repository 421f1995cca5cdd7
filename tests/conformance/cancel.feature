Feature: Cancelling
  A run that is ended from outside, with everything below it.

  Scenario: A run that waits is cancelled
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-run-that-waits-is-cancelled, version: '1.0.0'}
    do:
      - pause:
          wait: PT10M
      - never:
          set: {n: 1}
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And pause should be cancelled
    And never should run never

  Scenario: Cancelling is no error that a catch gets
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-is-no-error-that-a-catch-gets, version: '1.0.0'}
    do:
      - attempt:
          try:
            - pause:
                wait: PT10M
          catch:
            do:
              - never:
                  set: {n: 1}
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And never should run never

  Scenario: Cancelling ends every branch of a fork
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-ends-every-branch-of-a-fork, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - one:
                  wait: PT10M
              - two:
                  do:
                    - inner:
                        wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'inner'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And one should be cancelled
    And inner should be cancelled

  Scenario: Cancelling ends the wait for a retry
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-ends-the-wait-for-a-retry, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry:
              delay: PT10M
              limit: {attempt: {count: 5}}
    """
    When the workflow is executed
    And the workflow has reached 'fail'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And fail should run once

  Scenario: Cancelling ends a call
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: cancelling-ends-a-call, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/delay/9'}
      - never:
          set: {n: 1}
    """
    When the workflow is executed
    And the workflow is cancelled
    Then the workflow should be cancelled
    And never should run never

  Scenario: A run that was cancelled in a loop does no further iteration
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-run-that-was-cancelled-in-a-loop-does-no-further, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[range(1000)]'}
          do:
            - pause:
                wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And pause should run once
