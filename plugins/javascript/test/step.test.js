// What the step takes and returns.

import assert from "node:assert/strict";
import { test } from "node:test";

import { run } from "../script.js";
import { Failed, problem, result } from "../step.js";

const step = (request) => result(request, run);

test("each return has its output", () => {
  const code = "console.log('out'); console.error('err')";
  const expected = { stdout: "out", stderr: "err", code: 0, all: { code: 0, stdout: "out", stderr: "err" }, none: null };
  for (const [wanted, output] of Object.entries(expected)) assert.deepEqual(step({ code, return: wanted }), output);
  assert.equal(step({ code }), "out");
  assert.equal(step({ code, return: null }), "out");
});

test("a code that is not asked for is an error with the end of stderr", () => {
  const code = "console.error('x'.repeat(5000)); throw new Error('bad')";
  for (const wanted of ["stdout", "stderr", "none"]) {
    assert.throws(
      () => step({ code, return: wanted }),
      (error) => error instanceof Failed && error.detail.includes("…") && error.detail.includes("bad") && error.detail.length < 2100,
    );
  }
  assert.equal(step({ code: "process.exit(2)", return: "code" }), 2);
});

test("an error becomes a problem of the type runtime", () => {
  let thrown;
  try {
    step({ code: "process.exit(9)" });
  } catch (error) {
    thrown = problem(error);
  }
  assert.equal(thrown.type, "https://open-workflow-specification.org/spec/1.0.0/errors/runtime");
  assert.deepEqual([thrown.status, thrown.retryable, thrown.extensions], [500, false, '{"code":9}']);
  assert.throws(() => problem(new RangeError("a defect")), RangeError);
});

test("plain values are texts and other input is JSON", () => {
  const code = "console.log(process.argv.slice(2), process.env, require('fs').readFileSync(0, 'utf8'))";
  const said = step({ code, arguments: [1, true, null, "x"], environment: { n: 1.5, gone: null }, stdin: { a: [1] } });
  assert.deepEqual(step({ code: "console.log(process.argv.slice(2).join(' '))", arguments: { name: "x", n: 1 } }), "--name x --n 1");
  assert.equal(said, "[ '1', 'true', '', 'x' ] { n: '1.5' } {\"a\":[1]}");
});
