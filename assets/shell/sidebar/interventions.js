// @ts-check
/**
 * The intervention stack in the sidebar: what is changed in the run, each to be switched off, taken back, or added.
 *
 * @import { Intervention, Run } from "../../kit/view"
 * @import { Place } from "./offers"
 * @import { Actions } from "./actions"
 * @import { Requests } from "../server/requests"
 * @import { Store } from "../store"
 * @import { Undo } from "./undo"
 */
import { counted, percent, signed } from "../../kit/numbers/format.js";
import { rawToken, token, tokenText } from "../../kit/text/tokens.js";
import { html, nothing, render, repeat } from "../../vendor/lit.js";
import { choices } from "./offers.js";

const ADDED = /^add:\d+:\w+:(\d+):/;
/** Where keys write a text: there Ctrl Z is the field's own. */
const FIELDS = "textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])";

export class Interventions {
  /** @param {{ store: Store, actions: Actions, requests: Requests, undo: Undo, go: (panel: string) => void }} page */
  constructor({ store, actions, requests, undo, go }) {
    this.store = store;
    this.actions = actions;
    this.requests = requests;
    this.undo = undo;
    this.go = go;
    document.addEventListener("keydown", this.#keyed);
  }

  draw() {
    const box = document.getElementById("interventions-view");
    const { run } = this.store;
    if (box && run) render(this.#stack(run), box);
  }

  /** @param {Run} run */
  #stack(run) {
    const { interventions, applied } = this.store;
    const forced = run.forced.length > 0 ? 1 : 0;
    const all = interventions.length + forced;
    return html`
      <div class="fieldhead">
        <span class="label">Interventions</span>
        <span class="undo">
          ${this.#undoButton("Undo", "↶", this.undo.done.length > 0, () => this.takeBack())}
          ${this.#undoButton("Redo", "↷", this.undo.undone.length > 0, () => this.takeAgain())}
        </span>
        <span class="count">${all ? `${applied.length + forced} of ${all} on` : "none"}</span>
      </div>
      <ul>
        ${repeat(
          interventions,
          ({ text }) => text,
          (each) => this.#item(each),
        )}
        ${forced ? this.#forcedItem(run) : nothing}
      </ul>
      <p class="hint" id="effect">${this.#effect(run)}</p>
      ${this.#form(run)}`;
  }

  /**
   * @param {string} name
   * @param {string} sign
   * @param {boolean} possible
   * @param {() => void} press
   */
  #undoButton(name, sign, possible, press) {
    return html`
      <button class="btn ghost" type="button" aria-label="${name} the last change" title="${name}"
        ?disabled=${!possible} @click=${press}>${sign}</button>`;
  }

  takeBack() {
    this.#rerun(this.undo.back(), "Undone");
  }

  takeAgain() {
    this.#rerun(this.undo.on(), "The last change is back.");
  }

  /** @param {Record<string, string | number | null> | null} changes @param {string} said */
  #rerun(changes, said) {
    if (changes) this.requests.rerun(changes, said);
  }

  /** @param {KeyboardEvent} event */
  #keyed = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (/** @type {Element} */ (event.target).closest?.(FIELDS)) return;
    event.preventDefault();
    if (event.shiftKey) this.takeAgain();
    else this.takeBack();
  };

  /** @param {Intervention} each */
  #item({ text, label, on }) {
    const toggle = (/** @type {Event} */ event) =>
      this.actions.toggle(text, /** @type {HTMLInputElement} */ (event.target).checked);
    return html`
      <li class="iv ${on ? "" : "off"}">
        <input type="checkbox" aria-label="Apply: ${label}" .checked=${on} @change=${toggle} />
        <b>${named(text, label)}</b>
        ${remover(label, () => this.actions.remove(text))}
      </li>`;
  }

  /** A token that was forced fixes those before it as well: one entry for the stretch of the text. @param {Run} run */
  #forcedItem({ forced, nPrompt }) {
    const [step, id] = forced[forced.length - 1];
    const before = counted(forced.length - 1, "generated token");
    const others = forced.length > 1 ? `, with the ${before} before it unchanged` : "";
    const said = `Position ${nPrompt + step} is forced to “${tokenText(id)}”${others}`;
    return html`<li class="iv forced"><b>${said}</b>${remover(said, () => this.actions.release())}</li>`;
  }

  /** What all of them change together, at the selected position. @param {Run} run */
  #effect({ effect }) {
    const at = this.store.focus.position ?? 0;
    if (!effect) {
      if (this.store.interventions.length) return "All interventions are off.";
      return "Open a block or a head and choose Ablate, or add one here:";
    }
    if (at >= effect.positions) return "The two runs have different tokens up to this position.";
    const [before, now] = [percent(effect.before.a[at]), percent(effect.now.a[at])];
    return html`Effect of all together after this position: log odds of ${token(effect.ids.a[at])}
      ${signed(effect.log_odds.a[at])}, probability ${before} → <b>${now}</b>, KL ${effect.kl.a[at].toFixed(3)} nats.`;
  }

  /** @param {Run} run @param {Place} place */
  async #patch(run, place) {
    const { askPatch } = await import("./patch.js");
    askPatch(run, place, (text) => this.actions.intervene(text));
  }

  /** The selection of the page says where. @param {Run} run */
  #form(run) {
    const offered = choices(run, this.store.focus);
    const choose = (/** @type {Event} */ event) => {
      const select = /** @type {HTMLSelectElement} */ (event.target);
      const chosen = offered[Number(select.value)];
      select.value = "";
      if (chosen?.text) this.actions.intervene(chosen.text);
      if (chosen?.panel) this.go(chosen.panel);
      if (chosen?.patch) this.#patch(run, chosen.patch);
    };
    return html`
      <select aria-label="Add an intervention" @change=${choose}>
        <option value="">Add an intervention…</option>
        ${offered.map(({ label }, at) => html`<option value=${at}>${label}</option>`)}
      </select>`;
  }
}

/** The page knows the token's text, where the stack has its id only. @param {string} text @param {string} label */
function named(text, label) {
  const id = Number(ADDED.exec(text)?.[1] ?? Number.NaN);
  return rawToken(id) === undefined ? label : label.replace(`token ${id}`, `“${tokenText(id)}”`);
}

/** @param {string} label @param {() => void} press */
const remover = (label, press) =>
  html`<button class="x" type="button" aria-label="Remove: ${label}" @click=${press}>×</button>`;
