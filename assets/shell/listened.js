// @ts-check
/**
 * What is listened to: whoever draws it hears what has changed.
 *
 * @import { Listener } from "./store"
 */
export class Listened {
  /** @type {Set<Listener>} */
  listeners = new Set();

  /** @param {Listener} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @type {Listener} */
  tell(what, detail) {
    for (const listener of [...this.listeners]) listener(what, detail);
  }
}
