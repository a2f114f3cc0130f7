// @ts-check
/**
 * The same text once for each method, coloured by what it gives each word; below, one word's numbers and who agrees.
 *
 * @import { WhichWords } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { agreement } from "./agreement.js";
import { inOrder, METHODS, scoreName, unitText } from "./methods.js";
import { strip } from "./strips.js";

/** @type {View<WhichWords>} */
export function words(data, ctx) {
  const chosen = chosenOf(data, ctx);
  const choose = (/** @type {number} */ word) => ctx.control("word", word);
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "unit")} ${control(ctx, "score")} ${control(ctx, "absent")} ${control(ctx, "steps")}
      ${data.exact ? nothing : control(ctx, "orders")}
    </div>
    <p class="readout lead">${lead(data, ctx)}</p>
    <div class="strips">
      ${inOrder(data).map(({ method }) => strip(data, method, chosen, choose))}
    </div>
    ${legend([
      [{ color: "pos" }, "pushes toward the answer"],
      [{ color: "neg" }, "pushes away from it; the strongest of each row has the full colour"],
    ])}
    <div class="side-by-side">
      <div><h3 class="sub3">${unitText(data, chosen)} <small>by each method</small></h3>${one(data, chosen)}</div>
      <div><h3 class="sub3">Do they agree? <small>Kendall’s τ: 1 the same order, 0 none, −1 reversed</small></h3>
        ${agreement(data, ctx)}</div>
    </div>
    <p class="hint">${hint(data)}</p>`;
}

/** @param {WhichWords} data @param {ViewContext} ctx */
const chosenOf = ({ starts }, { controls }) => Math.min(Number(controls.word ?? 1), starts.length - 1);

/** @param {WhichWords} data @param {ViewContext} ctx */
function lead(data, ctx) {
  const { whole, nothing: none } = data;
  return html`The methods share out ${scoreName(data, ctx.controls.score)}: <b>${signed(whole)}</b> with the text,
    <b>${signed(none)}</b> with every token absent. The words bring the difference, <b>${signed(whole - none)}</b>.
    ${firsts(data)}`;
}

/** Which unit each method puts first, where they differ. @param {WhichWords} data */
function firsts(data) {
  const tops = inOrder(data).map(({ method }) => {
    const sizes = Array.from(method.shares.a, Math.abs);
    return unitText(data, sizes.indexOf(Math.max(...sizes)));
  });
  const distinct = new Set(tops);
  if (tops.length < 2) return nothing;
  return distinct.size === 1
    ? html`All ${tops.length} methods put “${tops[0]}” first.`
    : html`${tops.length} methods put ${distinct.size} different ones first.`;
}

/** @param {WhichWords} data @param {number} unit */
function one(data, unit) {
  const difference = data.whole - data.nothing;
  return table({
    label: "The chosen unit by each method",
    rows: inOrder(data).map(({ method }) => method),
    columns: [
      { name: "Method", cell: ({ name }) => METHODS[name].name },
      {
        name: "its share",
        number: true,
        cell: ({ shares, errors }) =>
          html`${signed(shares.a[unit])}${
            errors && Number.isFinite(errors.a[unit])
              ? html` <small>±
          ${decimal(errors.a[unit])}</small>`
              : nothing
          }`,
      },
      { name: "all add up to", number: true, cell: ({ sum }) => signed(sum) },
      {
        name: "off by",
        number: true,
        title: "From what the words bring together.",
        cell: ({ name, sum }) => (name === "rollout" ? "–" : signed(sum - difference)),
      },
      {
        name: "runs",
        number: true,
        title: "Runs of the text; a backward pass counts as two.",
        cell: ({ calls }) => calls,
      },
    ],
  });
}

/** @param {WhichWords} data */
function hint(data) {
  const { exact, completeness, starts } = data;
  const shapley = exact
    ? `Shapley values are exact, over all ${2 ** starts.length} sets of ${counted(starts.length, "unit")}.`
    : "Shapley values are an estimate by random orders; ± is one standard error.";
  const path = completeness === null ? "" : ` The integrated gradients’ sum misses ${decimal(completeness, 3)}.`;
  return `${shapley}${path} Rollout has no sign and knows no answer; it is compared by size.`;
}

/** @param {WhichWords} data @returns {Row[]} */
export const rows = (data) =>
  data.starts.map((start, unit) => ({
    unit: unitText(data, unit),
    first_token: start,
    ...Object.fromEntries(inOrder(data).map(({ method }) => [method.name, method.shares.a[unit]])),
  }));
