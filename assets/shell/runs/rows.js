// @ts-check
/**
 * The lines of the list of runs, by days.
 *
 * @import { Kept } from "./history"
 *
 * @typedef {object} RowOptions
 * @property {boolean} here it is the run on the page
 * @property {boolean} beside it is the one that the run on the page is compared with
 * @property {boolean} naming its name is being written
 * @property {() => void} open
 * @property {() => void} compare
 * @property {() => void} rename
 * @property {(name: string | null) => void} named
 * @property {() => void} remove
 */
import { counted } from "../../kit/numbers/format.js";
import { html, nothing } from "../../vendor/lit.js";
import { LONGEST } from "./history.js";

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const DAY_LONG = 86_400_000;

/**
 * The runs of each day, the newest first.
 * @param {Kept[]} runs
 * @returns {[day: string, runs: Kept[]][]}
 */
export function days(runs, now = Date.now()) {
  const names = new Map([
    [DAY.format(now), "Today"],
    [DAY.format(now - DAY_LONG), "Yesterday"],
  ]);
  /** @type {Map<string, Kept[]>} */
  const found = new Map();
  for (const run of runs) {
    const day = DAY.format(run.at);
    found.set(day, [...(found.get(day) ?? []), run]);
  }
  return [...found].map(([day, those]) => [names.get(day) ?? day, those]);
}

/** How many things are changed in it, in words. @param {string} link */
function changes(link) {
  const parts = new URLSearchParams(link);
  const many = (/** @type {string} */ name) => (parts.get(name) ?? "").split(",").filter(Boolean).length;
  const [changed, forced] = [many("do"), many("force")];
  return [changed && counted(changed, "intervention"), forced && counted(forced, "forced token")].filter(Boolean);
}

/** @param {Kept} run @param {RowOptions} options */
export function row(run, options) {
  const title = run.name || run.text;
  const told = [run.model, run.panel, ...changes(run.link), CLOCK.format(run.at)].filter(Boolean);
  const words = html`
    <b dir="auto">${title}</b>
    ${run.name ? html`<span class="keptprompt" dir="auto">${run.text}</span>` : nothing}
    <span class="keptmeta">${told.join(" · ")}${
      run.answer ? html` · <span class="mono">${run.answer}</span>` : nothing
    }</span>`;
  return html`
    <li class=${options.here ? "here" : ""}>
      ${
        options.naming
          ? field(run, options)
          : html`<button class="keptopen" type="button" title="Open this run" @click=${options.open}>${words}</button>`
      }
      <div class="keptacts">
        ${options.here ? html`<span class="hint">on the page</span>` : comparing(title, options)}
        ${action("Name", `Name ${title}`, options.rename)}
        ${action("Delete", `Delete ${title}`, options.remove)}
      </div>
    </li>`;
}

/** @param {string} title @param {RowOptions} options */
const comparing = (title, { beside, compare }) =>
  beside
    ? action("Remove", `Stop comparing ${title} with the run on the page`, compare)
    : action("Compare", `Compare ${title} with the run on the page`, compare);

/** @param {Kept} run @param {RowOptions} options */
function field(run, { named }) {
  const value = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  const keyed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") named(value(event));
    if (event.key !== "Escape") return;
    event.preventDefault(); // the dialog stays
    named(null);
  };
  return html`<input class="keptname" type="text" maxlength=${LONGEST.name} aria-label="Name of this run"
    placeholder="A name for this run" .value=${run.name} @keydown=${keyed}
    @blur=${(/** @type {Event} */ e) => named(value(e))} />`;
}

/** @param {string} name @param {string} label @param {() => void} press */
const action = (name, label, press) =>
  html`<button class="btn ghost" type="button" data-does=${name.toLowerCase()} aria-label=${label}
    @click=${press}>${name}</button>`;
