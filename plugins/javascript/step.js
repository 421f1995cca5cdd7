// The step around a script: what it takes, what it returns, and which ends are errors.

import { STREAM_BYTES_MAX, TooMuch } from "./world.js";

const ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";
/** How much of the end of stderr an error shows, in characters. */
const TAIL_CHARACTERS = 2000;

const plain = ["string", "number", "boolean", "null"];

export const SCHEMAS = {
  description:
    "Runs a script in a sandbox without network, files or clock: a module where it has `import` or `export`, a plain script " +
    "otherwise. Its output is what it wrote to stdout, unless `return` asks for something else.",
  input: {
    type: "object",
    required: ["code"],
    additionalProperties: false,
    properties: {
      code: { type: "string", description: "The script" },
      arguments: {
        type: ["array", "object", "null"],
        items: { type: plain },
        additionalProperties: { type: plain },
        description: "`process.argv` from its third item on; `{name: value}` is `--name value`",
      },
      environment: { type: ["object", "null"], additionalProperties: { type: plain }, description: "`process.env`" },
      stdin: { description: "The standard input; what is no text is JSON" },
      return: { enum: ["stdout", "stderr", "code", "all", "none", null], description: "What the output is; stdout if absent" },
    },
  },
  output: {
    description: "A text for `stdout` and `stderr`, a number for `code`, all three for `all`, null for `none`",
    type: ["string", "integer", "object", "null"],
    properties: { code: { type: "integer" }, stdout: { type: "string" }, stderr: { type: "string" } },
  },
};

/** Why a step has no output. */
export class Failed {
  constructor(kind, title, detail, extensions) {
    Object.assign(this, { kind, title, detail, extensions });
  }
}

/** Runs what is asked for, and returns what is asked for. */
export function result(request, run) {
  const { code, stdout, stderr } = run({
    code: request.code,
    args: args(request.arguments ?? []),
    environment: environment(request.environment ?? {}),
    stdin: input(request.stdin),
  });
  const wanted = request.return ?? "stdout";
  if (wanted === "code") return code;
  if (wanted === "all") return { code, stdout, stderr };
  if (code !== 0) {
    const tail = stderr.length > TAIL_CHARACTERS ? `…${stderr.slice(-TAIL_CHARACTERS).toWellFormed()}` : stderr;
    const detail = `the script ended with code ${code}${tail ? `:\n${tail}` : ""}`;
    throw new Failed("runtime", "The script failed", detail, { code });
  }
  return { stdout, stderr, none: null }[wanted];
}

function args(values) {
  const list = Array.isArray(values) ? values : Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  return list.map((value) => String(value ?? ""));
}

function environment(values) {
  const named = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(named.map(([name, value]) => [name, String(value)]));
}

function input(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What the host is told where there is no output. Anything that is not foreseen is thrown on. */
export function problem(error, stringify = JSON.stringify) {
  let failed = error;
  if (error instanceof TooMuch) {
    const detail = `more than ${STREAM_BYTES_MAX} bytes to ${error.stream}: write less, or write a part of it`;
    failed = new Failed("runtime", "The script wrote too much", detail, { stream: error.stream });
  }
  if (!(failed instanceof Failed)) throw error;
  return {
    type: ERRORS + failed.kind,
    status: 500,
    title: failed.title,
    detail: failed.detail,
    retryable: false,
    retryAfterMs: undefined,
    extensions: stringify(failed.extensions),
  };
}
