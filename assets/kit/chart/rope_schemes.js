// @ts-check
/**
 * The ways to slow a rotation down: what they are called, how their lines are drawn, which one is open.
 *
 * @import { ViewContext } from "../view"
 *
 * @typedef {{ name: string, formula: string, dash?: string, symbol: string }} Named
 */
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

/**
 * The chosen scheme, where it is one of these.
 * @param {ViewContext} ctx
 * @param {string[]} names
 */
export const openScheme = (ctx, names) =>
  names.find((name) => name === ctx.controls.scheme) ?? String(ctx.declared("scheme").default);

/**
 * What every length is held against: what the model was trained on, where its card says it, else what its config
 * allows.
 * @param {{ trained: boolean }} data
 */
export const limitName = ({ trained }) => (trained ? "the trained length" : "the config’s limit");
