Feature: What is refused
  Parts of the language that this host does not run. It says so when the workflow is deployed.

  Scenario Outline: A process of the kind <kind> is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-process-of-the-kind-kind-is-refused, version: '1.0.0'}
    do:
      - process:
          run: <definition>
    """
    Then the workflow should be refused
    And the diagnostic should mention '<kind>'
    Examples:
      | kind | definition |
      | shell | {shell: {command: echo hello}} |
      | container | {container: {image: alpine}} |

  Scenario Outline: A call of <protocol> is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-call-of-protocol-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: <protocol>
          with: <arguments>
    """
    Then the workflow should be refused
    And the diagnostic should mention '<protocol>'
    Examples:
      | protocol | arguments |
      | grpc | {proto: {endpoint: 'file://app/greet.proto'}, service: {name: GreeterApi.Greeter, host: localhost, port: 5011}, method: SayHello} |
      | asyncapi | {document: {endpoint: 'https://fake.com/docs/asyncapi.json'}, operation: findPetsByStatus, message: {payload: {petId: 1}}} |
      | a2a | {method: message/send, server: 'https://agent.example.com', parameters: {message: {parts: []}}} |
      | mcp | {method: tools/call, transport: {http: {endpoint: 'https://mcp.example.com'}}, parameters: {name: greet}} |

  Scenario Outline: The <scheme> grant <grant> is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-scheme-grant-grant-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/get
              authentication:
                <scheme>:
                  authority: https://auth.test
                  grant: <grant>
                  client: {id: suite, secret: sesame}
    """
    Then the workflow should be refused
    And the diagnostic should mention '<grant>'
    Examples:
      | scheme | grant |
      | oauth2 | authorization_code |
      | oauth2 | password |
      | oauth2 | refresh_token |
      | oauth2 | urn:ietf:params:oauth:grant-type:token-exchange |
      | oidc | password |

  Scenario: A refused part is refused wherever it stands
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-refused-part-is-refused-wherever-it-stands, version: '1.0.0'}
    use:
      functions:
        hidden:
          run: {shell: {command: echo hello}}
    do:
      - block:
          do:
            - look:
                call: hidden
    """
    Then the workflow should be refused
    And the diagnostic should mention 'shell'

  Scenario: Every reason of a refusal is given at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-reason-of-a-refusal-is-given-at-once, version: '1.0.0'}
    do:
      - one:
          run: {shell: {command: echo hello}}
      - two:
          run: {container: {image: alpine}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'shell'
    And the diagnostic should mention 'container'

  Scenario: What is refused was not started
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-is-refused-was-not-started, version: '1.0.0'}
    do:
      - one:
          set: {n: 1}
      - two:
          run: {shell: {command: echo hello}}
    """
    When the workflow is executed
    Then the workflow should be refused
