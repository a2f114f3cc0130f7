// @ts-check
/**
 * The kit's page, /explorer/kit.html: each part drawn with sample data, in both themes. The numbers are made up here
 * and say nothing of any model; no panel reads them.
 */
import { html, render } from "../../vendor/lit.js";
import { forgetColours } from "../colour/theme.js";
import { chartParts } from "./chart_samples.js";
import { controlParts } from "./control_samples.js";
import { drawingParts } from "./drawing_samples.js";
import { markParts } from "./mark_samples.js";
import { numberParts } from "./number_samples.js";
import { rowParts } from "./row_samples.js";
import { textParts } from "./text_samples.js";

/** What the page's parts remember, as a view's `ctx.kept` does. */
export const kept = {
  row: 2,
  cell: { row: 3, column: 5 },
  choice: "second",
  level: 0.4,
  count: 12,
  step: 0,
  playing: false,
  doubled: 32,
  word: 1,
  /** @type {number | null} */
  dimension: 30,
  relative: "left",
};

/** @param {Partial<typeof kept>} change */
function keep(change) {
  Object.assign(kept, change);
  draw();
}

const parts = () => [
  ...markParts({ kept, keep }),
  ...rowParts({ kept, keep }),
  ...chartParts(),
  ...drawingParts({ kept, keep }),
  ...controlParts({ kept, keep }),
  ...numberParts(),
  ...textParts({ kept, keep }),
];

function turnTheme() {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === "dark" ? "light" : "dark";
  forgetColours();
  draw();
}

function draw() {
  const root = /** @type {HTMLElement} */ (document.getElementById("samples"));
  render(
    html`
      <h1>The kit</h1>
      <p>What the views are made of, with sample numbers that say nothing of any model.</p>
      <button class="btn" type="button" @click=${turnTheme}>Other theme</button>
      ${parts().map(
        ({ name, says, shows }) => html`
          <section id=${name} class="panel">
            <h2>${name}</h2>
            <p class="psub">${says}</p>
            <div class="pbody">${shows(root.clientWidth - 44)}</div>
          </section>`,
      )}`,
    root,
  );
  root.dataset.ready = "1";
}

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
await document.fonts.ready;
draw();
