// Rewrites a script into the body of a generator: what QuickJS runs without its own queue of
// jobs (loop.js says why). Lines stay where they are, so that a stack trace leads to the
// script's own.

import { parse, tokTypes } from "acorn";

/** The name under which a rewritten script finds its helpers. */
export const HELPERS = "__segue";

/** Why a script is no JavaScript. */
export class NotJavaScript extends Error {
  constructor(message, line, column) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/**
 * Rewrites a script. Returns `{code, names, isModule}`: the body of a generator function, what it
 * imports at its top, and whether it is a module (and so strict): one with `import` or `export`.
 */
export function transform(source) {
  const { tree, tokens, isModule } = read(source);
  const edits = new Edits(source, tokens);
  const imports = [];
  for (const node of tree.body) {
    if (/^(Import|Export)/.test(node.type)) module(node, edits, imports);
  }
  walk(tree, { kind: "async", isTop: true }, edits);
  return { code: edits.apply(), imports, isModule };
}

function read(source) {
  const options = { ecmaVersion: "latest", locations: true, allowHashBang: true };
  const attempt = (sourceType, more) => {
    const tokens = [];
    const tree = parse(source, { ...options, sourceType, onToken: tokens, ...more });
    return { tree, tokens, isModule: sourceType === "module" };
  };
  // As Node.js does: plain script first, with what its modules allow at the top.
  const loose = { allowAwaitOutsideFunction: true, allowReturnOutsideFunction: true };
  try {
    return attempt("script", loose);
  } catch (error) {
    const isModule = /'import' and 'export' may|Cannot use 'import.meta'/.test(error.message);
    if (!isModule) throw notJavaScript(error);
  }
  try {
    return attempt("module", {});
  } catch (error) {
    throw notJavaScript(error);
  }
}

function notJavaScript(error) {
  if (!error.loc) return new NotJavaScript(error.message);
  return new NotJavaScript(error.message.replace(/ \(\d+:\d+\)$/, ""), error.loc.line, error.loc.column);
}

/** Changes to a text, by position; what is inserted at one place keeps its order. */
class Edits {
  #source;
  #tokens;
  #edits = [];
  #count = 0;

  constructor(source, tokens) {
    this.#source = source;
    this.#tokens = tokens;
  }

  text(start, end) {
    return this.#source.slice(start, end);
  }

  /** Later insertions at one place stand before earlier ones where they close something. */
  insert(at, text, closes = false) {
    const order = closes ? -this.#count++ : this.#count++;
    this.#edits.push({ start: at, end: at, text, closes, order });
  }

  /** Replaces a range, keeping its line breaks. */
  replace(start, end, text) {
    const breaks = this.text(start, end).replace(/[^\n]/g, "");
    this.#edits.push({ start, end, text: text + breaks, closes: false, order: this.#count++ });
  }

  /** The first token from `start` on that `fits`. */
  token(start, fits) {
    let [low, high] = [0, this.#tokens.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tokens[middle].start < start) low = middle + 1;
      else high = middle;
    }
    while (!fits(this.#tokens[low])) low += 1;
    return this.#tokens[low];
  }

  word(start, word) {
    return this.token(start, (token) => (token.value ?? token.type.keyword) === word);
  }

  apply() {
    const rank = (edit) => (edit.closes ? 0 : 1);
    this.#edits.sort((a, b) => a.start - b.start || rank(a) - rank(b) || a.order - b.order);
    let [text, at] = ["", 0];
    for (const { start, end, text: more } of this.#edits) {
      text += this.#source.slice(at, start) + more;
      at = Math.max(at, end);
    }
    return text + this.#source.slice(at);
  }
}

/** Turns `import` into entries of a list that is carried out first, and takes `export` away. */
function module(node, edits, imports) {
  const name = node.source?.value;
  switch (node.type) {
    case "ImportDeclaration":
      imports.push({ name, bindings: node.specifiers.map(binding) });
      edits.replace(node.start, node.end, ";");
      return;
    case "ExportAllDeclaration":
      imports.push({ name, bindings: [] });
      edits.replace(node.start, node.end, ";");
      return;
    case "ExportNamedDeclaration":
      if (node.declaration) {
        edits.replace(node.start, node.declaration.start, "");
        return;
      }
      if (name !== undefined) imports.push({ name, bindings: [] });
      edits.replace(node.start, node.end, ";");
      return;
    case "ExportDefaultDeclaration": {
      const isNamed = /Declaration$/.test(node.declaration.type) && node.declaration.id;
      edits.replace(node.start, node.declaration.start, isNamed ? "" : "void ");
    }
  }
}

function binding(specifier) {
  const local = specifier.local.name;
  if (specifier.type === "ImportNamespaceSpecifier") return { local };
  if (specifier.type === "ImportDefaultSpecifier") return { local, imported: "default" };
  return { local, imported: specifier.imported.name ?? specifier.imported.value };
}

/** `scope.kind` says what `await` and `yield` mean: "plain", "async" or "stream". */
function walk(node, scope, edits) {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const item of node) walk(item, scope, edits);
    return;
  }
  if (typeof node.type !== "string") return;
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
      // A method's function begins at its parameters: what is before them is the method's.
      return walkFunction(node, node.start, edits);
    case "MethodDefinition":
    case "Property":
      if (node.value?.type === "FunctionExpression" && (node.method || node.type === "MethodDefinition")) {
        if (node.computed) walk(node.key, scope, edits);
        return walkFunction(node.value, node.start, edits, node.computed ? node.key.end : undefined);
      }
      break;
    case "ArrowFunctionExpression":
      return walkArrow(node, edits);
    case "AwaitExpression":
      around(node, "await", scope.kind === "stream" ? "yield " + HELPERS + ".wait(" : "yield (", edits);
      break;
    case "YieldExpression":
      if (scope.kind === "stream") {
        const give = node.delegate ? ".delegate(" : ".give(";
        around(node, "yield", (node.delegate ? "yield* " : "yield ") + HELPERS + give, edits);
        if (node.delegate) {
          const star = edits.word(node.start + 5, "*");
          edits.replace(star.start, star.end, "");
        }
      }
      break;
    case "ForOfStatement":
      if (node.await) forAwait(node, scope, edits);
      break;
    case "ImportExpression":
      edits.replace(node.start, node.start + 6, HELPERS + ".dynamic");
      break;
    case "MetaProperty":
      if (node.meta.name === "import") edits.replace(node.start, node.end, HELPERS + ".meta");
      return;
    case "Super":
      if (scope.isRewritten) {
        throw new NotJavaScript("`super` cannot be used in an async method here", node.loc.start.line, node.loc.start.column);
      }
      return;
    case "StaticBlock":
    case "PropertyDefinition":
      scope = { kind: "plain" };
      break;
  }
  for (const key in node) {
    if (key !== "loc" && key !== "type") walk(node[key], scope, edits);
  }
}

/** `await x` becomes `same(yield (x))`: it begins with a name, so that no line joins the one before. */
function around(node, word, text, edits) {
  edits.replace(node.start, node.start + word.length, `${HELPERS}.same(${text}`);
  edits.insert(node.end, "))", true);
}

function walkFunction(node, from, edits, after = from) {
  const inner = { kind: node.async ? (node.generator ? "stream" : "async") : "plain" };
  if (node.async) {
    inner.isRewritten = true;
    const word = edits.word(from, "async");
    edits.replace(word.start, word.end, "");
    if (node.generator) {
      const star = edits.word(word.end, "*");
      edits.replace(star.start, star.end, "");
    }
    const open = edits.token(node.id ? node.id.end : Math.max(after, word.end), (token) => token.type === tokTypes.parenL);
    const run = node.generator ? "stream" : "spawn";
    edits.insert(open.start, `(...__a){return ${HELPERS}.${run}(this,__a,function*`);
    edits.insert(node.end, ")}", true);
  }
  walk(node.params, { ...inner, kind: "plain" }, edits);
  walk(node.body, inner, edits);
}

function walkArrow(node, edits) {
  const inner = { kind: node.async ? "async" : "plain" };
  if (node.async) {
    const word = edits.word(node.start, "async");
    const first = edits.token(word.end, () => true);
    const isBare = first.type !== tokTypes.parenL;
    const last = node.params.at(-1);
    const arrow = edits.token(last ? last.end : first.end, (token) => token.type === tokTypes.arrow);
    edits.replace(word.start, word.end, `${HELPERS}.same((...__a)=>${HELPERS}.spawn(this,__a,function*${isBare ? "(" : ""}`);
    if (node.expression) {
      edits.replace(arrow.start, arrow.end, `${isBare ? ")" : ""}{return (`);
      edits.insert(node.end, ")}))", true);
    } else {
      edits.replace(arrow.start, arrow.end, isBare ? ")" : "");
      edits.insert(node.end, "))", true);
    }
  }
  walk(node.params, { kind: "plain" }, edits);
  walk(node.body, inner, edits);
}

function forAwait(node, scope, edits) {
  const word = edits.word(node.start, "await");
  edits.replace(word.start, word.end, "");
  const name = `__s${node.start}`;
  edits.replace(node.left.start, node.left.end, `const ${name}`);
  edits.insert(node.right.start, `${HELPERS}.steps(`);
  edits.insert(node.right.end, ")", true);
  const next = scope.kind === "stream" ? `${HELPERS}.wait(${name}.next())` : `${name}.next()`;
  const left = edits.text(node.left.start, node.left.end).replace(/\n/g, " ");
  const isPattern = /Pattern$/.test(node.left.type);
  const assign = isPattern ? `(${left}=${name}.value);` : `${left}=${name}.value;`;
  edits.insert(node.body.start, `{if(!(yield ${next}))break;${assign}`);
  edits.insert(node.body.end, "}", true);
}
