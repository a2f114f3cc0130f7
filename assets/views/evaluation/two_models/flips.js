// @ts-check
/**
 * The items of both, those that flip first.
 *
 * @import { PairItem, TwoModels } from "../../../types/evaluation"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {Drafts & { shown: string }} Kept
 */
import { changeInside } from "../../../kit/controls/change_inside.js";
import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { inWords } from "./verdict.js";

/** @type {{ name: string, says: string, has: (item: PairItem) => boolean }[]} */
const GROUPS = [
  { name: "lost", says: "right only by the first", has: ({ first, second }) => first > 0 && second <= 0 },
  { name: "won", says: "right only by the second", has: ({ first, second }) => first <= 0 && second > 0 },
  { name: "both", says: "right by both", has: ({ first, second }) => first > 0 && second > 0 },
  { name: "neither", says: "right by neither", has: ({ first, second }) => first <= 0 && second <= 0 },
];

/** @type {View<TwoModels, Kept>} */
export function flips(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "second")} ${control(ctx, "items", { as: "segmented" })}</div>
    ${ctx.controls.second === "do" ? changeInside(ctx) : nothing}
    ${data.wrong ? html`<p class="readout lead" role="alert">${data.wrong}</p>` : found(data, ctx)}`;
}

/** @param {TwoModels} data @returns {Row[]} */
export const rows = (data) =>
  data.items.map(({ prefix, right, wrong, first, second }) => ({
    prefix,
    right,
    wrong,
    first_margin: first,
    second_margin: second,
    first_right: first > 0,
    second_right: second > 0,
  }));

/** @param {TwoModels} data @param {ViewContext<Kept>} ctx */
function found(data, ctx) {
  if (!data.verdict) return nothing;
  const groups = GROUPS.map((group) => ({ ...group, items: data.items.filter(group.has) }));
  const chosen = groups.find(({ name }) => name === ctx.kept.shown) ?? groups.find(({ items }) => items.length);
  return html`
    ${inWords(data, data.verdict)}
    ${four(data)}
    <div class="choices">${segmented({
      label: "Which items are listed",
      choices: groups.map(({ name, says, items }) => [name, `${says}: ${items.length}`]),
      chosen: chosen?.name,
      choose: (shown) => ctx.keep({ shown: String(shown) }),
    })}</div>
    <div class="items">${chosen ? listed(chosen.items) : nothing}</div>`;
}

/** @param {TwoModels} data */
function four({ verdict }) {
  if (!verdict) return nothing;
  const { both, neither, only_first, only_second } = verdict;
  return html`
    <table class="plain four">
      <caption class="unseen">Items by who gets them right</caption>
      <thead><tr><td></td><th scope="col">second right</th><th scope="col">second wrong</th></tr></thead>
      <tbody>
        <tr><th scope="row">first right</th><td>${both}</td><td class="told">${only_first}</td></tr>
        <tr><th scope="row">first wrong</th><td class="told">${only_second}</td><td>${neither}</td></tr>
      </tbody>
    </table>`;
}

/** @param {PairItem[]} items */
function listed(items) {
  const margin = (/** @type {number} */ value) => rightOrWrong(value > 0, signed(value));
  return table({
    label: "Items",
    columns: [
      { name: "beginning", className: "text", cell: ({ prefix }) => prefix },
      { name: "right", className: "text", cell: ({ right }) => right.trim() },
      { name: "wrong", className: "text", cell: ({ wrong }) => wrong.trim() },
      { name: "first, nats", number: true, title: "log p(right) − log p(wrong)", cell: ({ first }) => margin(first) },
      {
        name: "second, nats",
        number: true,
        title: "log p(right) − log p(wrong)",
        cell: ({ second }) => margin(second),
      },
    ],
    rows: items,
  });
}
