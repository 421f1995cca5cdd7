// What a script finds around it: a console, a process, the modules of Node.js that need nothing
// from outside, and a clear answer for those that do.

import { format, inspect } from "./inspect.js";
import { helpers, Loop, promises } from "./loop.js";
import { Buffer, decodeUtf8, TextDecoder, TextEncoder, utf8Length } from "./text.js";

/** Bytes that a script may write to each of its two streams: what it returns is kept with the run. */
export const STREAM_BYTES_MAX = 1024 * 1024;

/** Ends a script from inside: it is thrown, and nothing runs after it even where it is caught. */
export class Exit {
  constructor(code) {
    this.code = code;
  }
}

/** Why a script was ended by us. */
export class TooMuch {
  constructor(stream) {
    this.stream = stream;
  }
}

/** One script's surroundings. `globals` are the names that it sees. */
export class World {
  streams = { stdout: [], stderr: [] };
  #sizes = { stdout: 0, stderr: 0 };
  loop = new Loop();
  /** Why the script ended early: an `Exit` or a `TooMuch`. */
  end;

  constructor({ args, environment, stdin, random }) {
    this.Promise = promises(this.loop);
    this.process = this.#process(args, environment, stdin);
    this.modules = this.#modules(stdin, random);
    const find = (name) => this.find(name);
    this.helpers = { ...helpers(this.Promise, find), take: (name, wanted) => this.#take(name, wanted), meta: Object.freeze({ url: "file:///script.mjs", filename: "/script.mjs", dirname: "/" }) };
    this.globals = this.#globals(random, find);
  }

  write(stream, text) {
    if (this.end) return;
    this.#sizes[stream] += utf8Length(text);
    if (this.#sizes[stream] > STREAM_BYTES_MAX) this.stop(new TooMuch(stream));
    this.streams[stream].push(text);
  }

  /** Ends the script here. */
  stop(end) {
    this.end ??= end;
    this.loop.stopped = true;
    throw this.end;
  }

  #console() {
    let indent = "";
    const counts = new Map();
    const print = (stream) => (...args) => {
      const text = format(...args);
      this.write(stream, `${indent}${indent ? text.replaceAll("\n", `\n${indent}`) : text}\n`);
    };
    const [log, error] = [print("stdout"), print("stderr")];
    const group = (...args) => {
      if (args.length > 0) log(...args);
      indent += "  ";
    };
    const count = (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      log(`${label}: ${counts.get(label)}`);
    };
    return {
      log, info: log, debug: log, error, warn: error,
      trace: (...args) => error(`Trace${args.length > 0 ? ": " : ""}${format(...args)}`),
      dir: (value, options) => log(inspect(value, options)),
      dirxml: log,
      table: (value) => log(value),
      assert: (holds, ...args) => holds || error(args.length > 0 ? `Assertion failed: ${format(...args)}` : "Assertion failed"),
      group, groupCollapsed: group,
      groupEnd: () => void (indent = indent.slice(2)),
      count, countReset: (label = "default") => void counts.delete(label),
      // Time stands still in a script: there is nothing to measure.
      time: () => {}, timeLog: (label = "default") => log(`${label}: 0ms`), timeEnd: (label = "default") => log(`${label}: 0ms`),
    };
  }

  #process(args, environment, stdin) {
    const writer = (stream, fd) => ({
      fd, isTTY: false, writable: true,
      write: (text, ...more) => {
        this.write(stream, typeof text === "string" ? text : decodeUtf8(text));
        const done = more.at(-1);
        if (typeof done === "function") this.loop.enqueue(done);
        return true;
      },
      end: (text) => text !== undefined && this.write(stream, String(text)),
      on() {
        return this;
      },
    });
    const process = {
      argv: ["node", "/script.mjs", ...args], argv0: "node", execArgv: [], env: { ...environment },
      exitCode: undefined, pid: 1, ppid: 0, platform: "wasi", arch: "wasm32", title: "script",
      version: "v22.0.0", versions: { node: "22.0.0" }, release: { name: "node" },
      stdin: this.#stdin(stdin), stdout: writer("stdout", 1), stderr: writer("stderr", 2),
      exit: (code) => this.stop(new Exit(Number(code ?? process.exitCode ?? 0) & 0xff)),
      abort: () => this.stop(new Exit(134)),
      cwd: () => "/", uptime: () => 0, memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0 }),
      hrtime: Object.assign(() => [0, 0], { bigint: () => 0n }),
      nextTick: (act, ...more) => this.loop.enqueue(() => act(...more)),
      emitWarning: (warning) => this.write("stderr", `Warning: ${warning?.message ?? warning}\n`),
      on: () => process, once: () => process, off: () => process, emit: () => false,
    };
    return process;
  }

  #stdin(text) {
    const enqueue = (act) => this.loop.enqueue(act);
    const Promise = this.Promise;
    let isText = false;
    const chunk = () => (isText ? text : Buffer.from(text));
    const stdin = {
      fd: 0, isTTY: false, readable: true,
      setEncoding: () => ((isText = true), stdin),
      resume: () => stdin, pause: () => stdin,
      read: () => (text === "" ? null : chunk()),
      on: (event, act) => {
        if (event === "data" && text !== "") enqueue(() => act(chunk()));
        // After the data, whichever was asked for first.
        if (event === "end" || event === "close") enqueue(() => enqueue(act));
        if (event === "readable") enqueue(act);
        return stdin;
      },
      [Symbol.asyncIterator]: () => {
        let isRead = text === "";
        return {
          next: () => {
            const step = isRead ? { value: undefined, done: true } : { value: chunk(), done: false };
            isRead = true;
            return Promise.resolve(step);
          },
        };
      },
    };
    stdin.once = stdin.on;
    return stdin;
  }

  #modules(stdin, random) {
    const noFiles = (path) => {
      const error = new Error(`scripts have no files: cannot open '${path}' (node:fs reads the standard input, and writes the two outputs)`);
      return Object.assign(error, { code: "ENOENT", path });
    };
    const fs = {
      readFileSync: (path, options) => {
        if (path !== 0 && path !== "/dev/stdin") throw noFiles(path);
        const encoding = typeof options === "string" ? options : options?.encoding;
        return encoding ? Buffer.from(stdin).toString(encoding) : Buffer.from(stdin);
      },
      writeFileSync: (path, text) => {
        const stream = { 1: "stdout", "/dev/stdout": "stdout", 2: "stderr", "/dev/stderr": "stderr" }[path];
        if (!stream) throw noFiles(path);
        this.write(stream, typeof text === "string" ? text : decodeUtf8(text));
      },
      existsSync: (path) => path === "/dev/stdin",
    };
    fs.writeSync = (fd, text) => (fs.writeFileSync(fd, text), typeof text === "string" ? utf8Length(text) : text.length);
    fs.appendFileSync = fs.writeFileSync;
    const timers = {
      setTimeout: (act, delay, ...args) => this.loop.timer(act, delay, args, false),
      setInterval: (act, delay, ...args) => this.loop.timer(act, delay, args, true),
      setImmediate: (act, ...args) => this.loop.timer(act, 0, args, false),
      clearTimeout: (id) => this.loop.clear(id),
      clearInterval: (id) => this.loop.clear(id),
      clearImmediate: (id) => this.loop.clear(id),
    };
    const crypto = {
      randomUUID: random.uuid,
      randomBytes: (count) => Buffer.from(random.bytes(count)),
      randomInt: (low, high) => (high === undefined ? Math.floor(random.number() * low) : low + Math.floor(random.number() * (high - low))),
      getRandomValues: (view) => {
        new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(random.bytes(view.byteLength));
        return view;
      },
    };
    return { fs, process: this.process, console: this.#console(), util: { format, inspect, TextEncoder, TextDecoder }, buffer: { Buffer }, timers, crypto };
  }

  /** The module of that name; an error says which there are. */
  find(name) {
    const bare = String(name).replace(/^node:/, "");
    if (Object.hasOwn(this.modules, bare)) {
      const module = this.modules[bare];
      return { ...module, default: module };
    }
    const names = Object.keys(this.modules).map((name) => `node:${name}`).join(", ");
    throw Object.assign(new Error(`Cannot find module '${name}': a script has ${names}; what needs packages belongs in a plugin`), { code: "ERR_MODULE_NOT_FOUND" });
  }

  #take(name, wanted) {
    const module = this.find(name);
    for (const member of wanted) {
      if (!(member in module)) throw new SyntaxError(`The requested module '${name}' does not provide an export named '${member}' in a script`);
    }
    return module;
  }

  #globals(random, find) {
    const refuse = (name, why) => () => {
      throw new Error(`${name} is not there: ${why}`);
    };
    const module = { exports: {} };
    const { timers, crypto } = this.modules;
    return {
      console: this.modules.console, process: this.process, Promise: this.Promise, ...timers,
      queueMicrotask: (act) => this.loop.enqueue(act),
      structuredClone: clone,
      TextEncoder, TextDecoder, Buffer,
      crypto: { getRandomValues: crypto.getRandomValues, randomUUID: crypto.randomUUID },
      require: (name) => find(name).default,
      module, exports: module.exports,
      fetch: refuse("fetch", "a script has no network; use `call: http` before it, and hand it the answer"),
      XMLHttpRequest: refuse("XMLHttpRequest", "a script has no network"),
      WebSocket: refuse("WebSocket", "a script has no network"),
    };
  }
}

/** A deep copy of plain data, maps, sets, dates and bytes. */
function clone(value, copies = new Map()) {
  if (typeof value === "function" || typeof value === "symbol") throw new Error(`${String(value)} could not be cloned.`);
  if (typeof value !== "object" || value === null) return value;
  if (copies.has(value)) return copies.get(value);
  const keep = (copy) => (copies.set(value, copy), copy);
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) return keep(value.slice());
  if (value instanceof Error) return keep(Object.assign(new value.constructor(value.message), { ...value }));
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, item] of value) copy.set(clone(key, copies), clone(item, copies));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const item of value) copy.add(clone(item, copies));
    return copy;
  }
  const copy = keep(Array.isArray(value) ? [] : {});
  for (const key of Object.keys(value)) copy[key] = clone(value[key], copies);
  return copy;
}
