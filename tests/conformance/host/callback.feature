Feature: Await a callback
  A function of the host's own catalog: a person or a system answers.

  Scenario: The output is the answer
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-is-the-answer, version: '1.0.0'}
    do:
      - ask:
          call: await-callback:1.0.0@default
          with: {title: "May this be paid?", data: {amount: '${ .amount }'}}
          output: {as: '{approved: .approved}'}
    """
    And given the workflow input is:
    """yaml
    amount: 10
    """
    When the workflow is executed
    And the callback is answered with:
    """yaml
    approved: true
    """
    Then the workflow should complete with output:
    """yaml
    approved: true
    """

  Scenario: An answer that does not match the form is refused, and another one may follow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-answer-that-does-not-match-the-form-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: await-callback:1.0.0@default
          with:
            title: "May this be paid?"
            form: {type: object, required: [approved], properties: {approved: {type: boolean}}}
    """
    When the workflow is executed
    And the callback is wrongly answered with:
    """yaml
    approved: perhaps
    """
    And the callback is answered with:
    """yaml
    approved: false
    """
    Then the workflow should complete with output:
    """yaml
    approved: false
    """

  Scenario: A callback that nobody answers in time times out
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-callback-that-nobody-answers-in-time-times-out, version: '1.0.0'}
    do:
      - ask:
          call: await-callback:1.0.0@default
          with: {title: "Anybody?", deadline: {milliseconds: 300}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/ask
    """

  Scenario: A callback's deadline can be caught
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-callback-s-deadline-can-be-caught, version: '1.0.0'}
    do:
      - attempt:
          try:
            - ask:
                call: await-callback:1.0.0@default
                with: {title: "Anybody?", deadline: {milliseconds: 300}}
          catch:
            errors: {with: {status: 408}}
            do:
              - handle:
                  set: {approved: false}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    approved: false
    """

  Scenario: A callback can be announced by another workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-callback-can-be-announced-by-another-workflow, version: '1.0.0'}
    do:
      - ask:
          call: await-callback:1.0.0@default
          with: {title: The question of this scenario, data: {n: 7}}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: callback-announcer, version: '1.0.0'}
    schedule:
      on:
        one:
          with:
            type: io.segue.callback.requested.v1
            data: ${ .title == "The question of this scenario" }
    do:
      - look:
          set: {n: '${ .[0].data.n }', url: '${ .[0].url | type }'}
    """
    When the workflow is executed
    Then 1 runs of 'callback-announcer' should complete with output:
    """yaml
    n: 7
    url: string
    """
    When the callback is answered with:
    """yaml
    done: true
    """
    Then the workflow should complete with output:
    """yaml
    done: true
    """

  @alone
  Scenario: A callback is answered after its host was killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-callback-is-answered-after-its-host-was-killed, version: '1.0.0'}
    do:
      - ask:
          call: await-callback:1.0.0@default
          with: {title: "Still there?"}
    """
    When the workflow is executed
    And the workflow has reached 'ask'
    And the host is killed and started again
    And the callback is answered with:
    """yaml
    there: true
    """
    Then the workflow should complete with output:
    """yaml
    there: true
    """

  Scenario: A callback in a loop is asked anew each time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-callback-in-a-loop-is-asked-anew-each-time, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2]'}
          do:
            - ask:
                call: await-callback:1.0.0@default
                with: {title: '${ "Question \($item)" }'}
                export: {as: '($context // []) + [.n]'}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    And the callback is answered with:
    """yaml
    n: 1
    """
    And the callback is answered with:
    """yaml
    n: 2
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """
