// Text and bytes: UTF-8, base64 and hexadecimal, and the small part of Node's `Buffer` that
// scripts use for them.

export function encodeUtf8(text) {
  const bytes = [];
  for (const c of String(text)) {
    let point = c.codePointAt(0);
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return Uint8Array.from(bytes);
}

/** How many bytes a text has in UTF-8. */
export function utf8Length(text) {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Both halves of a pair count: 1 + 1 units, and 4 bytes.
    if (unit >= 0x80) length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}

export function decodeUtf8(bytes, isFatal = false) {
  let text = "";
  const wrong = () => {
    if (isFatal) throw new TypeError("The encoded data was not valid for encoding utf-8");
    text += "\ufffd";
  };
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++];
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xc2 && first < 0xe0 ? 1 : 0;
    if (more === 0) {
      wrong();
      continue;
    }
    let point = first & (0x3f >> more);
    let read = 0;
    while (read < more && index < bytes.length && (bytes[index] & 0xc0) === 0x80) {
      const next = (point << 6) | (bytes[index] & 63);
      const isOdd = read === 0 && ((more === 2 && (next < 0x20 || (next >= 0x360 && next < 0x380))) || (more === 3 && (next < 0x10 || next >= 0x110)));
      if (isOdd) break;
      point = next;
      index += 1;
      read += 1;
    }
    if (read < more) wrong();
    else text += String.fromCodePoint(point);
  }
  return text;
}

export class TextEncoder {
  encoding = "utf-8";
  encode(text = "") {
    return encodeUtf8(text);
  }
}

export class TextDecoder {
  #isFatal;
  constructor(label = "utf-8", options = {}) {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`the encoding "${label}" is not there: scripts have utf-8`);
    this.encoding = "utf-8";
    this.#isFatal = options.fatal ?? false;
  }
  decode(bytes = new Uint8Array()) {
    const view = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
    return decodeUtf8(view, this.#isFatal).replace(/^\ufeff/, "");
  }
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function toBase64(bytes) {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [a, b, c] = [bytes[index], bytes[index + 1], bytes[index + 2]];
    text += BASE64[a >> 2] + BASE64[((a & 3) << 4) | ((b ?? 0) >> 4)];
    text += b === undefined ? "==" : BASE64[((b & 15) << 2) | ((c ?? 0) >> 6)] + (c === undefined ? "=" : BASE64[c & 63]);
  }
  return text;
}

function fromBase64(text) {
  const bytes = [];
  let [bits, count] = [0, 0];
  for (const c of text.replaceAll("-", "+").replaceAll("_", "/")) {
    const value = BASE64.indexOf(c);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  return bytes;
}

function bytesOf(text, encoding = "utf8") {
  switch (encoding.toLowerCase()) {
    case "utf8":
    case "utf-8":
      return encodeUtf8(text);
    case "base64":
    case "base64url":
      return fromBase64(text);
    case "hex":
      return (text.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
    case "latin1":
    case "binary":
    case "ascii":
      return Array.from(text, (c) => c.charCodeAt(0) & 0xff);
    default:
      throw new TypeError(`Unknown encoding: ${encoding}`);
  }
}

/** What scripts use of Node's `Buffer`: from text or bytes, and to text. */
export class Buffer extends Uint8Array {
  static from(value, encoding) {
    const bytes = typeof value === "string" ? bytesOf(value, encoding) : value instanceof ArrayBuffer ? new Uint8Array(value) : value;
    const buffer = new Buffer(bytes.length);
    buffer.set(bytes);
    return buffer;
  }

  static alloc(length) {
    return new Buffer(length);
  }

  static isBuffer(value) {
    return value instanceof Buffer;
  }

  static byteLength(text, encoding) {
    return bytesOf(text, encoding).length;
  }

  static concat(parts) {
    return Buffer.from(parts.flatMap((part) => [...part]));
  }

  toString(encoding = "utf8") {
    switch (encoding.toLowerCase()) {
      case "utf8":
      case "utf-8":
        return decodeUtf8(this);
      case "base64":
        return toBase64(this);
      case "base64url":
        return toBase64(this).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      case "hex":
        return Array.from(this, (byte) => byte.toString(16).padStart(2, "0")).join("");
      case "latin1":
      case "binary":
      case "ascii":
        return Array.from(this, (byte) => String.fromCharCode(byte)).join("");
      default:
        throw new TypeError(`Unknown encoding: ${encoding}`);
    }
  }

  toJSON() {
    return { type: "Buffer", data: Array.from(this) };
  }
}
