// @ts-check
/**
 * The ways to slow a rotation down: what they are called, how their lines are drawn, which one is open.
 *
 * @import { TemplateResult } from "lit-html"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ name: string, formula: string, dash?: string, symbol: string }} Named
 */
import { segmented } from "../../../kit/controls.js";
import { html } from "../../../vendor/lit.js";

/** No two have the same dash or the same points, so that they differ without colour. @type {Record<string, Named>} */
export const SCHEMES = {
  own: { name: "Unchanged", formula: "w", symbol: "circle" },
  linear: { name: "Interpolation", formula: "w / s", dash: "12px,3px", symbol: "square" },
  ntk: { name: "NTK-aware", formula: "base · s^(d / (d − 2))", dash: "5px,4px", symbol: "triangle-up" },
  dynamic: {
    name: "Dynamic NTK",
    formula: "NTK-aware with s · length / L − (s − 1) for s",
    dash: "1.5px,3px",
    symbol: "diamond",
  },
  yarn: {
    name: "YaRN",
    formula: "w / s below 1 turn in L, w above 32, a ramp between",
    dash: "9px,3px,1.5px,3px",
    symbol: "x",
  },
  llama3: {
    name: "Llama 3",
    formula: "w / s below 1 turn in L, w above 4, a ramp between",
    dash: "5px,2px,1.5px,2px,1.5px,2px",
    symbol: "star",
  },
};
const FIRST = "yarn";
const FACTORS = ["2", "4", "8"];

/**
 * The scheme that the link names, where it is one of these.
 * @param {ViewContext} ctx
 * @param {string[]} names
 */
export function openScheme({ controls }, names) {
  return names.find((name) => name === controls.scheme) ?? FIRST;
}

/**
 * How many times the length is to be reached.
 * @param {ViewContext} ctx
 * @param {number} factor
 */
export const factorChoice = (ctx, factor) =>
  named(
    "Times the length",
    segmented({
      label: "Factor",
      choices: FACTORS.map((each) => [each, each]),
      chosen: String(factor),
      choose: (key) => ctx.control("factor", key),
    }),
  );

/**
 * A control with its name before it.
 * @param {string} name
 * @param {TemplateResult} control
 */
export const named = (name, control) => html`<div class="named"><span class="muted">${name}</span>${control}</div>`;

/**
 * What every length is held against: what the model was trained on, where its card says it, else what its config
 * allows.
 * @param {{ trained: boolean }} data
 */
export const limitName = ({ trained }) => (trained ? "the trained length" : "the config’s limit");
