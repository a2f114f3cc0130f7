// @ts-check
/**
 * A patch asks for its other text, and for the position there.
 *
 * @import { Run } from "../../kit/view"
 * @import { Place } from "./offers"
 */
import { html, render } from "../../vendor/lit.js";
import { dialog } from "../dialog.js";

/**
 * @param {Run} run
 * @param {Place} place
 * @param {(text: string) => void} intervene
 */
export function askPatch(run, { layer, position }, intervene) {
  const box = dialog("patchbox", { labelledBy: "patchtitle" });
  const done = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { text, from } = Object.fromEntries(new FormData(form));
    if (!String(text).trim()) return /** @type {HTMLElement} */ (form.querySelector("textarea")).focus();
    box.close();
    intervene(`patch:${layer}:${position}:${Number(from)}:${encodeURIComponent(String(text))}`);
  };
  render(null, box); // fields that were filled in before are new again
  render(
    html`
      <form class="patchform" @submit=${done}>
        <h2 id="patchtitle">Patch from another prompt</h2>
        <p class="hint">
          The model runs the other text. Its stream after block ${layer} then replaces this run's stream at position
          ${position}.
        </p>
        <label class="label" for="patchtext">The other text</label>
        <textarea id="patchtext" name="text" rows="3" required .value=${run.text}></textarea>
        <label class="label" for="patchfrom">Its position, counted from 0</label>
        <input id="patchfrom" name="from" type="number" min="0" max="511" step="1" required
          .value=${String(position)} />
        <div class="rowbtns">
          <button class="btn primary" type="submit">Patch</button>
          <button class="btn" type="button" @click=${() => box.close()}>Cancel</button>
        </div>
      </form>`,
    box,
  );
  box.showModal();
  box.querySelector("textarea")?.select();
}
