// Runs one script to its end.

import { inspect, scriptStartsAt } from "./inspect.js";
import { Unhandled } from "./loop.js";
import { randomOf } from "./random.js";
import { HELPERS, NotJavaScript, transform } from "./transform.js";
import { Exit, TooMuch, World } from "./world.js";

/** The exit code of Node.js where the `await` at the top of a script never ends. */
const UNSETTLED = 13;
/** Of what a message shows of the source's line. */
const SOURCE_CHARACTERS = 200;

/**
 * Runs a script: `{code, args, environment, stdin, seed}`. Returns `{code, stdout, stderr}`; a
 * script that throws has the error on stderr and code 1. Throws a `TooMuch` where it wrote more
 * than is kept. `prepare` may change the engine's own globals before the script begins.
 */
export function run({ code, args = [], environment = {}, stdin = "", seed = "" }, prepare = () => {}) {
  const random = randomOf(seed);
  const world = new World({ args, environment, stdin, random });
  prepare(world, random);
  let failure;
  try {
    execute(code, world);
  } catch (error) {
    failure = { error };
  }
  if (world.end instanceof TooMuch) throw world.end;
  if (world.end instanceof Exit) return result(world, world.end.code);
  if (failure) {
    world.write("stderr", `${described(failure.error, code)}\n`);
    return result(world, 1);
  }
  return result(world, Number(world.process.exitCode ?? 0) & 0xff);
}

/**
 * What a script wrote, as a shell hands it on: without the line breaks at the end. Half a
 * surrogate pair is no text, and JSON has no way to write it.
 */
function result(world, code) {
  const text = (stream) => world.streams[stream].join("").replace(/(\r?\n)+$/, "").toWellFormed();
  return { code, stdout: text("stdout"), stderr: text("stderr") };
}

function execute(source, world) {
  const { code, imports, isModule } = transform(source);
  const names = Object.keys(world.globals);
  const head = `(function(${[...names, HELPERS].join(",")}){return function*(){${isModule ? '"use strict";' : ""}${bindings(imports)}`;
  scriptStartsAt(head.length);
  // Hashbangs are only allowed at the beginning of a file.
  const body = code.replace(/^#!/, "//");
  // By its other name, eval sees the globals and not our own names.
  const make = (0, eval)(`${head}${body}\n}})`);
  const main = make(...names.map((name) => world.globals[name]), world.helpers);
  let failure;
  let isSettled = false;
  // As in Node.js, `this` is the exports of plain scripts and nothing in modules.
  const self = isModule ? undefined : world.globals.exports;
  world.helpers.spawn(self, [], main).then(
    () => (isSettled = true),
    (error) => (failure = { error }),
  );
  world.loop.run();
  if (failure) throw failure.error;
  if (!isSettled && !world.end) {
    world.write("stderr", "Warning: the script awaits something that never comes\n");
    world.process.exitCode ??= UNSETTLED;
  }
}

function bindings(imports) {
  const statements = imports.map(({ name, bindings }) => {
    const wanted = bindings.filter((binding) => binding.imported !== undefined);
    const take = `${HELPERS}.take(${JSON.stringify(name)},${JSON.stringify(wanted.map((binding) => binding.imported))})`;
    const spaces = bindings.filter((binding) => binding.imported === undefined).map((binding) => `const ${binding.local}=${take};`);
    const members = wanted.map((binding) => `${JSON.stringify(binding.imported)}:${binding.local}`);
    return `${spaces.join("")}const {${members.join(",")}}=${take};`;
  });
  return statements.join("");
}

/** An error that ends a script, as it stands on stderr. */
function described(error, source) {
  if (error instanceof Unhandled) return described(error.reason, source);
  if (error instanceof NotJavaScript) return notJavaScript(error, source);
  return `Uncaught ${inspect(error)}`;
}

function notJavaScript({ message, line, column }, source) {
  if (line === undefined) return `SyntaxError: ${message}`;
  const text = source.split("\n")[line - 1] ?? "";
  const from = Math.max(0, column - SOURCE_CHARACTERS / 2);
  const shown = text.slice(from, from + SOURCE_CHARACTERS).trimEnd();
  return `script:${line}\n${shown}\n${" ".repeat(column - from)}^\n\nSyntaxError: ${message}`;
}
