Feature: Functions
  Tasks that have a name and are called, from the document or from a catalog.

  Scenario: A function gets what the call gives it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-gets-what-the-call-gives-it, version: '1.0.0'}
    use:
      functions:
        double:
          set: {twice: '${ .n * 2 }'}
    do:
      - look:
          call: double
          with: {n: '${ .inner.n }'}
    """
    And given the workflow input is:
    """yaml
    inner: {n: 4}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    twice: 8
    """

  Scenario: Without with a function gets the call's transformed input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: without-with-a-function-gets-the-call-s-transforme, version: '1.0.0'}
    use:
      functions:
        echo:
          set: {got: '${ . }'}
    do:
      - look:
          input: {from: .inner}
          call: echo
    """
    And given the workflow input is:
    """yaml
    inner: {n: 4}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: {n: 4}
    """

  Scenario: A function checks and transforms its own input and output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-checks-and-transforms-its-own-input-and, version: '1.0.0'}
    use:
      functions:
        double:
          input:
            schema: {format: json, document: {type: object, required: [n]}}
            from: .n
          set: {twice: '${ . * 2 }'}
          output: {as: .twice}
    do:
      - look:
          call: double
          with: {n: 4}
          output: {as: '{result: .}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    result: 8
    """

  Scenario: An input that a function refuses is an error of the call
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-input-that-a-function-refuses-is-an-error-of-th, version: '1.0.0'}
    use:
      functions:
        double:
          input:
            schema: {format: json, document: {type: object, required: [n]}}
          set: {twice: '${ .n * 2 }'}
    do:
      - look:
          call: double
          with: {m: 4}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    instance: /do/0/look
    """

  Scenario: An error inside of a function is at the call
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-error-inside-of-a-function-is-at-the-call, version: '1.0.0'}
    use:
      functions:
        fail:
          do:
            - inner:
                raise: {error: {type: 'https://example.com/own', status: 500}}
    do:
      - before:
          set: {n: 1}
      - look:
          call: fail
          with: {n: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/own
    instance: /do/1/look
    """

  Scenario: A function sees no variable of its caller
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-sees-no-variable-of-its-caller, version: '1.0.0'}
    use:
      functions:
        look:
          set: {n: '${ $item }'}
    do:
      - loop:
          for: {in: '[1]'}
          do:
            - call:
                call: look
                with: {n: 1}
    """
    Then the workflow should be refused with 'unknown-variable'
    And the diagnostic should mention 'item'

  Scenario: A function has a context of its own
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-has-a-context-of-its-own, version: '1.0.0'}
    use:
      functions:
        remember:
          do:
            - see:
                set: {before: '${ $context }'}
                export: {as: '{inner: true}'}
            - show:
                set: {before: '${ .before }', after: '${ $context }'}
    do:
      - outer:
          set: {n: 1}
          export: {as: '{outer: true}'}
      - call:
          call: remember
          with: {n: 1}
      - show:
          set: {function: '${ . }', context: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    function: {before: null, after: {inner: true}}
    context: {outer: true}
    """

  Scenario: A function may call a function
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-may-call-a-function, version: '1.0.0'}
    use:
      functions:
        double:
          set: {n: '${ .n * 2 }'}
        quadruple:
          do:
            - first:
                call: double
                with: {n: '${ .n }'}
            - second:
                call: double
                with: {n: '${ .n }'}
    do:
      - look:
          call: quadruple
          with: {n: 3}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 12
    """

  Scenario: A function that calls itself is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-that-calls-itself-is-refused, version: '1.0.0'}
    use:
      functions:
        endless:
          do:
            - again:
                call: endless
                with: {n: 1}
    do:
      - look:
          call: endless
          with: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'endless'

  Scenario: A function may call a service
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-may-call-a-service, version: '1.0.0'}
    use:
      functions:
        getPetById:
          input:
            schema:
              format: json
              document: {type: object, properties: {petId: {type: integer}}, required: [petId]}
          call: http
          with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/{petId}'}
          output: {as: .name}
    do:
      - look:
          call: getPetById
          with: {petId: 4}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Pet 4
    """

  Scenario: A function that nothing defines is refused with the one that was meant
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-that-nothing-defines-is-refused-with-th, version: '1.0.0'}
    use:
      functions:
        double:
          set: {twice: '${ .n * 2 }'}
    do:
      - look:
          call: duoble
          with: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'double'

  Scenario: Exit inside of a function leaves the function only
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: exit-inside-of-a-function-leaves-the-function-only, version: '1.0.0'}
    use:
      functions:
        early:
          do:
            - first:
                set: {n: 1}
                then: exit
            - never:
                set: {n: 2}
    do:
      - look:
          call: early
          with: {n: 0}
      - after:
          set: {n: '${ .n + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 11
    """

  Scenario: A function may be called in a loop
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-may-be-called-in-a-loop, version: '1.0.0'}
    use:
      functions:
        add:
          set: {sum: '${ .sum + .n }'}
    do:
      - loop:
          input: {from: '{sum: 0}'}
          for: {in: '[1, 2, 3]'}
          do:
            - call:
                call: add
                with: {sum: '${ .sum }', n: '${ $item }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 6
    """

  Scenario: What a call gives must be an object
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-a-call-gives-must-be-an-object, version: '1.0.0'}
    use:
      functions:
        echo:
          set: {got: '${ . }'}
    do:
      - look:
          call: echo
          with: ${ .n }
    """
    Then the workflow should be refused
    And the diagnostic should mention 'with'

  Scenario: A function of a catalog is called by its name and version
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-of-a-catalog-is-called-by-its-name-and, version: '1.0.0'}
    use:
      catalogs:
        mine: {endpoint: {uri: 'https://catalog.test'}}
    do:
      - look:
          call: greet:1.0.0@mine
          with: {name: Ada}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    greeting: Hello Ada
    """

  Scenario: Another version of a function is another function
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: another-version-of-a-function-is-another-function, version: '1.0.0'}
    use:
      catalogs:
        mine: {endpoint: {uri: 'https://catalog.test'}}
    do:
      - look:
          call: greet:1.1.0@mine
          with: {name: Ada}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    greeting: Good day, Ada
    """

  Scenario: A function of a catalog checks its input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-of-a-catalog-checks-its-input, version: '1.0.0'}
    use:
      catalogs:
        mine: {endpoint: {uri: 'https://catalog.test'}}
    do:
      - look:
          call: greet:1.0.0@mine
          with: {nme: Ada}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    instance: /do/0/look
    """

  Scenario: A function may be called by the address of its file
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-may-be-called-by-the-address-of-its-fil, version: '1.0.0'}
    do:
      - look:
          call: https://catalog.test/functions/greet/1.0.0/function.yaml
          with: {name: Ada}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    greeting: Hello Ada
    """

  Scenario: An address with an at sign is an address and no name of a catalog
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-address-with-an-at-sign-is-an-address-and-no-na, version: '1.0.0'}
    do:
      - look:
          call: https://github.com/suite/catalog/greet@v1.0.0
          with: {name: Ada}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    greeting: Hello Ada
    """

  Scenario: A function that a catalog does not have is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-function-that-a-catalog-does-not-have-is-refused, version: '1.0.0'}
    use:
      catalogs:
        mine: {endpoint: {uri: 'https://catalog.test'}}
    do:
      - look:
          call: shout:1.0.0@mine
          with: {name: Ada}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'shout'

  Scenario: A catalog that the document does not declare is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catalog-that-the-document-does-not-declare-is-re, version: '1.0.0'}
    do:
      - look:
          call: greet:1.0.0@theirs
          with: {name: Ada}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'theirs'

  Scenario: A catalog that the host does not know is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-catalog-that-the-host-does-not-know-is-refused, version: '1.0.0'}
    use:
      catalogs:
        far: {endpoint: {uri: 'https://catalog.elsewhere.example'}}
    do:
      - look:
          call: greet:1.0.0@far
          with: {name: Ada}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'catalog.elsewhere.example'

  Scenario: An address outside of the host's catalogs is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: an-address-outside-of-the-host-s-catalogs-is-refus, version: '1.0.0'}
    do:
      - look:
          call: https://catalog.elsewhere.example/functions/greet/1.0.0/function.yaml
          with: {name: Ada}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'catalog.elsewhere.example'

  Scenario: A step that no plugin has is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-step-that-no-plugin-has-is-refused, version: '1.0.0'}
    do:
      - look:
          call: nobody/has-this:1.0.0@default
          with: {name: Ada}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'nobody'
