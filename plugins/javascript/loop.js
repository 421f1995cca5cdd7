// Promises, timers and the queue between them.
//
// A component's export is called and returns: nothing runs the engine's own queue of jobs while
// it does. So scripts get promises of ours, and async functions are rewritten to use them
// (transform.js). The queue is then ours to empty, and what ends a script can end it anywhere.

/** Time in a script is not spent: timers run in order, as soon as nothing else is to be done. */
export class Loop {
  #jobs = [];
  #next = 0;
  #timers = new Map();
  #lastTimer = 0;
  #now = 0;
  #rejected = new Set();
  /** Set once the script has ended early: nothing more is run. */
  stopped = false;

  enqueue(job) {
    this.#jobs.push(job);
  }

  timer(callback, delay, args, repeat) {
    if (typeof callback !== "function") throw new TypeError("the callback of a timer is no function");
    const wait = Math.max(1, Math.min(Number(delay) || 0, 2 ** 31 - 1));
    const id = ++this.#lastTimer;
    this.#timers.set(id, { at: this.#now + wait, wait, callback, args, repeat });
    return id;
  }

  clear(id) {
    this.#timers.delete(Number(id));
  }

  rejected(promise, isHandled) {
    if (isHandled) this.#rejected.delete(promise);
    else this.#rejected.add(promise);
  }

  /** Runs everything there is to run. Throws the reason of a rejection that nobody handles. */
  run() {
    do {
      this.#drain();
      for (const promise of this.#rejected) throw new Unhandled(promise.__reason);
    } while (!this.stopped && this.#tick());
  }

  #drain() {
    while (this.#next < this.#jobs.length && !this.stopped) {
      const job = this.#jobs[this.#next];
      this.#jobs[this.#next++] = undefined;
      if (this.#next > 1000) {
        this.#jobs.splice(0, this.#next);
        this.#next = 0;
      }
      job();
    }
  }

  #tick() {
    let first;
    for (const [id, timer] of this.#timers) if (!first || timer.at < first[1].at) first = [id, timer];
    if (!first) return false;
    const [id, timer] = first;
    this.#now = timer.at;
    if (timer.repeat) {
      this.#timers.delete(id);
      this.#timers.set(id, { ...timer, at: timer.at + timer.wait });
    } else {
      this.#timers.delete(id);
    }
    timer.callback(...timer.args);
    return true;
  }
}

/** Carries the reason of a rejection that nobody handled. */
export class Unhandled {
  constructor(reason) {
    this.reason = reason;
  }
}

/** The promises of one loop (ECMA-262, section 27.2). */
export function promises(loop) {
  const fresh = Symbol("fresh");

  class Promise {
    #state = "pending";
    #value;
    #reactions = [];
    #isHandled = false;

    constructor(executor) {
      if (executor === fresh) return;
      if (typeof executor !== "function") throw new TypeError("Promise resolver is not a function");
      const { resolve, reject } = this.#settlers();
      try {
        executor(resolve, reject);
      } catch (error) {
        reject(error);
      }
    }

    get [Symbol.toStringTag]() {
      return "Promise";
    }

    static get [Symbol.species]() {
      return this;
    }

    get __reason() {
      return this.#value;
    }

    get __shown() {
      return [this.#state, this.#value];
    }

    #settlers() {
      let done = false;
      const once = (act) => (value) => {
        if (done) return;
        done = true;
        act(value);
      };
      return { resolve: once((value) => this.#follow(value)), reject: once((reason) => this.#settle("rejected", reason)) };
    }

    #follow(value) {
      if (value === this) return this.#settle("rejected", new TypeError("a promise cannot be resolved with itself"));
      if ((typeof value !== "object" || value === null) && typeof value !== "function") return this.#settle("fulfilled", value);
      let then;
      try {
        then = value.then;
      } catch (error) {
        return this.#settle("rejected", error);
      }
      if (typeof then !== "function") return this.#settle("fulfilled", value);
      loop.enqueue(() => {
        const { resolve, reject } = this.#settlers();
        try {
          then.call(value, resolve, reject);
        } catch (error) {
          reject(error);
        }
      });
    }

    #settle(state, value) {
      this.#state = state;
      this.#value = value;
      if (state === "rejected" && !this.#isHandled) loop.rejected(this, false);
      const reactions = this.#reactions;
      this.#reactions = [];
      for (const reaction of reactions) loop.enqueue(() => reaction(state, value));
    }

    #react(reaction) {
      if (this.#state === "pending") {
        this.#reactions.push(reaction);
      } else {
        if (this.#state === "rejected" && !this.#isHandled) loop.rejected(this, true);
        const [state, value] = [this.#state, this.#value];
        loop.enqueue(() => reaction(state, value));
      }
      this.#isHandled = true;
    }

    then(onFulfilled, onRejected) {
      const Species = this.constructor?.[Symbol.species] ?? Promise;
      const { promise, resolve, reject } = capability(Species);
      this.#react((state, value) => {
        const handler = state === "fulfilled" ? onFulfilled : onRejected;
        if (typeof handler !== "function") return state === "fulfilled" ? resolve(value) : reject(value);
        let result;
        try {
          result = handler(value);
        } catch (error) {
          return reject(error);
        }
        resolve(result);
      });
      return promise;
    }

    catch(onRejected) {
      return this.then(undefined, onRejected);
    }

    finally(act) {
      if (typeof act !== "function") return this.then(act, act);
      return this.then(
        (value) => Promise.resolve(act()).then(() => value),
        (reason) =>
          Promise.resolve(act()).then(() => {
            throw reason;
          }),
      );
    }

    static resolve(value) {
      if (value instanceof Promise && value.constructor === this) return value;
      const { promise, resolve } = capability(this);
      resolve(value);
      return promise;
    }

    static reject(reason) {
      const { promise, reject } = capability(this);
      reject(reason);
      return promise;
    }

    static withResolvers() {
      return capability(this);
    }

    static try(act, ...args) {
      return new this((resolve) => resolve(act(...args)));
    }

    static all(items) {
      return collect(this, items, (results, index, settle) => [settle(index), undefined]);
    }

    static allSettled(items) {
      const fulfilled = (value) => ({ status: "fulfilled", value });
      const rejected = (reason) => ({ status: "rejected", reason });
      return collect(this, items, (results, index, settle) => [settle(index, fulfilled), settle(index, rejected)]);
    }

    static any(items) {
      const { promise, resolve, reject } = capability(this);
      const none = (reasons) => reject(new AggregateError(reasons, "All promises were rejected"));
      collect(this, items, (reasons, index, settle) => [resolve, settle(index)]).then(none, reject);
      return promise;
    }

    static race(items) {
      return new this((resolve, reject) => {
        for (const item of items) this.resolve(item).then(resolve, reject);
      });
    }
  }

  function capability(Class) {
    const made = {};
    made.promise = new Class((resolve, reject) => {
      made.resolve = resolve;
      made.reject = reject;
    });
    return made;
  }

  /** Waits for all items; `reactions` says what a settled one does with its place in the list. */
  function collect(Class, items, reactions) {
    const { promise, resolve, reject } = capability(Class);
    try {
      const results = [];
      let open = 1;
      const settle = (index, shape = (value) => value) => (value) => {
        results[index] = shape(value);
        if (--open === 0) resolve(results);
      };
      let index = 0;
      for (const item of items) {
        open += 1;
        results.push(undefined);
        const [fulfilled, rejected] = reactions(results, index++, settle);
        Class.resolve(item).then(fulfilled, rejected ?? reject);
      }
      if (--open === 0) resolve(results);
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  return Promise;
}

/** What rewritten async functions call (transform.js). */
export function helpers(Promise, modules) {
  const isWaiting = Symbol("waits");
  const isGiving = Symbol("gives");

  /** Runs an async function: a generator that yields what it awaits. */
  function spawn(self, args, body) {
    return new Promise((resolve, reject) => {
      const steps = body.apply(self, args);
      const go = (how, value) => {
        let step;
        try {
          step = steps[how](value);
        } catch (error) {
          return reject(error);
        }
        if (step.done) return resolve(step.value);
        Promise.resolve(step.value).then((value) => go("next", value), (error) => go("throw", error));
      };
      go("next");
    });
  }

  /** Runs an async generator, which yields `wait(…)` or `give(…)`. Calls to it are queued. */
  function stream(self, args, body) {
    const steps = body.apply(self, args);
    let last = Promise.resolve();
    const ask = (how, value) => {
      const answer = last.then(() => advance(how, value));
      last = answer.catch(() => {});
      return answer;
    };
    const advance = (how, value) =>
      new Promise((resolve, reject) => {
        const go = (how, value) => {
          let step;
          try {
            step = steps[how](value);
          } catch (error) {
            return reject(error);
          }
          const asked = step.value;
          const isAsked = typeof asked === "object" && asked !== null && (isWaiting in asked || isGiving in asked);
          const inner = Promise.resolve(isAsked ? asked.value : asked);
          if (step.done) return inner.then((value) => resolve({ value, done: true }), reject);
          if (isGiving in asked) return inner.then((value) => resolve({ value, done: false }), (error) => go("throw", error));
          inner.then((value) => go("next", value), (error) => go("throw", error));
        };
        go(how, value);
      });
    return {
      next: (value) => ask("next", value),
      return: (value) => ask("return", value),
      throw: (error) => ask("throw", error),
      [Symbol.asyncIterator]() {
        return this;
      },
      [Symbol.toStringTag]: "AsyncGenerator",
    };
  }

  /** The iterator of `for await`, over asynchronous and plain iterables. */
  function iterator(items) {
    const make = items[Symbol.asyncIterator];
    if (make !== undefined && make !== null) return make.call(items);
    const plain = items[Symbol.iterator]();
    return {
      next: () => {
        const { value, done } = plain.next();
        return Promise.resolve(value).then((value) => ({ value, done }));
      },
      return: () => plain.return?.(),
    };
  }

  /** For a loop that is rewritten: each step says whether it is one, and then has its value. */
  function* steps(items) {
    const from = iterator(items);
    let isOpen = true;
    const step = {
      value: undefined,
      next: () =>
        Promise.resolve(from.next()).then(({ value, done }) => {
          step.value = value;
          isOpen = !done;
          return isOpen;
        }),
    };
    try {
      for (;;) yield step;
    } finally {
      if (isOpen) from.return?.();
    }
  }

  const wait = (value) => ({ [isWaiting]: true, value });
  const give = (value) => ({ [isGiving]: true, value });

  function* delegate(items) {
    const from = iterator(items);
    for (;;) {
      const { value, done } = yield wait(from.next());
      if (done) return value;
      yield give(value);
    }
  }

  /** `Array.fromAsync`: the engine's own has the engine's promises. */
  const fromAsync = (items, map, self) =>
    spawn(undefined, [], function* () {
      const list = [];
      const isIterable = items[Symbol.asyncIterator] ?? items[Symbol.iterator];
      for (const step of steps(isIterable ? items : Array.from(items))) {
        if (!(yield step.next())) break;
        list.push(map ? yield map.call(self, step.value, list.length) : step.value);
      }
      return list;
    });

  const dynamic = (name) => new Promise((resolve) => resolve(modules(`${name}`)));

  return { spawn, stream, steps, wait, give, delegate, dynamic, fromAsync, same: (value) => value };
}
