// @ts-check
/**
 * What the run says of a step: asked for until the run is there.
 *
 * @import { ErrorAnswer, GoneAnswer } from "../protocol"
 * @import { Phase, Told, ToldAnswer } from "./lesson"
 */

/** Milliseconds between two questions, and how often at most. */
const PAUSE = 700;
const TIMES = 200;

/**
 * @param {import("./lessons").Page} page
 * @param {{ name: string, text: string, step: number, phase: Phase }} asked
 * @param {() => boolean} still whether anybody waits
 * @returns {Promise<Told | null>}
 */
export async function listen({ server, store }, asked, still) {
  for (let time = 0; time < TIMES && still(); time++) {
    /** @type {ToldAnswer | GoneAnswer | ErrorAnswer} */
    const answer = await server.call("lesson", asked.text ? { ...asked, name: "" } : asked);
    if (answer.kind === "told") return answer.told;
    if (answer.kind === "error" && answer.name !== "BusyError") {
      console.warn(answer.message);
      return null;
    }
    await news(store);
  }
  return null;
}

/** Until another run is there, or a moment has passed. @param {import("../store").Store} store */
const news = (store) =>
  new Promise((done) => {
    const timer = setTimeout(end, PAUSE);
    const off = store.on((what) => what === "run" && end());
    function end() {
      clearTimeout(timer);
      off();
      done(null);
    }
  });
