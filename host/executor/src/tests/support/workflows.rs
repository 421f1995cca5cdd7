//! The workflows of the tests.

/// A workflow `test/flow:1.0.0` of these tasks (YAML, a list).
pub(crate) fn flow(tasks: &str) -> String {
    named("flow", "1.0.0", tasks)
}

/// A workflow of the namespace `test`.
pub(in crate::tests) fn named(name: &str, version: &str, tasks: &str) -> String {
    document(name, version, &format!("do:\n{}", tasks.trim_matches('\n')))
}

/// A document of the namespace `test` with everything after its head.
pub(in crate::tests) fn document(name: &str, version: &str, body: &str) -> String {
    let head = format!(
        "document:\n  dsl: '1.0.3'\n  namespace: test\n  name: {name}\n  version: '{version}'\n"
    );
    format!("{head}{}\n", body.trim_matches('\n'))
}

/// Three pure steps with tasks of the engine's own between them.
pub(in crate::tests) const PURE_CHAIN: &str = "
  - one:
      call: calc/add:1@default
      with: { n: 1 }
  - keep:
      set: { kept: true }
  - two:
      call: calc/double:1@default
  - three:
      call: calc/add:1@default
      with: { n: 3 }
";

/// Pure, effectful, pure, effectful.
pub(in crate::tests) const MIXED: &str = "
  - price:
      call: calc/add:1@default
      with: { n: 1 }
  - pay:
      call: net/charge:1@default
  - total:
      call: calc/double:1@default
  - tell:
      call: net/notify:1@default
";

/// Everything that a run can do: pure and effectful steps, waits, retries, handlers.
pub(in crate::tests) const EVERYTHING: &str = "
  - price:
      call: calc/add:1@default
      with: { n: 1 }
  - pay:
      try:
        - charge:
            call: net/charge:1@default
      catch:
        retry:
          delay: { seconds: 2 }
          limit: { attempt: { count: 3 } }
  - nap:
      wait: { minutes: 5 }
  - total:
      call: calc/double:1@default
  - guarded:
      try:
        - fail:
            call: calc/slow:1@default
      catch:
        do:
          - mend:
              set: { mended: true }
  - tell:
      call: net/notify:1@default
";

/// One effectful step.
pub(in crate::tests) const CHARGE: &str = "
  - pay:
      call: net/charge:1@default
";

/// One pure step.
pub(in crate::tests) const SLOW: &str = "
  - slow:
      call: calc/slow:1@default
";

/// A wait, then a pure step.
pub(in crate::tests) const NAP: &str = "
  - nap:
      wait: { hours: 1 }
  - add:
      call: calc/add:1@default
      with: { n: 1 }
";
