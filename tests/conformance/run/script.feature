Feature: Run a script
  Code that stands in the document, run in a sandbox.

  Scenario Outline: The output of a <language> script is what it prints
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: the-output-of-a-language-script-is-what-it-prints, version: '1.0.0'}
    do:
      - greet:
          run:
            script: {language: <language>, code: '<code>'}
          output: {as: 'rtrimstr("\n")'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Hello
    """
    Examples:
      | language | code |
      | js | console.log("Hello") |
      | python | print("Hello") |

  Scenario Outline: What a <language> script prints may be taken as <return>
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: what-a-language-script-prints-may-be-taken-as-retu, version: '1.0.0'}
    do:
      - greet:
          run:
            return: <return>
            script: {language: <language>, code: '<code>'}
          output: {as: 'if type == "string" then rtrimstr("\n") else . end'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    <output>
    """
    Examples:
      | language | return | code | output |
      | js | stdout | console.log("out"); console.error("err") | out |
      | js | stderr | console.log("out"); console.error("err") | err |
      | js | code | console.log("out") | 0 |
      | js | none | console.log("out") | null |
      | python | stdout | print("out") | out |
      | python | stderr | import sys; print("err", file=sys.stderr) | err |
      | python | code | import sys; sys.exit(3) | 3 |
      | python | none | print("out") | null |

  Scenario: Everything of a script may be taken together
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: everything-of-a-script-may-be-taken-together, version: '1.0.0'}
    do:
      - greet:
          run:
            return: all
            script: {language: js, code: 'console.log("out"); console.error("err")'}
          output: {as: '{code, stdout: (.stdout | rtrimstr("\n")), stderr: (.stderr | rtrimstr("\n"))}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    code: 0
    stdout: out
    stderr: err
    """

  Scenario: A script that fails gives its code where the code is asked for
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-that-fails-gives-its-code-where-the-code, version: '1.0.0'}
    do:
      - fail:
          run:
            return: code
            script: {language: js, code: 'throw new Error("broken")'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    1
    """

  Scenario: A script that fails tells why
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-that-fails-tells-why, version: '1.0.0'}
    do:
      - fail:
          run:
            script: {language: python, code: 'raise ValueError("broken in the middle")'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/runtime
    instance: /do/0/fail
    """
    And the error's detail should mention 'broken in the middle'

  Scenario Outline: A <language> script gets its arguments
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-language-script-gets-its-arguments, version: '1.0.0'}
    do:
      - greet:
          run:
            script:
              language: <language>
              arguments: ['${ .name }', two]
              code: '<code>'
          output: {as: 'rtrimstr("\n")'}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Ada two
    """
    Examples:
      | language | code |
      | js | const [, , ...rest] = process.argv; console.log(rest.join(" ")) |
      | python | import sys; print(" ".join(sys.argv[1:])) |

  Scenario Outline: A <language> script gets its environment
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-language-script-gets-its-environment, version: '1.0.0'}
    do:
      - greet:
          run:
            script:
              language: <language>
              environment: {NAME: '${ .name }'}
              code: '<code>'
          output: {as: 'rtrimstr("\n")'}
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
    Examples:
      | language | code |
      | js | console.log(process.env.NAME) |
      | python | import os; print(os.environ["NAME"]) |

  Scenario Outline: A <language> script reads its input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-language-script-reads-its-input, version: '1.0.0'}
    do:
      - greet:
          run:
            script:
              language: <language>
              stdin: ${ .name }
              code: '<code>'
          output: {as: 'rtrimstr("\n")'}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Hello Ada
    """
    Examples:
      | language | code |
      | js | import { readFileSync } from "node:fs"; console.log("Hello " + readFileSync(process.stdin.fd, "utf8")) |
      | python | import sys; print("Hello " + sys.stdin.read()) |

  Scenario: A script's text becomes data again with jq
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-s-text-becomes-data-again-with-jq, version: '1.0.0'}
    do:
      - compute:
          run:
            script:
              language: js
              arguments: ['${ .numbers | tojson }']
              code: |
                const numbers = JSON.parse(process.argv[2]);
                console.log(JSON.stringify({ sum: numbers.reduce((a, b) => a + b, 0) }));
          output: {as: fromjson}
    """
    And given the workflow input is:
    """yaml
    numbers: [1, 2, 3]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 6
    """

  Scenario: A script that is not awaited gives the task's input
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-that-is-not-awaited-gives-the-task-s-inpu, version: '1.0.0'}
    do:
      - greet:
          run:
            await: false
            script: {language: js, code: 'console.log("Hello")'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: A script sees no files of the host
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-sees-no-files-of-the-host, version: '1.0.0'}
    do:
      - look:
          run:
            script:
              language: python
              code: |
                try:
                    print(open("/etc/passwd").read())
                except OSError:
                    print("nothing")
          output: {as: 'rtrimstr("\n")'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    nothing
    """

  Scenario: A script in a loop runs once for each item
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-script-in-a-loop-runs-once-for-each-item, version: '1.0.0'}
    do:
      - loop:
          for: {in: '[1, 2]'}
          do:
            - double:
                run:
                  script:
                    language: js
                    arguments: ['${ $item | tostring }']
                    code: console.log(process.argv[2] * 2)
                export: {as: '($context // []) + [rtrimstr("\n") | tonumber]'}
      - show:
          set: '${ $context }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [2, 4]
    """

  Scenario: A language that is not offered is refused
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: a-language-that-is-not-offered-is-refused, version: '1.0.0'}
    do:
      - greet:
          run:
            script: {language: ruby, code: 'puts "Hello"'}
    """
    Then the workflow should be refused
    And the diagnostic should mention 'ruby'
