// What the host sees: one pure step that runs a script. The rest of this folder needs no
// sandbox to be tested.

import { run } from "./script.js";
import { problem, result, SCHEMAS } from "./step.js";

const RUN = {
  name: "run",
  title: "Run a script in JavaScript",
  description: SCHEMAS.description,
  inputSchema: JSON.stringify(SCHEMAS.input),
  outputSchema: JSON.stringify(SCHEMAS.output),
  capabilities: [],
  limits: { fuel: undefined, memoryBytes: undefined, timeMs: undefined },
};

/** Gives the engine's own globals the script's: also to what finds them through `globalThis`. */
function prepare(world, random) {
  Object.assign(globalThis, world.globals);
  Math.random = random.number;
  Array.fromAsync = world.helpers.fromAsync;
  // The tools of the component are no business of a script.
  delete globalThis.wit;
}

export const stepHandler = {
  describe() {
    return {
      name: "javascript",
      version: "1.0.0",
      description: "JavaScript scripts: what `run: script` of the workflow language runs in",
      steps: [RUN],
    };
  },

  run(context, step, input) {
    const [parse, stringify] = [JSON.parse, JSON.stringify];
    const request = parse(input);
    // The same attempt has the same seed whenever it is executed, and another attempt another.
    const seed = `${context.idempotencyKey}/${context.attempt}`;
    try {
      return stringify(result(request, (script) => run({ ...script, seed }, prepare)));
    } catch (error) {
      throw problem(error, stringify);
    }
  },
};
