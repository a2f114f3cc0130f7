// @ts-check
/**
 * A config.json that one pastes, or the name of a model on a hub.
 *
 * @import { ServingFit } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { html } from "../../../vendor/lit.js";

/** Characters that a link takes, and that can be pasted. */
const LONGEST = { link: 4000, pasted: 60_000 };
/** Milliseconds after the last key until what is typed is taken. */
const PAUSE = 400;
/** Fields that say nothing of sizes and can be long. */
const IDLE = /^(quantization_config|auto_map|id2label|label2id|rope_scaling|rope_parameters|vision_config|_.*)$/;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

/**
 * @param {ServingFit} data
 * @param {ViewContext} ctx
 */
export function configField({ config }, ctx) {
  const typed = (/** @type {Event} */ event) => {
    const text = /** @type {HTMLTextAreaElement} */ (event.target).value;
    clearTimeout(waiting);
    waiting = setTimeout(() => ctx.control("config", short(text)), PAUSE);
  };
  return html`
    <label class="setting pasted">
      <span class="label">config.json, or owner/name</span>
      <textarea rows="6" maxlength=${LONGEST.pasted} spellcheck="false" autocomplete="off" dir="auto" .value=${config}
        placeholder='{"model_type": "llama", ...}' @input=${typed}></textarea>
    </label>`;
}

/**
 * The same config without what can be left out, where a link would be too long.
 * @param {string} text
 */
function short(text) {
  const said = text.trim();
  if (said.length <= LONGEST.link) return said;
  try {
    const kept = JSON.stringify(JSON.parse(said), (key, value) => (IDLE.test(key) ? undefined : value));
    return kept.slice(0, LONGEST.link);
  } catch {
    return said.slice(0, LONGEST.link);
  }
}
