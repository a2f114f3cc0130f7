// @ts-check
/**
 * A chart inside a template: made once, drawn again when what it shows differs.
 *
 * @import { Chart } from "./chart_layout"
 */
import { html, ref } from "../../vendor/lit.js";
import { chart } from "./chart.js";

/** The chart in each element. @type {WeakMap<Element, ReturnType<typeof chart>>} */
const charts = new WeakMap();

/** @param {Chart & { label: string, height: number }} what */
export function plot({ label, height, ...drawn }) {
  /** @param {Element | undefined} element */
  const draw = (element) => {
    if (!element) return;
    const made = charts.get(element) ?? chart(/** @type {HTMLElement} */ (element), { label, height });
    charts.set(element, made);
    element.firstElementChild?.setAttribute("aria-label", label); // what is drawn may be something else by now
    made.draw(drawn, true);
  };
  return html`<div ${ref(draw)}></div>`;
}
