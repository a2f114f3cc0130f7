// @ts-check
/**
 * Softmax beside products: what both units of a multiprocessor do, schedule by schedule. A simulation from throughputs.
 *
 * @import { Fp8Overlap } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { NAMES, timeline } from "./timeline.js";

/** Below so many pixels the table has short names. */
const NARROW = 480;
const TERA = 1e12;
const MICRO = 1e6;

/** @type {View<Fp8Overlap>} */
export function overlap(data, ctx) {
  return html`
    <div class="bar">
      <div class="go">
        ${control(ctx, "d_head")} ${control(ctx, "numbers")}
      </div>
      ${legend([
        ["quiet", "products of warpgroup 1"],
        ["solid", "products of warpgroup 2"],
        ["pale", "softmax (outlined)"],
      ])}
    </div>
    <p class="says">${found(data)}</p>
    ${timeline(data, ctx.width)}
    <div class="halves">
      <div>
        ${table({
          label: "Time of each schedule, and the share of it in which each unit works",
          columns: [
            { name: "schedule", cell: ({ name }) => NAMES[name] ?? name },
            { name: "time, µs", number: true, cell: ({ seconds }) => decimal(MICRO * seconds) },
            {
              name: ctx.width < NARROW ? "cores busy" : "tensor cores busy",
              number: true,
              cell: ({ tensor }) => percent(tensor),
            },
            {
              name: ctx.width < NARROW ? "exp busy" : "exponentials busy",
              number: true,
              cell: ({ exponential }) => percent(exponential),
            },
          ],
          rows: data.schedules,
        })}
      </div>
      <div>
        ${derivation([
          {
            name: "Product",
            formula:
              `2 · ${data.rows} · ${data.columns} · ${data.d_head} ÷ (${decimal(data.products / TERA, 1)} ` +
              `TFLOP/s ÷ ${data.multiprocessors})`,
            result: `${decimal(MICRO * data.product, 3)} µs`,
            note: "a tile has two: scores and output",
          },
          {
            name: "Softmax",
            formula:
              `${data.rows} · ${data.columns} ÷ ` +
              `(${decimal(data.exponentials / TERA, 1)} T/s ÷ ${data.multiprocessors})`,
            result: `${decimal(MICRO * data.softmax, 3)} µs`,
            note: `${percent(data.softmax / (2 * data.product))} of both products`,
          },
        ])}
      </div>
    </div>
    <p class="hint">This is a simulation: every task takes the time that the peak throughput gives, no task waits for
      memory, and a softmax counts its exponentials only. The dense throughput comes from the data sheet of
      ${data.device}; the throughput of exponentials comes from the FlashAttention-3 paper. The paper measured up to
      740 TFLOP/s in FP16, 75 % of the peak; FlashAttention-2 reached 35 %.</p>`;
}

/** @param {Fp8Overlap} data @returns {Row[]} */
export function rows(data) {
  return data.schedules.flatMap(({ name, tasks }) =>
    Array.from({ length: tasks.shape[0] }, (_, at) => {
      const [group, tile, kind, start, end] = tasks.a.subarray(5 * at, 5 * at + 5);
      return {
        schedule: name,
        warpgroup: group + 1,
        tile: tile + 1,
        task: ["scores", "softmax", "output"][kind],
        start_us: start,
        end_us: end,
      };
    }),
  );
}

/** @param {Fp8Overlap} data */
function found(data) {
  const [serial, ...others] = data.schedules;
  const best = others.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const share = data.softmax / (2 * data.product);
  const fastest = html`The best order takes <b>${decimal(best.seconds / serial.seconds)} times</b> as long as one
      task after the other.`;
  if (share > 0.9)
    return html`With these numbers a tile’s exponentials take ${percent(share)} of its products’ time, so halving the
      products’ time does not halve the whole time. ${fastest}`;
  return html`A tile’s exponentials take ${percent(share)} of its products’ time, so they fit beside the products.
    ${fastest}`;
}
