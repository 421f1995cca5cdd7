Feature: Authentication
  How a call proves who it is.

  Scenario: A bearer token is sent
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-bearer-token-is-sent, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/bearer
              authentication: {bearer: {token: '${ .token }'}}
          output: {as: .authenticated}
    """
    And given the workflow input is:
    """yaml
    token: abc-def
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    true
    """

  Scenario: A wrong password is an error of communication
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-wrong-password-is-an-error-of-communication, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/basic-auth/Ada/right
              authentication: {basic: {username: Ada, password: wrong}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 401
    instance: /do/0/ask
    """

  Scenario Outline: A digest of <algorithm> is computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-digest-of-algorithm-is-computed, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/digest-auth/auth/Ada/lovelace/<algorithm>
              authentication: {digest: {username: Ada, password: lovelace}}
          output: {as: .user}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """
    Examples:
      | algorithm |
      | MD5 |
      | SHA-256 |

  Scenario: A digest with the wrong password is an error of communication
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-digest-with-the-wrong-password-is-an-error-of-co, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/digest-auth/auth/Ada/lovelace
              authentication: {digest: {username: Ada, password: wrong}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 401
    """

  Scenario: A token is fetched with client credentials
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-token-is-fetched-with-client-credentials, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oauth2:
                  authority: https://auth.test
                  grant: client_credentials
                  client: {id: suite, secret: sesame}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    client: suite
    authentication: client_secret_post
    encoding: form
    scope: null
    audience: null
    path: /oauth2/token
    """

  Scenario: A token is fetched where the endpoints say
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-token-is-fetched-where-the-endpoints-say, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oauth2:
                  authority: https://auth.test
                  endpoints: {token: /elsewhere/token}
                  grant: client_credentials
                  client: {id: suite, secret: sesame}
          output: {as: .path}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    /elsewhere/token
    """

  Scenario: A client may show its secret in a header
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-client-may-show-its-secret-in-a-header, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oauth2:
                  authority: https://auth.test
                  grant: client_credentials
                  client: {id: suite, secret: sesame, authentication: client_secret_basic}
          output: {as: '[.client, .authentication]'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [suite, client_secret_basic]
    """

  Scenario: A token may be asked for in JSON
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-token-may-be-asked-for-in-json, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oauth2:
                  authority: https://auth.test
                  grant: client_credentials
                  client: {id: suite, secret: sesame}
                  request: {encoding: application/json}
          output: {as: .encoding}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    json
    """

  Scenario: Scopes and audiences are asked for
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: scopes-and-audiences-are-asked-for, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oauth2:
                  authority: https://auth.test
                  grant: client_credentials
                  client: {id: suite, secret: sesame}
                  scopes: [read, write]
                  audiences: [pets]
          output: {as: '{scope, audience}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    scope: read write
    audience: pets
    """

  Scenario: A client that is refused is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-client-that-is-refused-is-an-error-of-the-task, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oauth2:
                  authority: https://auth.test
                  grant: client_credentials
                  client: {id: suite, secret: wrong}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/ask
    """

  Scenario: OpenID Connect finds the token's address by itself
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: openid-connect-finds-the-token-s-address-by-itself, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication:
                oidc:
                  authority: https://auth.test/realms/suite
                  grant: client_credentials
                  client: {id: suite, secret: sesame}
          output: {as: '[.client, .path]'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [suite, /realms/suite/connect/token]
    """

  Scenario: An authentication may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-authentication-may-be-named, version: '1.0.0'}
    use:
      authentications:
        mine: {basic: {username: Ada, password: '${ .password }'}}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/basic-auth/Ada/lovelace
              authentication: {use: mine}
          output: {as: .user}
    """
    And given the workflow input is:
    """yaml
    password: lovelace
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """

  Scenario: An authentication that nothing defines is refused with the one that was meant
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-authentication-that-nothing-defines-is-refused, version: '1.0.0'}
    use:
      authentications:
        mine: {basic: {username: Ada, password: lovelace}}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/get
              authentication: {use: mien}
    """
    Then the workflow should be refused with 'unknown-reference'
    And the diagnostic should mention 'mine'

  Scenario: Basic authentication may be a secret
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: basic-authentication-may-be-a-secret, version: '1.0.0'}
    use:
      secrets: [basic-account]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/basic-auth/Ada/lovelace-secretly
              authentication: {basic: {use: basic-account}}
          output: {as: .user}
    """
    And the secret 'basic-account' is:
    """yaml
    username: Ada
    password: lovelace-secretly
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """

  Scenario: A bearer token may be a secret
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-bearer-token-may-be-a-secret, version: '1.0.0'}
    use:
      secrets: [bearer-account]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/bearer
              authentication: {bearer: {use: bearer-account}}
          output: {as: .authenticated}
    """
    And the secret 'bearer-account' is:
    """yaml
    token: token-of-the-bearer-secret
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    true
    """
    And the secret 'bearer-account' should appear nowhere

  Scenario: A client's credentials may be a secret
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-client-s-credentials-may-be-a-secret, version: '1.0.0'}
    use:
      secrets: [oauth-account]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://auth.test/token-info
              authentication: {oauth2: {use: oauth-account}}
          output: {as: .client}
    """
    And the secret 'oauth-account' is:
    """yaml
    authority: https://auth.test
    grant: client_credentials
    client: {id: secret-suite, secret: sesame-in-secret}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    secret-suite
    """

  Scenario: A part of an authentication may be a secret's member
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-part-of-an-authentication-may-be-a-secret-s-memb, version: '1.0.0'}
    use:
      secrets: [member-account]
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/basic-auth/Ada/member-password
              authentication: {basic: {username: Ada, password: '${ $secrets["member-account"].password }'}}
          output: {as: .user}
    """
    And the secret 'member-account' is:
    """yaml
    password: member-password
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """
    And the secret 'member-account' should appear nowhere

  Scenario: The scheme of a call's authentication can be seen
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-scheme-of-a-call-s-authentication-can-be-seen, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/bearer
              authentication: {bearer: {token: '${ .token }'}}
          output: {as: '$authorization.scheme | ascii_downcase'}
    """
    And given the workflow input is:
    """yaml
    token: abc-def
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    bearer
    """
