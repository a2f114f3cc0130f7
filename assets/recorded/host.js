// @ts-check
/**
 * What a page of recordings stands on, in Gradio's place: it takes what the page asks in the queue, and hands it the
 * recorded answer.
 *
 * @import { RecordedPage } from "../shell/parts"
 * @import { Answer, Request } from "../shell/protocol"
 * @import { Recording } from "./recording"
 */
import { NotRecorded } from "./recording.js";

export class Host {
  props = { value: /** @type {unknown} */ (null) };
  #serial = 0;
  #changed = () => {};

  /**
   * @param {HTMLElement} element
   * @param {Recording} service
   * @param {{ prepare: (page: RecordedPage) => void, refuse: (said: string, request: Request) => void }} page
   */
  constructor(element, service, { prepare, refuse }) {
    this.element = element;
    this.service = service;
    this.prepare = prepare;
    this.refuse = refuse;
    document.getElementById("work")?.addEventListener("click", () => this.answer());
    document.getElementById("look")?.addEventListener("click", () => taken("look")); // nothing is measured here
  }

  /** @param {string} _name @param {() => void} changed */
  watch(_name, changed) {
    this.#changed = changed;
  }

  /** Answers what the page asks for. */
  async answer() {
    const request = taken("run");
    try {
      if (request.action === "rest") this.tell({ kind: "rest" });
      else this.tell(await this.service.run(request));
    } catch (error) {
      if (!(error instanceof NotRecorded)) throw error;
      this.refuse(error.message, request);
    }
  }

  /** @param {Answer} answer */
  tell(answer) {
    this.#serial += 1;
    this.props.value = { ...answer, serial: this.#serial };
    this.#changed();
  }
}

/** @param {string} action @returns {Request} */
const taken = (action) => JSON.parse(/** @type {any} */ (window.explorer).take(action));
