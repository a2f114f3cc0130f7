// @ts-check
/**
 * What texts that are written in so many steps cost a judge, and how many different tokens they have.
 *
 * @import { UnmaskQuality, UnmaskWay } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 280;
/** @type {Record<string, { name: string, color: string, shift: number }>} */
const LOOKS = {
  confident: { name: "surest first", color: "prob", shift: 1 },
  random: { name: "by chance", color: "neg", shift: 1.05 },
  left: { name: "left to right", color: "pos", shift: 0.95 },
  blocks: { name: "four blocks, surest first", color: "river-deep", shift: 1.1 },
  twin: { name: "the causal twin", color: "ink2", shift: 1 },
  real: { name: "the real text", color: "ok", shift: 1 },
};

const ORDERS = ["confident", "random", "left", "blocks"];

/** @type {View<UnmaskQuality, any>} */
export function quality(data, ctx) {
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "sampled")} ${control(ctx, "each")} ${control(ctx, "most")} ${control(ctx, "numbers")}
      ${control(ctx, "draws")}
    </div>
    <p class="readout lead">${told(data)}</p>
    <div class="side-by-side">
      ${chart(data, "Loss of the written tokens", "nats a token, by the judge", ({ nats, low, high }) => [
        nats,
        low,
        high,
      ])}
      ${chart(data, "Different tokens", "share of the written tokens", (way) => [
        way.distinct,
        way.distinct_low,
        way.distinct_high,
      ])}
    </div>
    ${legend([
      ...ORDERS.map(
        (order) =>
          /** @type {[{ color: string, shape: "line" }, string]} */ ([
            { color: LOOKS[order].color, shape: "line" },
            LOOKS[order].name,
          ]),
      ),
      [{ color: LOOKS.twin.color, shape: "line", dash: true }, LOOKS.twin.name],
      [{ color: LOOKS.real.color, shape: "line", dash: true }, LOOKS.real.name],
    ])}
    <h3 class="sub3">What is written behind one prompt</h3>
    <p class="unmask-prompt"><bdi>${data.prompt}</bdi></p>
    ${table({
      label: "What is written behind one prompt, in each way",
      rows: data.ways,
      columns: [
        { name: "order", cell: ({ order }) => LOOKS[order].name },
        { name: "steps", number: true, cell: ({ steps }) => (steps ? whole(steps) : "–") },
        { name: "nats a token", number: true, cell: ({ nats }) => decimal(nats) },
        { name: "different", number: true, cell: ({ distinct }) => percent(distinct, 0) },
        { name: "text", className: "unmask-example", cell: ({ example }) => html`<bdi>${example}</bdi>` },
      ],
    })}
    <p class="hint">${data.texts} prompts of ${data.context} tokens, ${data.length} tokens written behind each; bars are
      intervals of 95 % over the prompts. The judge is six-kinds-dense, which reads left to right. A draw in this
        format is
      at most ${decimal(data.largest, 1)}: tokens further than that below the best cannot be drawn. A text that repeats
      itself is cheap: read both pictures together. The passes cost alike; a causal model needs as many as tokens, and
      keeps what it has computed, which a model that reads both ways cannot.</p>`;
}

/** @param {UnmaskQuality} data */
function told({ ways }) {
  const of = (/** @type {string} */ order) => ways.filter((way) => way.order === order);
  const [real] = of("real");
  const [twin] = of("twin");
  const sure = of("confident");
  const [first, last] = [sure[0], sure[sure.length - 1]];
  const said = (/** @type {UnmaskWay} */ way) => html`<b>${decimal(way.nats)}</b> nats a token
    (${decimal(way.low)} to ${decimal(way.high)})`;
  return html`The judge reads the real text at ${said(real)}, the causal twin’s at
    ${said(twin)}. ${first ? html`Surest first, written in ${steps(first)}: ${said(first)}. ` : ""}${
      last && last !== first ? html`In ${steps(last)}: ${said(last)}.` : ""
    }`;
}

/** @param {UnmaskWay} way */
const steps = ({ steps }) => (steps === 1 ? "one step" : `${steps} steps`);

/**
 * @param {UnmaskQuality} data
 * @param {string} title
 * @param {string} unit
 * @param {(way: UnmaskWay) => [number, number | null, number | null]} of
 */
function chart({ ways }, title, unit, of) {
  const orders = ORDERS.map((order) => ways.filter((way) => way.order === order));
  const levels = ways.filter(({ order }) => order === "real" || order === "twin");
  return html`<div><h3 class="sub3">${title}</h3>
    ${plot({
      label: `${title} by the number of steps, for each order`,
      height: HEIGHT,
      traces: orders
        .filter((some) => some.length)
        .map((some) => ({
          x: some.map((way) => way.steps * LOOKS[way.order].shift),
          y: some.map((way) => of(way)[0]),
          mode: "lines+markers",
          size: 6,
          color: LOOKS[some[0].order].color,
          name: LOOKS[some[0].order].name,
          legend: false,
          whiskers: { low: some.map((way) => Number(of(way)[1])), high: some.map((way) => Number(of(way)[2])) },
          hover: `%{y:.2f} ${LOOKS[some[0].order].name}<extra></extra>`,
        })),
      x: { title: "steps", type: "log", tickvals: [1, 2, 4, 8, 16, 32], range: [-0.08, Math.log10(40)] },
      y: { title: unit },
      marks: levels.map((way) => ({ y: of(way)[0], color: LOOKS[way.order].color, dash: "dash" })),
      margin: { r: 14, t: 12 },
    })}</div>`;
}

/** @param {UnmaskQuality} data @returns {Row[]} */
export const rows = ({ ways }) => ways.map((way) => ({ ...way }));
