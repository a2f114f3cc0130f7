// @ts-check
/**
 * What the views of a step's memory have alike: names, colours, rows of settings, the bar of the kinds.
 *
 * @import { MemoryTerms } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
export const POLICIES = {
  none: "nothing computed again",
  attention: "attention’s core",
  "feed-forward": "feed-forward layers",
  full: "whole blocks",
};
/** @type {Record<string, { says: string, color: string }>} */
export const KINDS = {
  weights: { says: "weights", color: "ink3" },
  gradients: { says: "gradients", color: "neg" },
  optimizer: { says: "optimizer’s state", color: "river-deep" },
  activations: { says: "activations", color: "prob" },
};
/** By part of the decoder. @type {Record<string, string>} */
export const COLORS = {
  embedding: "ink3",
  "norm before attention": "river",
  attention: "prob",
  "norm before feed-forward": "river",
  "feed-forward": "neg",
  "last norm": "river",
  loss: "ink3",
};

/** The decoder's shape, and whatever else. @param {ViewContext<any>} ctx @param {string[]} [more] */
export const shape = (ctx, more = []) => html`
  <div class="settings-row">
    ${["width", "blocks", "kv", "ffn"].map((name) => control(ctx, name))}
  </div>
  ${step(ctx, more)}`;

/** The step. @param {ViewContext<any>} ctx @param {string[]} [more] */
export const step = (ctx, more = []) => html`
  <div class="settings-row">
    ${["batch", "length", "form", "kernel"].map((name) => control(ctx, name))}
    ${more.map((name) => control(ctx, name, { as: "select" }))}
  </div>`;

/** Formula of each kind, end to end, and where the peak lies. @param {MemoryTerms} data @param {number} width */
export function kinds({ kinds: all, peak }, width) {
  const sum = all.reduce((so, { formula }) => so + formula, 0);
  let end = 0;
  const drawn = all.map((each) => {
    const from = end;
    end += each.formula;
    return { ...each, span: [from, end] };
  });
  return html`
    ${picture({
      label: "Bytes of a training step by kind, and the measured peak",
      width,
      height: 106,
      margin: { left: 26, right: 40, top: 34, bottom: 32 },
      x: [0, 1.04 * Math.max(sum, peak)],
      y: [0, 1],
      bottom: { format: memory, count: width < 600 ? 3 : 6 },
      marks: [
        items({
          data: drawn,
          key: ({ name }) => name,
          hit: ({ span }) => ({ x: span, y: [0, 1] }),
          told: ({ name, formula, real }) => ({
            title: KINDS[name].says,
            lines: [
              ["by formula", memory(formula)],
              ["really", memory(real)],
              ["share", percent(formula / sum, 0)],
            ],
          }),
          marks: ({ span, name }) => bar({ x: span, y: [0, 1], gap: 0.5, color: KINDS[name].color }),
        }),
        rule({ x: peak, color: "ink", over: 24, stroke: 2, label: [`measured peak ${memory(peak)}`, "peak"] }),
      ],
    })}
    ${legend(all.map(({ name }) => [{ color: KINDS[name].color, shape: "box" }, KINDS[name].says]))}`;
}

/** The peak beside the formula's sum. @param {MemoryTerms} data */
export function peak({ kinds: all, peak: most }) {
  const sum = all.reduce((so, { formula }) => so + formula, 0);
  const than = most < sum ? "less: not all of it is there at once" : "more: what single operations take besides";
  return html`The formulas add up to <b>${memory(sum)}</b>. torch’s allocator peaks at <b>${memory(most)}</b>,
    ${decimal(100 * Math.abs(most / sum - 1), 1)} % ${than}.`;
}
