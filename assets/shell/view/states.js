// @ts-check
/**
 * What stands on the stage instead of a picture: an error with what repairs it, or where to begin.
 *
 * @import { ErrorAnswer, Example } from "../protocol"
 *
 * @typedef {object} Repairs
 * @property {(() => void) | null} keep back to the run that is there
 * @property {(text: string) => void} retry
 * @property {() => void} afresh
 * @property {(() => void) | null} bare without interventions
 */
import { html, nothing, render } from "../../vendor/lit.js";
import { EXAMPLES } from "../server/tables.js";
import { hideStatus } from "../strip/status.js";
import { ABOUT, doors, TITLE } from "../welcome.js";

/**
 * @param {HTMLElement} stage
 * @param {string} name
 * @param {unknown} content
 */
function showState(stage, name, content) {
  hideStatus();
  document.body.dataset.state = name;
  const box = Object.assign(document.createElement("div"), { className: "state" });
  if (name === "error") box.setAttribute("role", "alert");
  render(content, box);
  stage.replaceChildren(box);
  stage.dataset.ready = "1";
}

/**
 * @param {HTMLElement} stage
 * @param {ErrorAnswer} error
 * @param {Repairs} repairs
 */
export function showError(stage, error, repairs) {
  if (error.name === "EmptyPromptError") return showEmpty(stage, repairs.retry);
  const { tokens, limit } = error.facts ?? {};
  const over = tokens && limit ? limit / tokens : 0;
  showState(
    stage,
    "error",
    html`
      <h2>${over ? "The prompt is too long" : "This did not work"}</h2>
      <div class="errbox">
        <b>${error.message}</b>
        ${error.hint ? html`<span>${error.hint}</span>` : nothing}
        ${over ? lengthBar(over) : nothing}
      </div>
      <div class="rowbtns">${buttons(error, repairs)}</div>
      ${repairs.keep ? html`<p class="hint">Your last run is still here.</p>` : nothing}`,
  );
}

/** How much of the prompt fits. @param {number} share */
function lengthBar(share) {
  const part = 100 * share;
  return html`
    <div class="lenbar" aria-hidden="true">
      <i style="width:${part}%"></i><i class="over" style="left:${part}%;width:${100 - part}%"></i>
    </div>`;
}

/**
 * @param {ErrorAnswer} error
 * @param {Repairs} repairs
 */
function buttons({ facts }, { keep, retry, afresh, bare }) {
  const button = (/** @type {string} */ text, /** @type {() => void} */ press, primary = false) =>
    html`<button class="btn ${primary ? "primary" : ""}" type="button" @click=${press}>${text}</button>`;
  const back = () => {
    delete document.body.dataset.state;
    keep?.();
  };
  const { repaired } = facts ?? {};
  return [
    repaired ? button(facts?.repairs ?? "Repair and run", () => retry(repaired), true) : nothing,
    bare ? button("Run without interventions", bare) : nothing,
    keep ? button("Back to the last run", back) : button("Start with the example", afresh),
  ];
}

/**
 * @param {HTMLElement} stage
 * @param {(text: string) => void} run
 */
export function showEmpty(stage, run) {
  showState(
    stage,
    "empty",
    html`
      <h2>${TITLE}</h2>
      <p>${ABOUT}</p>
      ${doors()}
      <p>Or run one of these texts:</p>
      <div class="startgrid">${EXAMPLES.filter(({ shows }) => shows).map((example) => card(example, run))}</div>`,
  );
}

/**
 * @param {Example} example
 * @param {(text: string) => void} run
 */
function card({ name, text, shows }, run) {
  return html`
    <button class="startcard" type="button" @click=${() => run(text)}>
      <b>${name}</b>${shows}<span class="mono">${text}</span>
    </button>`;
}
