// @ts-check
/**
 * The controls of a panel, drawn from their declaration (`explorer/panels/controls.py`): label, choices, bounds and
 * meaning stand there, and nowhere else.
 *
 * @import { ControlSpec } from "../../shell/protocol"
 * @import { ViewContext } from "../view"
 *
 * @typedef {string | number} Value
 * @typedef {readonly [value: Value, name: string, meaning?: string]} Choice
 *
 * @typedef {object} Options what the run or the picture knows, and the declaration cannot
 * @property {Value} [own] what was measured: shown where the link says nothing and nothing is the default
 * @property {Value} [value] what is shown, whatever the link says
 * @property {readonly (Value | Choice)[]} [choices] that the run offers
 * @property {readonly Value[]} [closed] of a list, those that cannot be chosen
 * @property {number} [least] @property {number} [most] of the run
 * @property {(value: number) => string} [format] of a number, a choice among numbers as well
 * @property {string} [label] where it depends on what is shown
 * @property {string} [note] behind it
 * @property {"segmented" | "select" | "slider" | "number"} [as]
 * @property {boolean} [live] whether a slider sets it at each step, not only when it is let go
 * @property {() => void} [before] what else is set
 * @property {(value: number) => void} [move] at each step of a slider that is held
 * @property {(value: Value) => void} [choose] what is set instead
 */
import { html, nothing } from "../../vendor/lit.js";
import { number, segmented, slider } from "./controls.js";
import { choicesOf, possible } from "./offered.js";
import { select } from "./select.js";

/** Choices that stand side by side; more of them are a list. */
const FEW = 6;
/** Stops of a slider; what has more is typed. */
const STOPS = 400;

/**
 * @param {ViewContext<any>} ctx
 * @param {string} name
 * @param {Options} [options]
 */
export function control(ctx, name, options = {}) {
  const spec = ctx.declared(name);
  const { label = spec.label, least = spec.low ?? 0, most = spec.high ?? 0, before } = options;
  const value = possible(options.value ?? ctx.controls[name] ?? options.own, options);
  const choose = (/** @type {Value} */ to) => {
    before?.();
    if (options.choose) options.choose(to);
    else ctx.control(name, to);
  };
  const choices = choicesOf(spec, value, options);
  const shown = { spec, label, choose, choices, value, least, most, options };
  switch (options.as ?? usual(shown)) {
    case "slider":
      return choices.length ? ladder(shown) : sliding(shown);
    case "number":
      return typing(shown);
    case "select":
      return select({
        label,
        choices,
        chosen: value ?? "",
        choose,
        closed: options.closed,
        ...(label ? {} : { spoken: spec.meaning }),
      });
    default:
      return oneOfFew(shown);
  }
}

/**
 * What the choices of a control are called, and what they mean.
 * @param {ViewContext<any>} ctx
 * @param {string} name
 * @returns {Record<string, { name: string, title: string }>}
 */
export const named = (ctx, name) =>
  Object.fromEntries((ctx.declared(name).choices ?? []).map(([key, name, title = ""]) => [key, { name, title }]));

/** @typedef {{ spec: ControlSpec, label: string, choose: (to: Value) => void, choices: Choice[],
 *   value: Value | undefined, least: number, most: number, options: Options }} Shown */

/** @param {Shown} shown */
function usual({ spec, choices, least, most }) {
  if (choices.length) return choices.length > FEW ? "select" : "segmented";
  return (most - least) / (spec.step ?? 1) > STOPS ? "number" : "slider";
}

/** @param {Shown} shown */
function oneOfFew({ spec, label, choose, choices, value, options: { note } }) {
  const buttons = segmented({ label: label || spec.meaning, choices, chosen: value, choose });
  if (!label) return buttons;
  return html`
    <div class="setting">
      <span title=${spec.meaning}>${label}</span> ${buttons} ${note ? html`<small>${note}</small>` : nothing}
    </div>`;
}

/** A slider over values that are listed. @param {Shown} shown */
function ladder({ spec, label, choose, choices, value, options }) {
  const at = choices.findIndex(([each]) => each === value);
  return slider({
    label,
    title: spec.meaning,
    value: Math.max(0, at),
    least: 0,
    most: choices.length - 1,
    note: options.note,
    format: (to) => choices[to][1],
    [options.live ? "move" : "choose"]: (/** @type {number} */ to) => choose(choices[to][0]),
  });
}

/** @param {Shown} shown */
function sliding({ spec, label, choose, value, least, most, options }) {
  const { format = (/** @type {number} */ each) => written(spec, each), note, live, move } = options;
  return slider({
    label,
    title: spec.meaning,
    value: Math.min(most, Math.max(least, Number(value ?? least))),
    least,
    most,
    step: spec.step ?? 1,
    note,
    format,
    move: live ? choose : move,
    choose: live ? undefined : choose,
  });
}

/** @param {Shown} shown */
const typing = ({ spec, label, choose, value, least, most }) =>
  number({
    ...{ label, value: value ?? "", least, most, choose, title: spec.meaning },
    step: spec.kind === "real" ? "any" : 1,
  });

/** As many decimals as a step has, and the unit. @param {ControlSpec} spec @param {number} value */
function written({ step, unit }, value) {
  const decimals = String(step ?? 1).split(".")[1]?.length ?? 0;
  return `${value.toFixed(decimals)}${unit ? ` ${unit}` : ""}`;
}
