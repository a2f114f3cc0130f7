// @ts-check
/**
 * @typedef {object} Sign of a mark, as marks.js draws it
 * @property {string} color the name of a colour of the page
 * @property {"box" | "dot" | "line" | "tick"} [shape]
 * @property {boolean} [hollow]
 * @property {boolean} [dash]
 */
import { html, nothing } from "../../vendor/lit.js";

/**
 * Marks and what they stand for; an absent entry is left out. A mark is a sign, or a class that a stylesheet knows.
 * @param {([mark: string | Sign, name: string] | null | undefined | false)[]} entries
 */
export function legend(entries) {
  return html`
    <ul class="legend marks">
      ${entries.map((entry) => (entry ? html`<li>${signOf(entry[0])}${entry[1]}</li>` : nothing))}
    </ul>`;
}

/** @param {string | Sign} mark */
function signOf(mark) {
  if (typeof mark === "string") return html`<i class="mark ${mark}"></i>`;
  const { color, shape = "box", hollow, dash } = mark;
  return html`<i class="mark of ${shape} ${hollow ? "ring" : ""} ${dash ? "dash" : ""}"
    style="--color: var(--${color})"></i>`;
}
