// @ts-check
/**
 * The server, as the page's script reaches it: functions of Gradio's HTML view, and the hidden buttons of its events;
 * and the page, as those events reach it.
 *
 * @import { Gradio } from "../parts"
 * @import { Answer, Request, RunModel } from "../protocol"
 * @import { Page } from "../page"
 */
import { numberOf } from "../address/link.js";
import { choices, shelve } from "../sidebar/session_shelf.js";
import { unpack } from "./payload.js";
import { SETTINGS } from "./tables.js";

const SILENT = {
  kind: "error",
  name: "Offline",
  message: "The server did not answer.",
  hint: "It may have stopped. Your last run is still here.",
  facts: {},
};
/** Milliseconds until a busy server is asked again, the first time and at most. */
const AGAIN = { first: 250, most: 20_000 };

/** Presses a button of the page by its id: each starts an event of explorer/shell/page/layout.py. @param {string} id */
export const press = (id) => document.getElementById(id)?.click();

/** Some time about as long: not all who wait ask at once. @param {number} milliseconds */
const pause = (milliseconds) =>
  new Promise((done) => {
    setTimeout(done, milliseconds * (0.5 + Math.random()));
  });

export class Server {
  /** @param {Gradio["server"]} functions @param {() => void} unanswered */
  constructor(functions, unanswered) {
    this.functions = functions;
    this.unanswered = unanswered;
  }

  /**
   * @param {string} name
   * @param {object} request
   * @returns {Promise<any>}
   */
  async call(name, request) {
    try {
      const answer = (await this.functions[name](JSON.stringify(request))) ?? SILENT;
      return typeof answer === "string" ? JSON.parse(answer) : answer;
    } catch {
      this.unanswered();
      return SILENT;
    }
  }

  /**
   * Views that need no queue. A busy server is asked again, later and later, while the answer is still wanted.
   * @param {Request} request
   * @param {() => boolean} [wanted]
   * @param {(answer: Answer) => boolean} [refused] whether that answer is no answer yet
   * @returns {Promise<Answer>}
   */
  async render(request, wanted = () => false, refused = (answer) => "name" in answer && answer.name === "BusyError") {
    let answer = unpack(await this.call("render", request));
    for (let wait = AGAIN.first; refused(answer) && wait < AGAIN.most && wanted(); wait *= 2) {
      await pause(wait);
      if (wanted()) answer = unpack(await this.call("render", request));
    }
    return answer;
  }
}

/** The run's model, for Gradio's list of all that can be chosen. @param {RunModel | undefined} model */
function shelf(model) {
  if (!model) return undefined;
  shelve(model);
  return { __type__: "update", choices: choices(), value: model.name };
}

/**
 * What explorer/shell/page/layout.py calls in the js steps of its events.
 * @param {Page} page
 */
export function published({ store, requests, sidebar, server, actions, panels }) {
  const samplerValues = () => SETTINGS.map(({ name, neutral }) => numberOf(store.sampler, name) ?? neutral);
  return {
    store,
    take: (/** @type {string} */ action) => requests.take(action),
    samplerValues,
    settings: () => [...samplerValues(), store.run?.newTokens, store.run?.seed, shelf(store.run?.model)],
    setPrompt: (/** @type {string} */ text) => sidebar.setPrompt(text),
    chosen: () => sidebar.chosen(),
    slid(/** @type {string} */ name, /** @type {number | null} */ value) {
      if (value !== null && numberOf(store.sampler, name) !== value) store.setSampler({ [name]: value });
    },
    ctx: {
      server: (/** @type {string} */ name, /** @type {object} */ request) => server.call(name, request),
      force: (/** @type {number} */ position, /** @type {number} */ id) => actions.force(position, id),
      intervene: (/** @type {string} */ text) => actions.intervene(text),
      restore: (/** @type {string} */ text) => actions.restore(text),
      go: (/** @type {string} */ panel, /** @type {string} */ view) => panels.open(panel, { view: view ?? null }),
    },
  };
}
