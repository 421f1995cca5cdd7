Feature: Durability
  A host may be killed at any moment; what waits goes on at the right time.

  @alone
  Scenario: A wait ends at its time after the host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wait-ends-at-its-time-after-the-host-was-killed, version: '1.0.0'}
    do:
      - pause:
          wait: {seconds: 2}
      - after:
          set: {after: true}
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the host is killed and started again
    Then the workflow should complete with output:
    """yaml
    after: true
    """
    And the workflow should take at least 2000 ms
    And pause should run once

  @alone
  Scenario: A listen hears what comes after the host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-listen-hears-what-comes-after-the-host-was-kille, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.after-the-kill.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the host is killed and started again
    And the event is published:
    """yaml
    type: com.example.after-the-kill.v1
    data: 1
    """
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  @alone
  Scenario: What a listen has heard before its host was killed is kept
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-a-listen-has-heard-before-its-host-was-killed, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              all:
                - with: {type: com.example.kept-a.v1}
                - with: {type: com.example.kept-b.v1}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.kept-a.v1
    data: 1
    """
    And the host is killed and started again
    And the event is published:
    """yaml
    type: com.example.kept-b.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  @alone
  Scenario: An event that was accepted before the host was killed is not lost
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-that-was-accepted-before-the-host-was-kil, version: '1.0.0'}
    do:
      - pause:
          wait: {seconds: 2}
      - hear:
          listen:
            to:
              one: {with: {type: com.example.accepted.v1}}
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the event is published:
    """yaml
    type: com.example.accepted.v1
    data: 1
    """
    And the host is killed and started again
    Then the workflow should complete with output:
    """yaml
    [1]
    """

  @alone
  Scenario: A retry waits its time though the host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-waits-its-time-though-the-host-was-killed, version: '1.0.0'}
    do:
      - attempt:
          try:
            - ask:
                call: http
                with: {method: get, endpoint: 'https://httpbin.org/flaky/survives/1'}
          catch:
            retry:
              delay: {seconds: 2}
              limit: {attempt: {count: 2}}
    """
    When the workflow is executed
    And the workflow has reached 'ask'
    And the host is killed and started again
    Then the workflow should complete with output:
    """yaml
    attempt: 2
    """
    And the workflow should take at least 2000 ms

  @alone
  Scenario: A fork's branches go on after the host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-fork-s-branches-go-on-after-the-host-was-killed, version: '1.0.0'}
    do:
      - split:
          fork:
            branches:
              - done:
                  set: {n: 1}
              - pause:
                  wait: {seconds: 2}
    """
    And given the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the host is killed and started again
    Then the workflow should complete with output:
    """yaml
    [{n: 1}, {n: 0}]
    """
    And done should run once

  @alone
  Scenario: A timeout counts on while the host is down
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-timeout-counts-on-while-the-host-is-down, version: '1.0.0'}
    do:
      - block:
          timeout: {after: {seconds: 2}}
          do:
            - pause:
                wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the host is killed and started again
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    instance: /do/0/block
    """

  @alone
  Scenario: A run that was cancelled stays so after the host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-run-that-was-cancelled-stays-so-after-the-host-w, version: '1.0.0'}
    do:
      - pause:
          wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the workflow is cancelled
    And the host is killed and started again
    Then the workflow should be cancelled
