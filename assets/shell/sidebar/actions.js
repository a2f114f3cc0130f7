// @ts-check
/**
 * What a view may do to the run: interventions, forced tokens, the sampler. Each is a run with another query.
 *
 * @import { Sampler } from "../protocol"
 * @import { Requests } from "../server/requests"
 * @import { Store } from "../store"
 */
import { tokenText } from "../../kit/text/tokens.js";
import { forcedText } from "../address/link.js";
import { press } from "../server/server.js";
import { toast } from "../toast.js";

/** The part that is switched off in either of two ways, or takes one of the formats; an adapter of one strength. */
const PART = /^(?:(?:ablate|mlp):[\d.]+|(?:quant|adapter):[^:]+)/;

/** @param {string} text */
const partOf = (text) => PART.exec(text)?.[0] ?? null;

export class Actions {
  /** @param {{ store: Store, requests: Requests }} page */
  constructor({ store, requests }) {
    this.store = store;
    this.requests = requests;
  }

  /** @param {string[]} texts */
  apply(texts) {
    this.requests.rerun({ do: texts.join(",") || null });
  }

  /**
   * A head is off in one way, a matrix in one format, an adapter on in one strength: they replace each other.
   * @param {string} text
   */
  intervene(text) {
    const part = partOf(text);
    const other = (/** @type {string} */ each) => !part || partOf(each) !== part;
    const { applied } = this.store;
    if (part)
      this.store.interventions = this.store.interventions.filter((each) => each.text === text || other(each.text));
    if (!applied.includes(text)) this.apply([...applied.filter(other), text]);
  }

  /** Another prompt is run, changed by this alone. @param {string} prompt @param {string} text */
  interveneIn(prompt, text) {
    this.requests.sidebar.setPrompt(prompt);
    this.requests.rerun({ text: prompt, do: text, force: null }, "The page shows the other prompt.");
  }

  /** @param {string} text */
  restore(text) {
    this.apply(this.store.applied.filter((each) => each !== text));
  }

  /** @param {string} text @param {boolean} on */
  toggle(text, on) {
    const found = this.store.interventions.find((each) => each.text === text);
    if (found) found.on = on;
    this.store.tell("interventions");
    this.apply(this.store.applied);
  }

  /** @param {string} text */
  remove(text) {
    const found = this.store.interventions.find((each) => each.text === text);
    this.store.interventions = this.store.interventions.filter((each) => each !== found);
    if (found?.on) this.apply(this.store.applied);
    else this.store.tell("interventions");
  }

  /**
   * The tokens between the prompt and this one are forced as well: the text stays the same up to here.
   * @param {number} position
   * @param {number} id
   */
  force(position, id) {
    const { run } = this.store;
    if (!run) return;
    const step = position - run.nPrompt + 1;
    if (step < 0) return toast("The prompt itself gives the next token here.");
    const kept = new Map(run.forced.filter(([each]) => each < step));
    for (const each of run.steps) {
      const at = each.position - run.nPrompt + 1;
      if (at < step && !kept.has(at)) kept.set(at, each.chosen);
    }
    const forced = [...kept.set(step, id)].sort(([one], [other]) => one - other);
    const changes = { force: forcedText(forced), new: Math.max(run.newTokens, step + 1) };
    this.requests.rerun(changes, `Continuing with ${tokenText(id)}`);
  }

  release() {
    this.requests.rerun({ force: null }, "The model samples its tokens again.");
  }

  /** @param {Partial<Sampler>} change */
  setSampler(change) {
    this.store.setSampler(change);
    press("sampler-sync");
  }
}
