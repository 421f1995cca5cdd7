// How values are printed: as Node.js prints them, for everything that scripts print every day.

const WIDTH = 80;
const DEPTH = 2;
const ITEMS = 100;

/** `console.log(…)`: the first text may have `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%c` and `%%`. */
export function format(...args) {
  let rest = args;
  let text = "";
  if (typeof args[0] === "string") {
    rest = args.slice(1);
    text = args[0];
    if (rest.length > 0) {
      text = text.replace(/%[sdifjoOc%]/g, (mark) => {
        if (mark === "%%") return "%";
        return rest.length === 0 ? mark : formatted(mark, rest.shift());
      });
    }
  }
  const shown = rest.map((value) => (typeof value === "string" ? value : inspect(value)));
  return typeof args[0] === "string" ? [text, ...shown].join(" ") : shown.join(" ");
}

function formatted(mark, value) {
  switch (mark) {
    case "%s":
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "object" || typeof value === "symbol" ? inspect(value, { depth: 0 }) : String(value);
    case "%d":
      return typeof value === "bigint" ? `${value}n` : typeof value === "object" ? "NaN" : String(Number(value));
    case "%i":
      return typeof value === "bigint" ? `${value}n` : String(parseInt(value, 10));
    case "%f":
      return String(parseFloat(value));
    case "%j":
      try {
        return JSON.stringify(value) ?? "undefined";
      } catch {
        return "[Circular]";
      }
    case "%c":
      return "";
    default:
      return inspect(value, { depth: 4 });
  }
}

/** One value as text. */
export function inspect(value, options = {}) {
  const depth = options.depth === null ? Infinity : (options.depth ?? DEPTH);
  return show(value, depth, 0, []);
}

function show(value, depth, indent, parents) {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "symbol":
    case "undefined":
    case "boolean":
      return String(value);
    case "function":
      return withMembers(value, functionName(value), depth, indent, parents);
  }
  if (value === null) return "null";
  if (parents.includes(value)) return "[Circular *1]";
  return showObject(value, depth, indent, [...parents, value]);
}

function quoted(text) {
  const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes("`") ? "`" : "'";
  const escapes = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\\": "\\\\" };
  const escaped = text.replace(/[\0-\x1f\x7f\\]/g, (c) => escapes[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`);
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function functionName(value) {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  if (isClass) {
    const above = Object.getPrototypeOf(value)?.name;
    return `[class ${value.name || "(anonymous)"}${above ? ` extends ${above}` : ""}]`;
  }
  const kind = value.constructor?.name === "GeneratorFunction" ? "GeneratorFunction" : "Function";
  return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
}

function className(value) {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) return "[Object: null prototype]";
  return prototype.constructor?.name || "Object";
}

function showObject(value, depth, indent, parents) {
  const name = className(value);
  const inner = (item) => show(item, depth - 1, indent + 2, parents);
  if (value instanceof Error) return withMembers(value, errorText(value, depth, indent, parents), depth, indent, parents);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return `[${name}: ${show(value.valueOf(), depth, indent, parents)}]`;
  }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return `${name} { <items unknown> }`;
  if (depth < 0) return Array.isArray(value) ? "[Array]" : `[${name}]`;
  if (Array.isArray(value)) {
    const items = listed(value, inner);
    const more = ownMembers(value, inner, (key) => !/^\d+$/.test(key) && key !== "length");
    return lines(name === "Array" ? "" : `${name}(${value.length}) `, "[", [...items, ...more], "]", indent, value.length > 6 && more.length === 0);
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return lines(`${name}(${value.length}) `, "[", listed(Array.from(value), inner), "]", indent, value.length > 6);
  }
  if (value instanceof Map) {
    const entries = [...value].slice(0, ITEMS).map(([key, item]) => `${inner(key)} => ${inner(item)}`);
    return lines(`${name}(${value.size}) `, "{", rest(entries, value.size), "}", indent);
  }
  if (value instanceof Set) {
    return lines(`${name}(${value.size}) `, "{", rest([...value].slice(0, ITEMS).map(inner), value.size), "}", indent);
  }
  if (Array.isArray(value.__shown)) {
    const [state, result] = value.__shown;
    return `Promise { ${state === "pending" ? "<pending>" : (state === "rejected" ? "<rejected> " : "") + inner(result)} }`;
  }
  const tag = value[Symbol.toStringTag];
  const prefix = name === "Object" ? "" : `${name} `;
  const tagged = typeof tag === "string" && tag !== name ? `${prefix || "Object "}[${tag}] ` : prefix;
  return lines(tagged, "{", ownMembers(value, inner), "}", indent);
}

function listed(items, inner) {
  const shown = [];
  for (let index = 0; index < items.length && shown.length < ITEMS; index++) {
    if (index in items) {
      shown.push(inner(items[index]));
      continue;
    }
    let empty = index;
    while (empty < items.length && !(empty in items)) empty++;
    shown.push(`<${empty - index} empty item${empty - index > 1 ? "s" : ""}>`);
    index = empty - 1;
  }
  return rest(shown, items.length);
}

function rest(shown, size) {
  const more = size - ITEMS;
  return more > 0 && shown.length >= ITEMS ? [...shown, `... ${more} more item${more > 1 ? "s" : ""}`] : shown;
}

function ownMembers(value, inner, fits = () => true) {
  const symbols = Object.getOwnPropertySymbols(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  return [...Object.keys(value).filter(fits), ...symbols].map((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    const name = typeof key === "symbol" ? `[${String(key)}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
    if (property.get) return `${name}: [${property.set ? "Getter/Setter" : "Getter"}]`;
    if (property.set) return `${name}: [Setter]`;
    return `${name}: ${inner(property.value)}`;
  });
}

function withMembers(value, text, depth, indent, parents) {
  const members = ownMembers(value, (item) => show(item, depth - 1, indent + 2, parents), (key) => !["stack", "message", "cause", "line", "column"].includes(key));
  return members.length === 0 || depth < 0 ? text : lines(`${text} `, "{", members, "}", indent);
}

/** An error's name, message and stack, and its causes. */
function errorText(error, depth, indent, parents) {
  const head = errorHead(error);
  const stack = ownStack(error);
  const text = stack ? `${head}\n${stack}` : parents.length > 1 ? `[${head}]` : head;
  if (!Object.hasOwn(error, "cause") || depth < 0) return text;
  return `${text} {\n${" ".repeat(indent + 2)}[cause]: ${show(error.cause, depth - 1, indent + 2, parents)}\n${" ".repeat(indent)}}`;
}

function errorHead(error) {
  const name = typeof error.name === "string" ? error.name : "Error";
  return error.message ? `${name}: ${error.message}` : name;
}

/** The lines of a stack that are the script's own: QuickJS calls what it evaluates `<input>`. */
let startColumn = 0;
export function scriptStartsAt(column) {
  startColumn = column;
}

export function ownStack(error) {
  if (typeof error?.stack !== "string") return "";
  const frames = error.stack.split("\n").flatMap((line) => {
    const frame = /^\s*at (.*?) ?\(<input>:(\d+):(\d+)\)/.exec(line) ?? /^\s*at ()<input>:(\d+):(\d+)/.exec(line);
    if (!frame) return [];
    const [, name, row, column] = frame;
    const at = row === "1" ? Math.max(1, Number(column) - startColumn) : column;
    const shown = name === "" || name.startsWith("<") ? "" : name;
    return shown ? [`    at ${shown} (script:${row}:${at})`] : [`    at script:${row}:${at}`];
  });
  return frames.join("\n");
}

function lines(prefix, open, items, close, indent, isList = false) {
  if (items.length === 0) return `${prefix}${open}${close}`;
  const rows = isList ? grid(items) : items;
  // As Node.js reckons: each item takes a blank and a comma, and there is some room to spare.
  const length = items.reduce((sum, item) => sum + item.length + 2, prefix.length + indent + 11);
  const isOneLine = rows.length === items.length && length <= WIDTH && !items.some((item) => item.includes("\n"));
  if (isOneLine) return `${prefix}${open} ${items.join(", ")} ${close}`;
  const pad = " ".repeat(indent + 2);
  return `${prefix}${open}\n${pad}${rows.join(`,\n${pad}`)}\n${" ".repeat(indent)}${close}`;
}

/** Short items of a long list stand in columns, chosen as Node.js chooses them. */
function grid(items) {
  const isMore = items.length > ITEMS;
  const count = isMore ? items.length - 1 : items.length;
  const lengths = items.slice(0, count).map((item) => item.length);
  const longest = Math.max(...lengths) + 2;
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  const fits = longest * 3 < 80 && (total / longest > 5 || longest <= 8);
  if (!fits || items.some((item) => item.includes("\n"))) return items;
  const biased = Math.max(longest - 3 - Math.sqrt(longest - total / items.length), 1);
  const columns = Math.min(Math.round(Math.sqrt(2.5 * biased * count) / biased), Math.floor(80 / longest), 12, 15);
  if (columns <= 1) return items;
  const isNumbers = items.slice(0, count).every((item) => /^-?[\d.]+(e[+-]\d+)?n?$/.test(item));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...lengths.filter((_, index) => index % columns === column)) + 2);
  const rows = [];
  for (let index = 0; index < count; index += columns) {
    const row = items.slice(index, Math.min(index + columns, count));
    const last = row.length - 1;
    const cell = (item, column) => {
      if (column === last) return isNumbers ? item.padStart(widths[column] - 2) : item;
      return isNumbers ? `${item}, `.padStart(widths[column]) : `${item}, `.padEnd(widths[column]);
    };
    rows.push(row.map(cell).join(""));
  }
  if (isMore) rows.push(items[count]);
  return rows;
}
