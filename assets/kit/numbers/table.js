// @ts-check
/**
 * A table in a frame that scrolls where it is too wide. Rows that can be chosen are reached by Tab and the arrow keys.
 *
 * @import { TemplateResult } from "lit-html"
 * @typedef {TemplateResult | string | number | symbol | null | undefined} Content
 */
import { html, nothing } from "../../vendor/lit.js";
import { pressing, rove } from "../controls/roving.js";

/**
 * @template Item
 * @typedef {object} Column
 * @property {Content} name its heading
 * @property {(item: Item, at: number) => Content} cell
 * @property {boolean} [number] set at the right, digits under digits
 * @property {string} [title] what the heading means
 * @property {() => void} [sort] pressed: sort by it
 * @property {"ascending" | "descending"} [sorted]
 * @property {string} [className]
 */

/**
 * @template Item
 * @param {object} options
 * @param {string} options.label what the table holds
 * @param {Column<Item>[]} options.columns
 * @param {Item[]} options.rows
 * @param {(item: Item, at: number) => boolean} [options.selected]
 * @param {(item: Item, at: number) => void} [options.select]
 * @param {(item: Item | null) => void} [options.point] the row under the pointer, or none
 * @param {(item: Item, at: number) => string} [options.rowClass]
 * @param {string} [options.className]
 */
export function table({ label, columns, rows, selected, select, point, rowClass, className = "" }) {
  const chosen = rows.findIndex((item, at) => selected?.(item, at));
  return html`
    <div class="scroll" role="region" tabindex="0" aria-label=${label}>
      <table class="plain ${className}">
        <thead><tr>${columns.map(heading)}</tr></thead>
        <tbody data-rove=${select ? "" : nothing} @keydown=${select ? rove : nothing}>
          ${rows.map((item, at) => {
            const press = () => select?.(item, at);
            return html`
              <tr class="${at === chosen ? "on" : ""} ${rowClass?.(item, at) ?? ""}"
                aria-selected=${select ? at === chosen : nothing}
                tabindex=${select ? (at === Math.max(0, chosen) ? 0 : -1) : nothing}
                @pointerenter=${() => point?.(item)} @pointerleave=${() => point?.(null)}
                @click=${press} @keydown=${select ? pressing(press) : nothing}>
                ${columns.map((column) => html`<td class=${classOf(column)}>${column.cell(item, at)}</td>`)}
              </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
}

/** @param {Column<any>} column */
const classOf = ({ number, className = "" }) => (number ? `r ${className}` : className);

/** @param {Column<any>} column */
function heading(column) {
  const { name, title, sort, sorted } = column;
  const said = sort
    ? html`<button class="sorter" type="button"
      @click=${sort}>${name}${sorted ? (sorted === "ascending" ? " ▲" : " ▼") : ""}</button>`
    : name;
  return html`<th scope="col" class=${classOf(column)} title=${title ?? nothing} aria-sort=${sorted ?? nothing}>
    ${said}
  </th>`;
}
