Feature: Emit
  Events that a workflow publishes.

  Scenario: The output of an emit is its event with everything that an event has
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-an-emit-is-its-event-with-everything, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with:
                type: com.example.said.v1
                data: {n: '${ .n }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'source', 'time', 'specversion', 'type', 'data'
    And the workflow output should have a 'specversion' property with value:
    """yaml
    '1.0'
    """
    And the workflow output should have a 'data' property with value:
    """yaml
    n: 1
    """

  Scenario: The source is the workflow unless the author gives one
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-source-is-the-workflow-unless-the-author-gives, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with: {type: com.example.said.v1}
          output: {as: .source}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    /test/the-source-is-the-workflow-unless-the-author-gives/1.0.0
    """

  Scenario: What the author gives is kept
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-the-author-gives-is-kept, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with:
                id: event-1
                source: https://example.com/mine
                type: com.example.said.v1
                time: 2026-01-02T03:04:05Z
                subject: ${ .who }
                datacontenttype: application/json
                dataschema: https://example.com/schema
                roomid: kitchen
                data: [1, 2]
    """
    And given the workflow input is:
    """yaml
    who: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: event-1
    source: https://example.com/mine
    type: com.example.said.v1
    time: '2026-01-02T03:04:05Z'
    subject: Ada
    datacontenttype: application/json
    dataschema: https://example.com/schema
    roomid: kitchen
    data: [1, 2]
    specversion: '1.0'
    """

  Scenario: Two events of one workflow have two ids
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: two-events-of-one-workflow-have-two-ids, version: '1.0.0'}
    do:
      - first:
          emit: {event: {with: {type: com.example.said.v1}}}
          export: {as: .id}
      - second:
          emit: {event: {with: {type: com.example.said.v1}}}
          output: {as: .id != $context}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    true
    """

  Scenario: An event without a type is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-without-a-type-is-refused, version: '1.0.0'}
    do:
      - say:
          emit: {event: {with: {data: 1}}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'type'

  Scenario: A workflow may hear what it has said
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-may-hear-what-it-has-said, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with: {type: com.example.echo.v1, data: {n: 1}}
      - hear:
          listen:
            to:
              one: {with: {type: com.example.echo.v1, source: /test/a-workflow-may-hear-what-it-has-said/1.0.0}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{n: 1}]
    """

  Scenario: Another workflow hears what one says
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: another-workflow-hears-what-one-says, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one: {with: {type: com.example.speaker.v1}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: speaker, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with: {type: com.example.speaker.v1, data: {said: true}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the workflow 'speaker' is executed
    Then the workflow should complete with output:
    """yaml
    [{said: true}]
    """

  Scenario: An emit's output may be transformed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-emit-s-output-may-be-transformed, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with: {type: com.example.said.v1, data: {n: 1}}
          output: {as: .data}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: An event whose type is no text is an error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-event-whose-type-is-no-text-is-an-error, version: '1.0.0'}
    do:
      - say:
          emit:
            event:
              with: {type: '${ .type }'}
    """
    And given the workflow input is:
    """yaml
    type: 7
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/say
    """
