//! `python/run`: CPython in the sandbox.

use segue_model::outcome::{Outcome, Stop};
use serde_json::{Value, json};

use super::{kind, script, step_error};
use crate::sandbox::harness::output;

async fn run(input: Value) -> Value {
    let report = script("python", input).run().await;
    output(&report).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_environment_and_input_arrive() {
    let code = "\
import json, os, sys
data = json.load(sys.stdin)
print(sys.argv[1:], os.environ['foo'], data['a'])
print('careful', file=sys.stderr)";
    let input = json!({
        "code": code,
        "arguments": ["one", 2],
        "environment": {"foo": "bar"},
        "stdin": {"a": "grüß"},
        "return": "all",
    });
    let expected = json!({"code": 0, "stdout": "['one', '2'] bar grüß", "stderr": "careful"});
    assert_eq!(run(input).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_return_has_its_output() {
    let code = "import sys\nprint('out')\nprint('err', file=sys.stderr)";
    for (wanted, expected) in [
        ("stdout", json!("out")),
        ("stderr", json!("err")),
        ("code", json!(0)),
        ("none", Value::Null),
    ] {
        assert_eq!(run(json!({"code": code, "return": wanted})).await, expected);
    }
    let exit = json!({"code": "raise SystemExit(7)", "return": "code"});
    assert_eq!(run(exit).await, json!(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_raises_leads_to_its_own_lines() {
    let code = "def f():\n    return 1 / 0\n\nf()";
    let report = script("python", json!({ "code": code })).run().await;
    let (problem, retryable) = step_error(&report);
    assert_eq!(
        (kind(problem).as_str(), problem.status, retryable),
        ("runtime", 500, false)
    );
    let text = problem.to_string();
    assert!(text.contains("File \"script.py\", line 2, in f"), "{text}");
    assert!(
        text.contains("return 1 / 0") && text.contains("ZeroDivisionError"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standard_library_is_there() {
    let code = "\
import asyncio, base64, collections, csv, datetime, decimal, hashlib, io, itertools, json, math
import random, re, sqlite3, statistics, textwrap, urllib.parse, uuid, xml.etree.ElementTree as tree
import zoneinfo, dataclasses, enum, functools, string, html, zlib, difflib, logging, fractions
async def main():
    await asyncio.sleep(60)
    return await asyncio.gather(*(asyncio.sleep(1, n) for n in range(3)))
print(asyncio.run(main()))
print(decimal.Decimal('0.1') * 3, hashlib.sha256(b'').hexdigest()[:8], urllib.parse.quote('a b'))
print(tree.fromstring('<a><b>x</b></a>').find('b').text, statistics.mean([1, 2, 3]))
database = sqlite3.connect(':memory:')
print(database.execute('select 1 + 1').fetchone())
print('grüß'.encode('latin-1'), b'x'.decode('utf-16-le', 'replace'))";
    let said = run(json!({ "code": code })).await;
    let lines: Vec<&str> = said.as_str().unwrap().lines().collect();
    assert_eq!(lines[0], "[0, 1, 2]");
    assert_eq!(lines[1], "0.3 e3b0c442 a%20b");
    assert_eq!(lines[2], "x 2");
    assert_eq!(lines[3], "(2,)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_cannot_reach_anything() {
    for (code, why) in [
        ("import requests", "plugin"),
        ("import ctypes", "sandbox"),
        ("open('/etc/passwd')", "script.py"),
        ("import os\nos.listdir('/')", "script.py"),
        (
            "import threading\nthreading.Thread(target=print).start()",
            "thread",
        ),
        (
            "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1/')",
            "Error",
        ),
    ] {
        let all = run(json!({"code": code, "return": "all"})).await;
        assert_eq!(all["code"], 1, "{code}: {all}");
        assert!(
            all["stderr"].as_str().unwrap().contains(why),
            "{code}: {all}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runaway_scripts_end_by_their_limits() {
    let looping = script("python", json!({"code": "while True: pass"}));
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
    let hoarding = json!({"code": "a = []\nwhile True: a.append(bytes(1 << 20))"});
    let report = script("python", hoarding).run().await;
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
    let deep = json!({"code": "def f(): return f() + 1\nf()"});
    let report = script("python", deep).run().await;
    assert!(
        !matches!(report.outcome, Outcome::Completed { .. }),
        "{report:?}"
    );
    let flood = json!({"code": "while True: print('x' * 100000)"});
    let report = script("python", flood).run().await;
    let (problem, _) = step_error(&report);
    assert!(problem.to_string().contains("stdout"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_attempt_gives_the_same_to_the_last_instruction() {
    let code = "\
import random, secrets, time, uuid
print(random.random(), secrets.token_hex(4), uuid.uuid4(), time.time(), list({'a', 'b', 'c'}))";
    let go = |attempt| {
        script("python", json!({ "code": code }))
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
    assert!(said.contains(" 1750000000.123"), "{said}");
}
