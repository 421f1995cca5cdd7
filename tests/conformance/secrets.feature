Feature: Secrets
  Values that a workflow may use and nobody may see.

  Scenario: A secret reaches the service and nothing else
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-reaches-the-service-and-nothing-else, version: '1.0.0'}
    use:
      secrets: [header-secret]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/bearer
            headers: {Authorization: '${ "Bearer " + $secrets["header-secret"] }'}
          output: {as: .authenticated}
    """
    And the secret 'header-secret' is:
    """yaml
    value-of-the-header-secret
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    true
    """
    And the secret 'header-secret' should appear nowhere

  Scenario: A secret that a service echoes is not seen
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-that-a-service-echoes-is-not-seen, version: '1.0.0'}
    use:
      secrets: [echoed-secret]
    do:
      - ask:
          call: http
          with:
            method: post
            endpoint: https://httpbin.org/anything
            query: {key: '${ $secrets["echoed-secret"] }'}
            headers: {X-Key: '${ $secrets["echoed-secret"] }'}
            body: {key: '${ $secrets["echoed-secret"] }'}
    """
    And the secret 'echoed-secret' is:
    """yaml
    value-of-the-echoed-secret
    """
    When the workflow is executed
    Then the workflow should complete
    And the secret 'echoed-secret' should appear nowhere

  Scenario: A member of a secret may be used
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-member-of-a-secret-may-be-used, version: '1.0.0'}
    use:
      secrets: [mailbox]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/basic-auth/Ada/member-of-the-mailbox
            headers: {Authorization: '${ $secrets.mailbox.header }'}
          output: {as: .user}
    """
    And the secret 'mailbox' is:
    """yaml
    header: Basic QWRhOm1lbWJlci1vZi10aGUtbWFpbGJveA==
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """
    And the secret 'mailbox' should appear nowhere

  Scenario: A secret that does not exist is an error of authorization
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-that-does-not-exist-is-an-error-of-author, version: '1.0.0'}
    use:
      secrets: [never-stored]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/headers
            headers: {X-Key: '${ $secrets["never-stored"] }'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/authorization
    status: 403
    instance: /do/0/ask
    """

  Scenario: A secret that is not declared is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-that-is-not-declared-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/headers
            headers: {X-Key: '${ $secrets.undeclared }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'undeclared'

  Scenario Outline: A secret in <place> is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-in-place-is-refused, version: '1.0.0'}
    use:
      secrets: [hidden]
    do:
      - look:
          <member>: <value>
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'secrets'
    Examples:
      | place | member | value |
      | a condition | if | $secrets.hidden == "x" |
      | a transformation of input | input | {from: $secrets.hidden} |
      | a transformation of output | output | {as: $secrets.hidden} |
      | an export | export | {as: $secrets.hidden} |

  Scenario: A secret in a set is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-in-a-set-is-refused, version: '1.0.0'}
    use:
      secrets: [hidden]
    do:
      - look:
          set: {n: '${ $secrets.hidden }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'secrets'

  Scenario: A secret in the error of a raise is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-in-the-error-of-a-raise-is-refused, version: '1.0.0'}
    use:
      secrets: [hidden]
    do:
      - fail:
          raise: {error: {type: 'https://example.com/own', status: 500, detail: '${ $secrets.hidden }'}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'secrets'

  Scenario: A secret in an event is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-in-an-event-is-refused, version: '1.0.0'}
    use:
      secrets: [hidden]
    do:
      - say:
          emit: {event: {with: {type: com.example.secret.v1, data: '${ $secrets.hidden }'}}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'secrets'

  Scenario: A secret as an argument of a function is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-as-an-argument-of-a-function-is-refused, version: '1.0.0'}
    use:
      secrets: [hidden]
      functions:
        echo:
          set: {got: '${ .key }'}
    do:
      - look:
          call: echo
          with: {key: '${ $secrets.hidden }'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'secrets'

  Scenario: A secret in the output of the workflow is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-secret-in-the-output-of-the-workflow-is-refused, version: '1.0.0'}
    use:
      secrets: [hidden]
    do:
      - look:
          set: {n: 1}
    output: {as: $secrets.hidden}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'secrets'

  Scenario: A new value of a secret holds for the next run
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-new-value-of-a-secret-holds-for-the-next-run, version: '1.0.0'}
    use:
      secrets: [changed]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/basic-auth/Ada/second-password
            headers: {Authorization: '${ $secrets.changed }'}
          output: {as: .user}
    """
    And the secret 'changed' is:
    """yaml
    Basic QWRhOmZpcnN0LXBhc3N3b3Jk
    """
    And the secret 'changed' is:
    """yaml
    Basic QWRhOnNlY29uZC1wYXNzd29yZA==
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """
