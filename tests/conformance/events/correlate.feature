Feature: Correlation
  Events that belong together.

  Scenario: The first event of a key binds it for all filters that have it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-first-event-of-a-key-binds-it-for-all-filters, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              all:
                - with: {type: com.example.temp.v1}
                  correlate: {room: {from: .roomid}}
                - with: {type: com.example.humidity.v1}
                  correlate: {room: {from: .roomid}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.temp.v1
    roomid: kitchen
    data: warm
    """
    And the event is published:
    """yaml
    type: com.example.humidity.v1
    roomid: hall
    data: wet
    """
    And the event is published:
    """yaml
    type: com.example.humidity.v1
    roomid: kitchen
    data: dry
    """
    Then the workflow should complete with output:
    """yaml
    [warm, dry]
    """

  Scenario: A key may be taken from the data
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-key-may-be-taken-from-the-data, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              all:
                - with: {type: com.example.paid.v1}
                  correlate: {order: {from: .data.order}}
                - with: {type: com.example.packed.v1}
                  correlate: {order: {from: .data.id}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.paid.v1
    data: {order: 7}
    """
    And the event is published:
    """yaml
    type: com.example.packed.v1
    data: {id: 8}
    """
    And the event is published:
    """yaml
    type: com.example.packed.v1
    data: {id: 7}
    """
    Then the workflow should complete with output:
    """yaml
    [{order: 7}, {id: 7}]
    """

  Scenario: An expectation that is text must be met
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expectation-that-is-text-must-be-met, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one:
                with: {type: com.example.expected.v1}
                correlate: {room: {from: .roomid, expect: kitchen}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.expected.v1
    roomid: hall
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.expected.v1
    roomid: kitchen
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: An expectation may be computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-expectation-may-be-computed, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              one:
                with: {type: com.example.computed.v1}
                correlate: {order: {from: .data.order, expect: '${ $input.order }'}}
    """
    And given the workflow input is:
    """yaml
    order: o-1
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.computed.v1
    data: {order: o-2}
    """
    And the event is published:
    """yaml
    type: com.example.computed.v1
    data: {order: o-1}
    """
    Then the workflow should complete with output:
    """yaml
    [{order: o-1}]
    """

  Scenario: Keys of different names do not bind each other
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: keys-of-different-names-do-not-bind-each-other, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              all:
                - with: {type: com.example.left.v2}
                  correlate: {left: {from: .roomid}}
                - with: {type: com.example.right.v2}
                  correlate: {right: {from: .roomid}}
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.left.v2
    roomid: kitchen
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.right.v2
    roomid: hall
    data: 2
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: A binding lasts for one activation of its listen
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-binding-lasts-for-one-activation-of-its-listen, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2]'}
          do:
            - hear:
                listen:
                  to:
                    all:
                      - with: {type: com.example.scope-a.v1}
                        correlate: {room: {from: .roomid}}
                      - with: {type: com.example.scope-b.v1}
                        correlate: {room: {from: .roomid}}
                export: {as: '($context // []) + [.]'}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.scope-a.v1
    roomid: kitchen
    data: a1
    """
    And the event is published:
    """yaml
    type: com.example.scope-b.v1
    roomid: kitchen
    data: b1
    """
    And the event is published:
    """yaml
    type: com.example.scope-a.v1
    roomid: hall
    data: a2
    """
    And the event is published:
    """yaml
    type: com.example.scope-b.v1
    roomid: hall
    data: b2
    """
    Then the workflow should complete with output:
    """yaml
    [[a1, b1], [a2, b2]]
    """

  Scenario: With any and until the first event binds the later ones
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: with-any-and-until-the-first-event-binds-the-later, version: '1.0.0'}
    do:
      - hear:
          listen:
            to:
              any:
                - with: {type: com.example.bound.v1}
                  correlate: {room: {from: .roomid}}
              until: length == 2
    """
    When the workflow is executed
    And the workflow has reached 'hear'
    And the event is published:
    """yaml
    type: com.example.bound.v1
    roomid: kitchen
    data: 1
    """
    And the event is published:
    """yaml
    type: com.example.bound.v1
    roomid: hall
    data: 2
    """
    And the event is published:
    """yaml
    type: com.example.bound.v1
    roomid: kitchen
    data: 3
    """
    Then the workflow should complete with output:
    """yaml
    [1, 3]
    """
