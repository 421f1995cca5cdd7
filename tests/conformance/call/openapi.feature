Feature: Call OpenAPI
  Operations by their names, in descriptions of both generations.

  Scenario Outline: An operation of a description <kind> is called with its parameters
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-operation-of-a-description-kind-is-called-with, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: '<document>'}
            operationId: getPetById
            parameters: {petId: '${ .id }'}
          output: {as: '{id, name}'}
    """
    And given the workflow input is:
    """yaml
    id: 3
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 3
    name: Pet 3
    """
    Examples:
      | kind | document |
      | in Swagger 2.0 | https://petstore.swagger.io/v2/swagger.json |
      | in OpenAPI 3.0 | https://petstore.swagger.io/api/v3/openapi.json |
      | in YAML | https://petstore.swagger.io/api/v3/openapi.yaml |

  Scenario: A description that only some may read is read with its own authentication
    Given the secret 'openapi-reader' is:
    """yaml
    {username: reader, password: sesame7}
    """
    And a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-description-that-only-some-may-read-is-read-with, version: '1.0.0'}
    use: {secrets: [openapi-reader]}
    do:
      - ask:
          call: openapi
          with:
            document:
              endpoint:
                uri: https://petstore.swagger.io/basic-auth/reader/sesame7/api/v3/openapi.json
                authentication: {basic: {use: openapi-reader}}
            operationId: getPetById
            parameters: {petId: 4}
          output: {as: '{id, name}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 4
    name: Pet 4
    """

  Scenario: The authentication of the operation is not shown to who describes it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-authentication-of-the-operation-is-not-shown, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/basic-auth/reader/shut/api/v3/openapi.json'}
            operationId: getPetById
            parameters: {petId: 4}
            authentication: {basic: {username: reader, password: shut}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 401
    """

  Scenario: A parameter of the query is sent in the query
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-parameter-of-the-query-is-sent-in-the-query, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/api/v3/openapi.json'}
            operationId: findPetsByStatus
            parameters: {status: sold}
          output: {as: '[.[].id]'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [10]
    """

  Scenario: A parameter of a header is sent in a header
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-parameter-of-a-header-is-sent-in-a-header, version: '1.0.0'}
    do:
      - remove:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: deletePet
            parameters: {petId: 3, api_key: abc}
          output: {as: .key}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    abc
    """

  Scenario: A parameter of the body is sent as the body
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-parameter-of-the-body-is-sent-as-the-body, version: '1.0.0'}
    do:
      - add:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: addPet
            parameters:
              body: {id: 99, name: '${ .name }'}
    """
    And given the workflow input is:
    """yaml
    name: Milou
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 99
    name: Milou
    """

  Scenario: An operation without parameters is called
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-operation-without-parameters-is-called, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: getInventory
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    available: 7
    pending: 2
    sold: 1
    """

  Scenario: An operation that does not exist is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-operation-that-does-not-exist-is-an-error-of-th, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: paintPet
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/ask
    """
    And the error's detail should mention 'paintPet'

  Scenario: A description that is not there is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-description-that-is-not-there-is-an-error-of-the, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/nothing.json'}
            operationId: getPetById
            parameters: {petId: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    instance: /do/0/ask
    """

  Scenario: A required parameter that is missing is an error of the task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-required-parameter-that-is-missing-is-an-error-o, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: getPetById
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/ask
    """
    And the error's detail should mention 'petId'

  Scenario: An answer that is an error of the service is a communication error
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-answer-that-is-an-error-of-the-service-is-a-2, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: getPetById
            parameters: {petId: 777}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 404
    instance: /do/0/ask
    """

  Scenario: An operation may be authenticated
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-operation-may-be-authenticated, version: '1.0.0'}
    do:
      - remember:
          set: {id: 1}
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: getPetById
            parameters: {petId: '${ .id }'}
            authentication:
              basic: {username: Ada, password: lovelace}
            output: response
          output: {as: .content.id}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    1
    """

  Scenario: A call without an operation is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-call-without-an-operation-is-refused, version: '1.0.0'}
    do:
      - ask:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'operationId'
