Feature: Call HTTP
  The standard call, answered by an httpbin.

  Scenario: Members of a query are added to the address
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: members-of-a-query-are-added-to-the-address, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/anything/query?fixed=1
            query: {name: '${ .name }', other: two words}
          output: {as: .args}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    fixed: '1'
    name: Ada
    other: two words
    """

  Scenario: The whole query may be an expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-whole-query-may-be-an-expression, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/anything/query
            query: '${ {name: .name} }'
          output: {as: .args}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: Ada
    """

  Scenario: Headers are sent
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: headers-are-sent, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/headers
            headers: {X-Name: '${ .name }', X-Fixed: text}
          output: {as: '[.headers["X-Name"], .headers["X-Fixed"]]'}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [Ada, text]
    """

  Scenario: The headers may be one expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-headers-may-be-one-expression, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/headers
            headers: '${ {"X-Name": .name} }'
          output: {as: '.headers["X-Name"]'}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada
    """

  Scenario: A body that is an object is sent as JSON
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-body-that-is-an-object-is-sent-as-json, version: '1.0.0'}
    do:
      - send:
          call: http
          with:
            method: post
            endpoint: https://httpbin.org/anything
            body: {order: {id: '${ .id }', lines: [1, 2]}}
          output: {as: '{method, json, kind: (.headers["Content-Type"] | startswith("application/json"))}'}
    """
    And given the workflow input is:
    """yaml
    id: 7
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    method: POST
    json: {order: {id: 7, lines: [1, 2]}}
    kind: true
    """

  Scenario: A body that is text is sent as it is
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-body-that-is-text-is-sent-as-it-is, version: '1.0.0'}
    do:
      - send:
          call: http
          with:
            method: put
            endpoint: https://httpbin.org/anything
            headers: {Content-Type: text/plain}
            body: plain text
          output: {as: '{method, data}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    method: PUT
    data: plain text
    """

  Scenario Outline: The method <method> is sent in capitals
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-method-method-is-sent-in-capitals, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: <method>, endpoint: 'https://httpbin.org/anything'}
          output: {as: .method}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    <sent>
    """
    Examples:
      | method | sent |
      | get | GET |
      | POST | POST |
      | patch | PATCH |
      | delete | DELETE |

  Scenario: Content that is JSON becomes data
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: content-that-is-json-becomes-data, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/json'}
          output: {as: .slideshow.title}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Sample Slide Show
    """

  Scenario: Content that is text stays text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: content-that-is-text-stays-text, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/text'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    plain text
    """

  Scenario: Raw content is base64
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: raw-content-is-base64, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/base64/SGVsbG8=', output: raw}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    SGVsbG8=
    """

  Scenario: A response has everything
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-response-has-everything, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/response-headers?X-Suite=yes
            output: response
          output:
            as: >-
              {method: .request.method, uri: .request.uri, status: .statusCode, content,
              header: (.headers | with_entries(.key |= ascii_downcase) | .["x-suite"] | if type == "array" then .[0] else . end)}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    method: GET
    uri: https://httpbin.org/response-headers?X-Suite=yes
    status: 200
    content: {}
    header: 'yes'
    """

  Scenario Outline: A status of <status> is an error where redirects are not allowed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-status-of-status-is-an-error-where-redirects-are, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/status/<status>'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: <status>
    instance: /do/0/ask
    """
    Examples:
      | status |
      | 302 |
      | 400 |
      | 401 |
      | 404 |
      | 500 |

  Scenario: A status of 302 is no error where redirects are allowed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-status-of-302-is-no-error-where-redirects-are-al, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://httpbin.org/status/302
            redirect: true
            output: response
          output: {as: .statusCode}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    302
    """

  Scenario: A status of 404 is an error where redirects are allowed too
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-status-of-404-is-an-error-where-redirects-are-al, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/status/404', redirect: true}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 404
    """

  Scenario: A status of 204 is no error and has no content
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-status-of-204-is-no-error-and-has-no-content, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/status/204', output: response}
          output: {as: .statusCode}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    204
    """

  Scenario: An address may be an expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-address-may-be-an-expression, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: '${ "https://httpbin.org/anything/" + .path }'
          output: {as: .url}
    """
    And given the workflow input is:
    """yaml
    path: a/b
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    https://httpbin.org/anything/a/b
    """

  Scenario: The address of an endpoint may be an expression
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-address-of-an-endpoint-may-be-an-expression, version: '1.0.0'}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: {uri: '${ "https://httpbin.org/anything/" + .path }'}
          output: {as: .url}
    """
    And given the workflow input is:
    """yaml
    path: c
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    https://httpbin.org/anything/c
    """

  Scenario: A template takes top-level members of the input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-template-takes-top-level-members-of-the-input, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything/{kind}/{id}?flag={flag}'}
          output: {as: .url}
    """
    And given the workflow input is:
    """yaml
    kind: pets
    id: 7
    flag: true
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    https://httpbin.org/anything/pets/7?flag=true
    """

  Scenario: A template encodes what it takes
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-template-encodes-what-it-takes, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything?name={name}'}
          output: {as: .args.name}
    """
    And given the workflow input is:
    """yaml
    name: a&b=c d
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a&b=c d
    """

  Scenario: A template takes nothing where a member is missing
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-template-takes-nothing-where-a-member-is-missing, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything/{missing}end'}
          output: {as: .url}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    https://httpbin.org/anything/end
    """

  Scenario: A template cannot take an object
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-template-cannot-take-an-object, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything/{order}'}
    """
    And given the workflow input is:
    """yaml
    order: {id: 7}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/ask
    """

  Scenario: A template takes the transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-template-takes-the-transformed-input, version: '1.0.0'}
    do:
      - ask:
          input: {from: .order}
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/anything/{id}'}
          output: {as: .url}
    """
    And given the workflow input is:
    """yaml
    order: {id: 7}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    https://httpbin.org/anything/7
    """

  Scenario: A call without an endpoint is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-call-without-an-endpoint-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'endpoint'

  Scenario: A member that a call does not know is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-member-that-a-call-does-not-know-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/get', heders: {}}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'headers'

  Scenario: An output that does not exist is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-output-that-does-not-exist-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/get', output: everything}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'everything'

  Scenario: A call over plain HTTP works where it is granted
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-call-over-plain-http-works-where-it-is-granted, version: '1.0.0'}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'http://httpbin.org/anything/plain'}
          output: {as: .url}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    http://httpbin.org/anything/plain
    """

  Scenario: Calls of competing branches give the first answer
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: calls-of-competing-branches-give-the-first-answer, version: '1.0.0'}
    do:
      - race:
          fork:
            compete: true
            branches:
              - slow:
                  call: http
                  with: {method: get, endpoint: 'https://httpbin.org/delay/8'}
              - quick:
                  call: http
                  with: {method: get, endpoint: 'https://httpbin.org/anything/quick'}
                  output: {as: .url}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    https://httpbin.org/anything/quick
    """
    And slow should be cancelled
