//! `javascript/run`: QuickJS in the sandbox.

use segue_model::outcome::{Outcome, Stop};
use serde_json::{Value, json};

use super::{kind, script, step_error};
use crate::sandbox::harness::output;

async fn run(input: Value) -> Value {
    let report = script("javascript", input).run().await;
    output(&report).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_specification() {
    let code = "\
import { readFileSync } from 'node:fs';
const stdin = readFileSync(process.stdin.fd, 'utf8');
console.log('stdin > ', stdin)
const [_, __, arg] = process.argv;
console.log('arg > ', arg)
const foo = process.env.foo;
console.log('env > ', foo)";
    let input = json!({
        "code": code,
        "stdin": "Hello Workflow",
        "arguments": ["hello"],
        "environment": {"foo": "bar"},
    });
    let said = "stdin >  Hello Workflow\narg >  hello\nenv >  bar";
    assert_eq!(run(input).await, json!(said));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_return_has_its_output() {
    let code = "console.log('out'); console.error('err'); process.exitCode = 0";
    for (wanted, expected) in [
        ("stdout", json!("out")),
        ("stderr", json!("err")),
        ("code", json!(0)),
        ("all", json!({"code": 0, "stdout": "out", "stderr": "err"})),
        ("none", Value::Null),
    ] {
        assert_eq!(run(json!({"code": code, "return": wanted})).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asynchronous_code_runs_to_its_end() {
    let code = "\
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function* numbers() { for (let n = 0; n < 3; n++) { await sleep(1000); yield n } }
for await (const n of numbers()) console.log(n)
console.log(await Promise.all([sleep(60_000).then(() => 'a'), 'b']))
console.log(globalThis.Promise === Promise)";
    let said = "0\n1\n2\n[ 'a', 'b' ]\ntrue";
    assert_eq!(run(json!({ "code": code })).await, json!(said));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_throws_leads_to_its_own_lines() {
    let code = "function f() {\n  throw new TypeError('bad')\n}\n\nf()";
    let all = run(json!({"code": code, "return": "all"})).await;
    assert_eq!(all["code"], 1);
    let stderr = all["stderr"].as_str().unwrap();
    assert!(
        stderr.starts_with("Uncaught TypeError: bad\n    at f (script:2:"),
        "{stderr}"
    );
    assert!(stderr.contains("at script:5:"), "{stderr}");
    assert!(!stderr.contains(".js:"), "{stderr}");

    let report = script("javascript", json!({ "code": code })).run().await;
    let (problem, retryable) = step_error(&report);
    assert_eq!(
        (kind(problem).as_str(), problem.status, retryable),
        ("runtime", 500, false)
    );
    assert!(problem.to_string().contains("TypeError: bad"), "{problem}");
    let wrong = script("javascript", json!({"code": "let x = 1\nlet y = ;"}))
        .run()
        .await;
    let text = step_error(&wrong).0.to_string();
    assert!(
        text.contains("script:2") && text.contains("SyntaxError"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_end_with_the_code_that_they_say() {
    let code = "console.log(1); process.exit(3); console.log(2)";
    let all = run(json!({"code": code, "return": "all"})).await;
    assert_eq!(all, json!({"code": 3, "stdout": "1", "stderr": ""}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_cannot_reach_anything() {
    for code in [
        "fetch('https://example.com')",
        "require('fs').readFileSync('/etc/passwd')",
        "await import('node:net')",
    ] {
        let all = run(json!({"code": code, "return": "all"})).await;
        assert_eq!(all["code"], 1, "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runaway_scripts_end_by_their_limits() {
    let looping = script("javascript", json!({"code": "for (;;) {}"}));
    let report = looping.limits(|l| l.fuel = 500_000_000).run().await;
    assert!(
        matches!(
            report.outcome,
            Outcome::Stopped {
                stop: Stop::Fuel,
                ..
            }
        ),
        "{report:?}"
    );
    let hoarding = json!({"code": "const a = []; for (;;) a.push(new Array(1000).fill(a.length))"});
    let report = script("javascript", hoarding).run().await;
    assert!(
        matches!(
            report.outcome,
            Outcome::Stopped {
                stop: Stop::Memory,
                ..
            }
        ),
        "{report:?}"
    );
    let deep = script(
        "javascript",
        json!({"code": "function f() { return f() + 1 } f()"}),
    );
    let report = deep.run().await;
    assert!(
        !matches!(report.outcome, Outcome::Completed { .. }),
        "{report:?}"
    );
    let flood = json!({"code": "for (;;) console.log('x'.repeat(100000))"});
    let report = script("javascript", flood).run().await;
    let (problem, _) = step_error(&report);
    assert!(problem.to_string().contains("stdout"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_attempt_gives_the_same_to_the_last_instruction() {
    let code = "console.log(Math.random(), Date.now(), new Date().toISOString(), crypto.randomUUID(), performance.now())";
    let go = |attempt| {
        script("javascript", json!({ "code": code }))
            .number(attempt)
            .run()
    };
    let (first, second, other) = (go(1).await, go(1).await, go(2).await);
    assert_eq!(
        (output(&first), first.usage),
        (output(&second), second.usage)
    );
    assert_ne!(output(&first), output(&other));
    let said = output(&first).as_str().unwrap();
    assert!(
        said.contains(" 1750000000123 2025-06-15T15:06:40.123Z "),
        "{said}"
    );
}
