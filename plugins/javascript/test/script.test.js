// Scripts without a sandbox: `node --test test/` in the folder above.

import assert from "node:assert/strict";
import { test } from "node:test";

import { run } from "../script.js";
import { TooMuch } from "../world.js";

const stdout = (code, more = {}) => {
  const ended = run({ code, ...more });
  assert.equal(ended.stderr, "");
  assert.equal(ended.code, 0);
  return ended.stdout;
};
const failed = (code) => {
  const ended = run({ code });
  assert.equal(ended.code, 1, ended.stdout);
  return ended.stderr;
};

test("the example of the specification", () => {
  const code = `// Reading Input from STDIN
import { readFileSync } from 'node:fs';
const stdin = readFileSync(process.stdin.fd, 'utf8');
console.log('stdin > ', stdin) // Output: stdin > Hello Workflow

// Reading from argv
const [_, __, arg] = process.argv;
console.log('arg > ', arg) // Output: arg > hello

// Reading from env
const foo = process.env.foo;
console.log('env > ', foo) // Output: env > bar`;
  const said = stdout(code, { stdin: "Hello Workflow", args: ["hello"], environment: { foo: "bar" } });
  assert.equal(said, "stdin >  Hello Workflow\narg >  hello\nenv >  bar");
});

test("async functions of every form", () => {
  const cases = {
    "async function f(a, b = 2) { return a + b } console.log(await f(1))": "3",
    "const f = async function () { return this.x }; console.log(await f.call({ x: 4 }))": "4",
    "const f = async x => x * 2; console.log(await f(2))": "4",
    "const f = async (x, { y } = { y: 1 }) => ({ s: x + y }); console.log(await f(2))": "{ s: 3 }",
    "const f = async ([x]) => { return x }; console.log(await f([5]))": "5",
    "class A { #p = 3; async #q() { return this.#p } static async s() { return 1 } async m() { return await A.s() + await this.#q() } }\nconsole.log(await new A().m())": "4",
    "const o = { async a() { return 1 }, async ['b' + 1]() { return 2 }, 'async': 3 }; console.log(await o.a(), await o.b1(), o.async)": "1 2 3",
    "async function f() { return arguments.length } console.log(await f(1, 2, 3))": "3",
    "async function f(x) { var x = x || 9; return x } console.log(await f(), await f(1))": "9 1",
    "const nested = async () => { const inner = async () => (await 1) + (await 2); return [await inner(), await inner()] }; console.log(await nested())": "[ 3, 3 ]",
    "console.log(await (async () => { try { return await Promise.reject(new Error('x')) } catch (e) { return e.message } finally { console.log('f') } })())": "f\nx",
    "(async () => { console.log('iife') })()": "iife",
    "const a = 1\nawait null\nconsole.log(a)": "1",
    "if (await true) console.log('yes')\nelse console.log('no')": "yes",
    "let i = 0; while (await Promise.resolve(i < 3)) i++; console.log(i)": "3",
    "console.log(-await 1, !await 0, (await [7])[0], `${await 't'}`)": "-1 true 7 t",
  };
  for (const [code, expected] of Object.entries(cases)) assert.equal(stdout(code), expected, code);
});

test("async iteration", () => {
  assert.equal(stdout("async function* g() { yield 1; yield* [2, 3]; const x = yield await 4; console.log('x', x) }\nfor await (const v of g()) { if (v === 2) continue; console.log(v) }"), "1\n3\n4\nx undefined");
  assert.equal(stdout("for await (const [k, v] of Object.entries({ a: 1 })) console.log(k, v)"), "a 1");
  assert.equal(stdout("let v; for await (v of [Promise.resolve(1), 2]);\nconsole.log(v)"), "2");
  assert.equal(stdout("outer: for await (const a of [1, 2, 3]) { for (const b of [1]) { if (a === 2) break outer; console.log(a) } }"), "1");
  assert.equal(stdout("async function* g() { try { yield 1; yield 2 } finally { console.log('closed') } }\nfor await (const v of g()) break;\nawait null"), "closed");
  assert.equal(stdout("async function* g() { throw new Error('in g') }\ntry { for await (const v of g()); } catch (e) { console.log(e.message) }"), "in g");
  assert.equal(stdout("const o = { async *items() { yield 'i' } }; for await (const x of o.items()) console.log(x)"), "i");
});

test("promises settle in order, and timers run by their time", () => {
  const order = "setTimeout(() => console.log('t2'), 20); setTimeout(() => console.log('t1'), 10); queueMicrotask(() => console.log('m')); process.nextTick(() => console.log('n')); Promise.resolve().then(() => console.log('p')); console.log('s')";
  assert.equal(stdout(order), "s\nm\nn\np\nt1\nt2");
  assert.equal(stdout("console.log(await Promise.all([1, Promise.resolve(2)]), await Promise.race([new Promise(r => setTimeout(r, 5, 'late')), 'soon']))"), "[ 1, 2 ] soon");
  assert.equal(stdout("console.log(await Promise.allSettled([Promise.reject(1), 2]))"), "[\n  { status: 'rejected', reason: 1 },\n  { status: 'fulfilled', value: 2 }\n]");
  assert.equal(stdout("console.log(await Promise.any([Promise.reject(1), 2]), await Promise.any([Promise.reject(1)]).catch(e => e.errors))"), "2 [ 1 ]");
  assert.equal(stdout("let n = 0; const id = setInterval(() => { if (++n === 3) { clearInterval(id); console.log(n) } }, 1)"), "3");
  assert.equal(stdout("console.log(await Promise.resolve(1).finally(() => 2), await { then: (r) => r('thenable') })"), "1 thenable");
  assert.equal(stdout("const { promise, resolve } = Promise.withResolvers(); resolve(8); console.log(await promise, promise instanceof Promise)"), "8 true");
});

test("modules and plain scripts", () => {
  assert.equal(stdout("import fs, { readFileSync as read } from 'fs'\nimport * as process2 from 'node:process'\nconsole.log(read === fs.readFileSync, process2.argv.length)"), "true 2");
  assert.equal(stdout("export const a = 1\nexport default function () {}\nexport { a as b }\nconsole.log(a, this)"), "1 undefined");
  assert.equal(stdout("const util = require('node:util'); console.log(util.format('%s!', 'hi')); x = 5; console.log(x)"), "hi!\n5");
  assert.equal(stdout("const { inspect } = await import('node:util'); console.log(inspect('a'))"), "'a'");
  assert.equal(stdout("#!/usr/bin/env node\nconsole.log('hashbang')"), "hashbang");
  assert.equal(stdout("if (true) { console.log(1); return }\nconsole.log(2)"), "1");
});

test("what a script does not have says so", () => {
  assert.match(failed("import x from 'left-pad'"), /Cannot find module 'left-pad'.*node:fs.*plugin/s);
  assert.match(failed("import { readdirSync } from 'fs'"), /does not provide an export named 'readdirSync'/);
  assert.match(failed("require('fs').readFileSync('/etc/passwd')"), /scripts have no files.*\/etc\/passwd/);
  assert.match(failed("fetch('https://x.test')"), /no network.*call: http/);
});

test("errors end a script with code 1 and stand on stderr", () => {
  assert.match(failed("throw new TypeError('bad')"), /^Uncaught TypeError: bad/);
  assert.match(failed("Promise.reject(new Error('nobody cares'))"), /nobody cares/);
  assert.match(failed("setTimeout(() => { throw new Error('later') })"), /later/);
  assert.match(failed("throw { code: 7 }"), /Uncaught \{ code: 7 \}/);
  assert.match(failed("throw new Error('outer', { cause: new Error('inner') })"), /outer[^]*\[cause\]: \[?Error: inner/);
  assert.match(failed("const a = 1\nlet x = ;"), /^script:2\nlet x = ;\n {8}\^\n\nSyntaxError: Unexpected token/);
  assert.equal(stdout("const p = Promise.reject(1); p.catch(() => console.log('caught'))"), "caught");
});

test("exit codes", () => {
  assert.deepEqual(run({ code: "console.log(1); process.exit(3); console.log(2)" }), { code: 3, stdout: "1", stderr: "" });
  assert.equal(run({ code: "try { process.exit(4) } catch {}\nconsole.log('no')" }).stdout, "");
  assert.equal(run({ code: "setTimeout(() => process.exit(5), 1); setTimeout(() => console.log('no'), 2)" }).code, 5);
  assert.equal(run({ code: "process.exitCode = 6" }).code, 6);
  assert.equal(run({ code: "await new Promise(() => process.exit(7))" }).code, 7);
});

test("an await that never ends", () => {
  const ended = run({ code: "console.log(1); await new Promise(() => {}); console.log(2)" });
  assert.deepEqual([ended.code, ended.stdout], [13, "1"]);
  assert.match(ended.stderr, /never comes/);
});

test("the standard input in each of the ways to read it", () => {
  const more = { stdin: "grüß\nb" };
  assert.equal(stdout("let s = ''; process.stdin.setEncoding('utf8').on('data', c => s += c).on('end', () => console.log(s.length))", more), "6");
  assert.equal(stdout("let s = ''; for await (const c of process.stdin) s += c; console.log(s)", more), "grüß\nb");
  assert.equal(stdout("console.log(require('fs').readFileSync(0).toString().split('\\n').length)", more), "2");
  assert.equal(stdout("console.log(require('fs').readFileSync('/dev/stdin', 'utf8'))", more), "grüß\nb");
});

test("more than is kept ends a script", () => {
  const isFull = (stream) => (error) => error instanceof TooMuch && error.stream === stream;
  assert.throws(() => run({ code: "for (;;) console.log('x'.repeat(1000))" }), isFull("stdout"));
  assert.throws(() => run({ code: "try { process.stderr.write('é'.repeat(600000)) } catch {}" }), isFull("stderr"));
});

test("half a surrogate pair is replaced", () => {
  assert.equal(stdout("console.log('a\\ud800b')"), "a\ufffdb");
});

test("randomness follows the seed", () => {
  const code = "console.log(crypto.randomUUID(), require('crypto').randomBytes(4).toString('hex'))";
  const said = stdout(code, { seed: "a" });
  assert.match(said, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} [0-9a-f]{8}$/);
  assert.equal(stdout(code, { seed: "a" }), said);
  assert.notEqual(stdout(code, { seed: "b" }), said);
});

test("stack traces of the engine lead to the script's own lines", async () => {
  const { ownStack, scriptStartsAt } = await import("../inspect.js");
  scriptStartsAt(100);
  const stack = "    at f (<input>:1:125)\n    at <anonymous> (<input>:3:9)\n    at go (/build/loop.js:1:1)\n    at eval (native)\n";
  assert.equal(ownStack({ stack }), "    at f (script:1:25)\n    at script:3:9");
});
