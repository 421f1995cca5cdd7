Feature: The document
  How the text is read, and what is no workflow.

  Scenario: A version of the language that is written as a number is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: 1.0, namespace: test, name: a-version-as-a-number, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'dsl'

  Scenario: A patch version of the language is read alike
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.0', namespace: test, name: a-patch-version-is-read-alike, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: Another version of the language is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '2.0.0', namespace: test, name: another-version-of-the-language, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention '2.0.0'

  Scenario: The words yes, no, on and off are text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-words-yes-no-on-and-off-are-text, version: '1.0.0'}
    do:
      - look:
          set: {a: yes, b: no, c: on, d: off}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 'yes'
    b: 'no'
    c: 'on'
    d: 'off'
    """

  Scenario: The key on is text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-key-on-is-text, version: '1.0.0'}
    do:
      - look:
          set: {on: 1, off: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    'on': 1
    'off': 2
    """

  Scenario: A date is text
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-date-is-text, version: '1.0.0'}
    do:
      - look:
          set: {day: 2026-07-29, moment: 2026-07-29T10:00:00Z}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    day: '2026-07-29'
    moment: '2026-07-29T10:00:00Z'
    """

  Scenario: A key that stands twice in one mapping is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-key-that-stands-twice-in-one-mapping-is-refused, version: '1.0.0'}
    do:
      - look:
          set:
            twice: 1
            twice: 2
    """
    Then the workflow should be refused
    And the diagnostic should mention 'twice'

  Scenario: Numbers follow the core schema
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: numbers-follow-the-core-schema, version: '1.0.0'}
    do:
      - look:
          set: {hexadecimal: 0x10, octal: 0o10, decimal: 010, power: 1e3, text: 1_000}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    hexadecimal: 16
    octal: 8
    decimal: 10
    power: 1000
    text: '1_000'
    """

  Scenario: Null has several words
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: null-has-several-words, version: '1.0.0'}
    do:
      - look:
          set: {a: ~, b: null, c: Null, d: , e: nil}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: null
    b: null
    c: null
    d: null
    e: nil
    """

  Scenario: A number that JSON cannot write is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-number-that-json-cannot-write-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {n: .inf}
    """
    Then the workflow should be refused
    And the diagnostic should mention '.inf'

  Scenario: Anchors and aliases stand for the same value
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: anchors-and-aliases-stand-for-the-same-value, version: '1.0.0'}
    do:
      - look:
          set:
            first: &shared {n: 1}
            second: *shared
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    first: {n: 1}
    second: {n: 1}
    """

  Scenario: Merge keys are refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: merge-keys-are-refused, version: '1.0.0'}
    do:
      - look:
          set:
            base: &base {n: 1}
            more:
              <<: *base
    """
    Then the workflow should be refused
    And the diagnostic should mention '<<'

  Scenario: A document may be written in JSON
    Given a workflow with definition:
    """yaml
    {
      "document": {"dsl": "1.0.3", "namespace": "test", "name": "a-document-in-json", "version": "1.0.0"},
      "do": [{"look": {"set": {"n": "${ 1 + 1 }"}}}]
    }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 2
    """

  Scenario: A key that a task does not know is refused with the one that was meant
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-key-that-a-task-does-not-know-is-refused-with-th, version: '1.0.0'}
    do:
      - choose:
          swich:
            - any: {then: end}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'switch'

  Scenario: A key that begins with x- is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-key-that-begins-with-x-is-refused, version: '1.0.0'}
    do:
      - look:
          x-label: mine
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'x-label'

  Scenario: Metadata is open
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: test
      name: metadata-is-open
      version: '1.0.0'
      tags: {team: suite}
      metadata: {anything: [1, {deep: true}]}
    do:
      - look:
          metadata: {x-label: mine}
          set: {label: '${ $task.metadata["x-label"] }', deep: '${ $workflow.definition.document.metadata.anything[1].deep }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    label: mine
    deep: true
    """

  Scenario: A name that is no label is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: under_score, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'under_score'

  Scenario: A version that is not semantic is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-version-that-is-not-semantic, version: '1.0'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'version'

  Scenario: A document without tasks is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-document-without-tasks, version: '1.0.0'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'do'

  Scenario: A task of two kinds is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-of-two-kinds-is-refused, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
          wait: PT1S
    """
    Then the workflow should be refused

  Scenario: A task of no kind is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-task-of-no-kind-is-refused, version: '1.0.0'}
    do:
      - look:
          then: end
    """
    Then the workflow should be refused
    And the diagnostic should mention 'look'

  Scenario: Every member of a task's own kind is checked
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: every-member-of-a-task-s-own-kind-is-checked, version: '1.0.0'}
    do:
      - pause:
          wait: {second: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'seconds'

  Scenario: A duration of nothing is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-duration-of-nothing-is-refused, version: '1.0.0'}
    do:
      - pause:
          wait: P
    """
    Then the workflow should be refused

  Scenario: A duration with a time mark and no time is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-duration-with-a-time-mark-and-no-time-is-refused, version: '1.0.0'}
    do:
      - pause:
          wait: P1DT
    """
    Then the workflow should be refused

  Scenario: A schema that would have to be fetched is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-schema-that-would-have-to-be-fetched-is-refused, version: '1.0.0'}
    input:
      schema:
        format: json
        document: {$ref: 'https://schemas.test/other.json'}
    do:
      - look:
          set: {n: 1}
    """
    Then the workflow should be refused
    And the diagnostic should mention '$ref'

  Scenario: A workflow that is deployed twice is the same
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-that-is-deployed-twice, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    And a further workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-workflow-that-is-deployed-twice, version: '1.0.0'}
    do:
      - look:
          set: {n: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
