// Values are printed as Node.js prints them: it is here to compare with.

import assert from "node:assert/strict";
import { test } from "node:test";
import util from "node:util";

import { format, inspect } from "../inspect.js";
import { Buffer as Ours, decodeUtf8, encodeUtf8, utf8Length } from "../text.js";

class Point {
  constructor() {
    this.x = 1;
  }
}

test("values look as they do in Node.js", () => {
  const circle = { name: "c" };
  circle.self = circle;
  const values = [
    "text", 'it\'s', "line\nbreak", 1, -0, 1n, true, null, undefined, Symbol("s"),
    [], {}, [1, "a", null], { a: 1, "b-c": [2], d: { e: { f: { g: 1 } } } }, [[1, [2, [3, [4]]]]],
    [1, , 3], new Point(), Object.create(null), new Map([["k", { v: 1 }]]), new Set([1, "a"]),
    new Date(0), /a+/gi, function named() {}, () => {}, class A {}, class B extends Point {},
    Uint8Array.of(1, 2), [1.5, 22, 333, 4, 5, 6, 7, 8, 9, 10, 11], Array.from({ length: 120 }, (_, i) => i),
    { get g() { return 1; } }, { set s(_) {} }, new Number(3), { [Symbol("k")]: 1 },
    { long: "x".repeat(60), other: "y".repeat(30) }, ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"],
  ];
  for (const value of values) assert.equal(inspect(value), util.inspect(value));
  assert.equal(inspect(circle), "{ name: 'c', self: [Circular *1] }");
});

test("texts are filled in as they are in Node.js", () => {
  const cases = [
    ["a", 1, "b"], ["%s is %d", "x", 4.5], ["%i %f", "12.7", "1.5x"], ["%j", { a: 1 }], ["%%", 1], ["100%"],
    ["%s"], ["%s", "a", "b", { c: 1 }], [{ a: 1 }, "b"], ["%o"], ["%s", null], ["%d", "z"], ["%c styled", "css"], [],
  ];
  for (const args of cases) assert.equal(format(...args), util.format(...args), JSON.stringify(args));
});

test("bytes and texts", () => {
  for (const text of ["", "abc", "grüß €", "😀 \ud800", "\u0000"]) {
    assert.deepEqual([...encodeUtf8(text)], [...new TextEncoder().encode(text)]);
    assert.equal(decodeUtf8(encodeUtf8(text)), new TextDecoder().decode(new TextEncoder().encode(text)));
  }
  for (const text of ["abc", "grüß €", "😀"]) assert.equal(utf8Length(text), Buffer.byteLength(text));
  for (const bytes of [[0xff], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf], [0x41, 0xe2, 0x41]]) {
    assert.equal(decodeUtf8(Uint8Array.from(bytes)), new TextDecoder().decode(Uint8Array.from(bytes)));
  }
  for (const text of ["", "f", "fo", "foo", "foob", "grüß"]) {
    for (const encoding of ["base64", "base64url", "hex", "utf8"]) {
      const encoded = Buffer.from(text).toString(encoding);
      assert.equal(Ours.from(text).toString(encoding), encoded);
      assert.equal(Ours.from(encoded, encoding).toString(), text);
    }
  }
});

test("lists of every length stand in the columns of Node.js", () => {
  for (let length = 0; length < 130; length += 3) {
    for (const item of [(i) => i, (i) => i * 1000, (i) => `s${i}`, (i) => "x".repeat(i % 9), (i) => "word".repeat(1 + (i % 3))]) {
      const list = Array.from({ length }, (_, i) => item(i));
      assert.equal(inspect(list), util.inspect(list));
    }
  }
});
