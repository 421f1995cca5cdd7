Feature: Foreach
  A list of tasks for each event that is taken.

  Scenario: The output is the list of what the iterations gave
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-is-the-list-of-what-the-iterations-gave, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.each.v1}
              until: length == 2
          foreach:
            do:
              - double:
                  set: {twice: '${ $item * 2 }', at: '${ $index }'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.each.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.each.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [{twice: 2, at: 0}, {twice: 4, at: 1}]
    """

  Scenario: Item and index may have other names
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: item-and-index-may-have-other-names, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.named.v1}}
            read: envelope
          foreach:
            item: event
            at: i
            do:
              - look:
                  set: {type: '${ $event.type }', at: '${ $i }'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.named.v1
    """
    Then the workflow should complete with output:
    """yaml
    [{type: com.example.named.v1, at: 0}]
    """

  Scenario: Events that come during an iteration wait their turn
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: events-that-come-during-an-iteration-wait-their-tu, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.queued.v1}
              until: length == 3
          foreach:
            do:
              - pause:
                  wait: {milliseconds: 300}
              - look:
                  set: '${ $item }'
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.queued.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.queued.v1
    data: 2
    """
    And the event is published:
    """yaml
    type: com.example.queued.v1
    data: 3
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3]
    """

  Scenario: An iteration's output may be transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-iteration-s-output-may-be-transformed, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.output.v1}}
          foreach:
            do:
              - look:
                  set: {n: '${ $item }'}
            output: {as: .n + 1}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.output.v1
    data: 1
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: An iteration may export
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-iteration-may-export, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.export.v1}
              until: length == 2
          foreach:
            do:
              - look:
                  set: {n: '${ $item }'}
            export: {as: '($context // 0) + .n'}
      - show:
          set: {sum: '${ $context }'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.export.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.export.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    sum: 3
    """

  Scenario: Exit in a foreach ends the listening
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-in-a-foreach-ends-the-listening, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.break.v1}
              until: 'false'
          foreach:
            do:
              - look:
                  set: {n: '${ $item }'}
              - stop:
                  switch:
                    - second: {when: .n == 2, then: exit}
      - after:
          set: {heard: '${ . }'}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.break.v1
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.break.v1
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    heard: [{n: 1}, {n: 2}]
    """

  Scenario: End in a foreach ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: end-in-a-foreach-ends-the-workflow, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.finish.v1}
              until: 'false'
          foreach:
            do:
              - look:
                  set: {n: '${ $item }'}
                  then: end
      - never:
          set: {n: 0}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.finish.v1
    data: 1
    """
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And never should run never

  Scenario: An error in an iteration is at its own place
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-in-an-iteration-is-at-its-own-place, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.failing.v1}}
          foreach:
            do:
              - fail:
                  raise: {error: {type: 'https://example.com/own', status: 500}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.failing.v1
    """
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    instance: /do/0/hear/foreach/do/0/fail
    """

  Scenario: The variables of a foreach may not be called like arguments
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-variables-of-a-foreach-may-not-be-called-like, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.named.v2}}
          foreach:
            item: task
            do:
              - look:
                  set: {n: 1}
    """
    Then the workflow should be refused with 'invalid-variable'

  Scenario: The item of a foreach is not known after it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-item-of-a-foreach-is-not-known-after-it, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.named.v3}}
          foreach:
            do:
              - look:
                  set: {n: 1}
      - after:
          set: {n: '${ $item }'}
    """
    Then the workflow should be refused with 'unknown-variable'
