Feature: Lifecycle events
  What the specification wants to be told of workflows and tasks.

  @alone
  Scenario: The life of a workflow that completes is told
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-life-of-a-workflow-that-completes-is-told, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete
    And a lifecycle event 'workflow.started' should be published
    And a lifecycle event 'workflow.completed' should be published
    And a lifecycle event 'task.created' should be published
    And a lifecycle event 'task.started' should be published
    And a lifecycle event 'task.completed' should be published

  @alone
  Scenario: The fault of a workflow is told
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-fault-of-a-workflow-is-told, version: '1.0.0'}
    do:
      - fail:
          raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault
    And a lifecycle event 'task.faulted' should be published
    And a lifecycle event 'workflow.faulted' should be published

  @alone
  Scenario: The cancelling of a workflow is told
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-cancelling-of-a-workflow-is-told, version: '1.0.0'}
    do:
      - pause:
          wait: PT10M
    """
    When the workflow is executed
    And the workflow has reached 'pause'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And a lifecycle event 'task.cancelled' should be published
    And a lifecycle event 'workflow.cancelled' should be published

  @alone
  Scenario: A suspension is told of the workflow and of its active tasks
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-suspension-is-told-of-the-workflow-and-of-its, version: '1.0.0'}
    do:
      - hear:
          listen: {to: {one: {with: {type: com.example.suspended.v1}}}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the workflow is suspended
    And the workflow is resumed
    And the event is published:
    """yaml
    type: com.example.suspended.v1
    """
    Then the workflow should complete
    And a lifecycle event 'workflow.suspended' should be published
    And a lifecycle event 'task.suspended' should be published
    And a lifecycle event 'workflow.resumed' should be published
    And a lifecycle event 'task.resumed' should be published

  @alone
  Scenario: A retry is told
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-retry-is-told, version: '1.0.0'}
    do:
      - attempt:
          try:
            - fail:
                raise: {error: {type: 'https://example.com/own', status: 503}}
          catch:
            retry: {limit: {attempt: {count: 1}}}
            do:
              - handle:
                  set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete
    And a lifecycle event 'task.retried' should be published

  @alone
  Scenario: A correlation is told
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-correlation-is-told, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one:
                with: {type: com.example.told.v1}
                correlate: {room: {from: .roomid}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.told.v1
    roomid: kitchen
    """
    Then the workflow should complete
    And a lifecycle event 'workflow.correlation-started' should be published
    And a lifecycle event 'workflow.correlation-completed' should be published
