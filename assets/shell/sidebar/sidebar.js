// @ts-check
/**
 * The sidebar: Gradio's controls, as the page's script reads and fills them, and what the page adds to them.
 *
 * @import { Store } from "../store"
 * @import { ModelCard, RunModel } from "../protocol"
 * @import { Work } from "../server/requests"
 */
import { counted, whole } from "../../kit/numbers/format.js";
import { forcedText, numberOf } from "../address/link.js";
import { press } from "../server/server.js";
import { EXAMPLES, MODELS, SETTINGS, STAGES } from "../server/tables.js";
import { nameOf } from "./session_shelf.js";
import { differences, showUnrun, TEXTUAL } from "./unrun.js";

/** Milliseconds between two looks at what the sidebar says: Gradio fills it whenever it likes. */
const LOOK = 300;

/**
 * The control of Gradio's component with that id.
 * @param {string} id
 * @returns {HTMLInputElement | HTMLTextAreaElement | null}
 */
const field = (id) => document.querySelector(`#${id} textarea, #${id} input`);
const value = (/** @type {string} */ id) => field(id)?.value ?? "";

export class Sidebar {
  /** The title of a model that was chosen and is not on the page yet. @type {string | null} */
  #coming = null;

  /** @param {{ store: Store, work: Work }} page */
  constructor({ store, work }) {
    this.store = store;
    this.work = work;
  }

  start() {
    setInterval(() => this.compare(), LOOK);
    document.addEventListener("click", (event) => {
      if (/** @type {Element} */ (event.target).closest?.("#sampler-reset")) this.resetSampler();
    });
  }

  /** What of the sidebar differs from the run on the page. */
  unrun() {
    if (!this.store.run) return [];
    const said = {
      text: value("prompt"),
      model: value("model"),
      chat: /** @type {HTMLInputElement | null} */ (field("chat"))?.checked ?? false,
      seed: value("seed"),
      newTokens: value("new"),
      sampler: /** @type {Record<string, number>} */ (/** @type {unknown} */ (this.store.sampler)),
    };
    const run = /** @type {import("./unrun").Run} */ (/** @type {unknown} */ (this.store.run));
    return differences(said, run, SETTINGS);
  }

  /** Whether the sidebar asks for the text and the model that are on the page. */
  sameAsRun() {
    return this.store.run !== null && !this.unrun().some((name) => TEXTUAL.includes(name));
  }

  /** The run's forced tokens, as far as the sidebar asks for as many: they belong to its text. */
  forcedStill() {
    const steps = Number(value("new") || 0);
    return forcedText((this.store.run?.forced ?? []).filter(([step]) => step < steps));
  }

  /** The run that the controls ask for, as a link says it. */
  query() {
    const { sampler, applied } = this.store;
    const model = value("model");
    return new URLSearchParams({
      model: nameOf(model),
      text: value("prompt"),
      chat: /** @type {HTMLInputElement | null} */ (field("chat"))?.checked ? "1" : "0",
      new: value("new") || "0",
      seed: value("seed") || "0",
      ...Object.fromEntries(
        SETTINGS.map(({ name, link, neutral }) => [link, String(numberOf(sampler, name) ?? neutral)]),
      ),
      order: (sampler.order ?? STAGES).join(),
      ...(this.sameAsRun() ? { force: this.forcedStill() } : {}),
      do: applied.join(),
    }).toString();
  }

  /** @param {string} text */
  setPrompt(text) {
    const area = document.querySelector("#prompt textarea");
    if (!area) return;
    // Svelte hears of it only through the element's own setter
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Another run's prompt. @param {string} text @param {boolean} chat */
  fill(text, chat) {
    this.setPrompt(text);
    const box = /** @type {HTMLInputElement | null} */ (field("chat"));
    if (box && box.checked !== chat) box.click();
  }

  /** @param {string} text */
  run(text) {
    this.setPrompt(text);
    setTimeout(() => press("run"), 60);
  }

  /** A model was chosen: it is opened. */
  chosen() {
    this.#coming = value("model");
    this.drawModel();
    setTimeout(() => press("run"), 60);
  }

  /** The page has a run: the controls say what it was made with. */
  follow() {
    this.#coming = null;
    this.drawModel();
    press("settings-sync");
  }

  /** The chosen model's caption: all sizes of the run's own, what its card says of one that is being opened. */
  drawModel() {
    const box = document.getElementById("model-meta");
    const model = this.store.run?.model;
    if (!box || !model) return;
    const coming = MODELS.find(({ name, title }) => name === this.#coming || title === this.#coming);
    const other = this.#coming !== null && this.#coming !== model.title && this.#coming !== model.name;
    box.textContent = other ? (coming ? cardCaption(coming) : "") : caption(model);
  }

  /** What differs stands on the button that runs it; the prompt's tokens and its example are told. */
  compare() {
    const settled = this.store.run !== null && !this.store.recorded && !document.body.dataset.busy;
    const names = this.unrun();
    showUnrun(settled ? names : []);
    this.#showCount(names);
    markExample();
    this.#offerReset();
  }

  /** As many as the run has: of a text that was changed nobody has counted. @param {string[]} names */
  #showCount(names) {
    const box = document.getElementById("prompt-count");
    const run = this.store.run;
    if (!box) return;
    const same = run && !names.some((name) => TEXTUAL.includes(name));
    const template = run?.chat ? " with the chat template" : "";
    const text = same ? `${counted(run.nPrompt, "token")}${template}` : "The next run counts the tokens.";
    if (box.textContent !== text) box.textContent = text;
  }

  #offerReset() {
    const button = document.getElementById("sampler-reset");
    const { sampler } = this.store;
    const moved = SETTINGS.some((each) => (numberOf(sampler, each.name) ?? first(each)) !== first(each));
    const reordered = sampler.order !== undefined && sampler.order.join() !== STAGES.join();
    if (button?.hidden === (moved || reordered)) button.hidden = !button.hidden;
  }

  /** The sampler's settings as they are when the page first opens. */
  resetSampler() {
    const settings = Object.fromEntries(SETTINGS.map((each) => [each.name, first(each)]));
    this.store.setSampler({ ...settings, order: [...STAGES] });
    press("sampler-sync");
    /** @type {HTMLElement | null} */ (document.querySelector("#sampler input"))?.focus(); // the button is gone now
  }
}

/** @param {{ shown_first: number | null, neutral: number }} setting */
const first = ({ shown_first, neutral }) => shown_first ?? neutral;

function markExample() {
  const text = value("prompt");
  const named = EXAMPLES.find((example) => example.text === text)?.name;
  for (const button of document.querySelectorAll("#examples button")) {
    const on = String(button.textContent?.trim() === named);
    if (button.getAttribute("aria-pressed") !== on) button.setAttribute("aria-pressed", on);
  }
}

/** @param {number} count */
function parameters(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} B parameters`;
  return `${count < 1e7 ? (count / 1e6).toFixed(2) : Math.round(count / 1e6)} M parameters`;
}

/** @param {string} sizes @param {string} note */
const noted = (sizes, note) => (note ? `${sizes}. ${note}.` : `${sizes}.`);

/** @param {RunModel} model */
function caption(model) {
  const heads = model.H ? `${model.H} query and ${model.KV} kv heads` : "no attention heads";
  const sizes = `${parameters(model.parameters)}, ${counted(model.L, "block")}, ${heads}, d_model ${whole(model.D)}`;
  return noted(sizes, model.note);
}

/** @param {ModelCard} card */
const cardCaption = (card) => noted(parameters(card.parameters), card.note);
