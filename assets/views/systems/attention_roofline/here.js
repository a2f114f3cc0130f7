// @ts-check
/**
 * Kernels under this machine's own roof: predicted, and measured where they run here.
 *
 * @import { HereKernel, HereRoof } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */

import { roofline } from "../../../kit/chart/roofline.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { machineLimits, machineSource, roofOf } from "../../../kit/numbers/machine.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { lookOf, nameOf, shapeSettings } from "./kernels.js";

const GIGA = 1e9;
const HEIGHT = 330;
const NARROW = 520;

/** @type {View<HereRoof>} */
export function here(data, ctx) {
  return html`
    ${shapeSettings(ctx, data.longest)}
    <p class="readout">${said(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Speed by intensity <small>GFLOP/s by FLOPs a byte, log scales; measured</small></h3>
        ${chart(data, ctx.width < NARROW)}
      </div>
      <div>
        <h3 class="sub3">Predicted and measured <small>${data.heads} heads of ${whole(data.n)} tokens, d =
            ${data.d}</small></h3>
        ${times(data, ctx.width < NARROW)}
        <p class="hint">${method(data)}</p>
      </div>
    </div>`;
}

/**
 * Each kernel.
 * @param {HereRoof} data
 * @returns {Row[]}
 */
export function rows({ kernels, n, d, rows: tile_rows, columns: tile_columns, causal, heads, machine }) {
  const shape = { heads, n, d, tile_rows, tile_columns, causal };
  const { flops, bandwidth } = roofOf(machine);
  const roof = { peak_flops: flops, bandwidth, threads: machine.threads, load: machine.load };
  return kernels.map(({ kernel, intensity, least, bound, decides, taken, read, written, ...load }) => ({
    kernel,
    ...shape,
    flops: load.flops,
    bytes: read + written,
    flops_a_byte: intensity,
    least_ms: least,
    lower_roof: bound,
    decides,
    ms: taken?.ms ?? null,
    low_ms: taken?.low ?? null,
    high_ms: taken?.high ?? null,
    ...roof,
  }));
}

/** @param {HereRoof} data */
function said({ kernels, machine, caches, rounds, of_rounds }) {
  const far = rounds < of_rounds ? `So far ${rounds} of ${of_rounds} rounds. ` : "";
  const levels = caches.map(({ level, bytes, shared }) => `L${level} ${memory(bytes)}${shared ? ", shared" : ""}`);
  const told = levels.length ? `Caches, as the system reports them: ${levels.join("; ")}.` : "";
  return html`${far}${verdicts([...kernels])} ${machineLimits(machine)} ${told} ${machineSource(machine)}`;
}

/**
 * What decides of each time that was measured.
 * @param {HereKernel[]} kernels
 */
function verdicts(kernels) {
  const timed = kernels.filter(({ taken }) => taken);
  const of = (/** @type {string} */ limit) => timed.filter(({ decides }) => decides === limit).map(nameOf);
  const all = /** @type {[string, string[]][]} */ ([
    ["Memory explains at least half of the time of", of("memory")],
    ["Arithmetic explains at least half of the time of", of("arithmetic")],
    ["Neither limit explains half of the time of", of("neither")],
  ]);
  return all
    .filter(([, names]) => names.length)
    .map(([said, names]) => html`${said} <b data-decides=${said.split(" ")[0].toLowerCase()}>${listed(names)}</b>. `);
}

/** @param {string[]} names */
const listed = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;

/** @param {HereKernel} kernel */
const speed = ({ flops, taken }) => (taken ? flops / (taken.ms / 1000) / GIGA : 0);

/** @param {HereRoof} data @param {boolean} narrow */
function chart({ kernels, machine }, narrow) {
  const measured = kernels.filter(({ taken }) => taken);
  return roofline({
    label: "Roofline of this machine: the speed that each attention kernel reached",
    height: HEIGHT,
    ...roofOf(machine),
    unit: GIGA,
    narrow,
    traces: measured.map((kernel) => ({
      x: [kernel.intensity],
      y: [speed(kernel)],
      mode: "markers",
      ...lookOf(kernel),
      size: 10,
      hover: `${nameOf(kernel)}: ${figures(kernel.intensity)} FLOPs a byte, %{y:.3~r} GFLOP/s<extra></extra>`,
    })),
  });
}

/** @param {HereRoof} data @param {boolean} narrow */
function times({ kernels }, narrow) {
  const number = true;
  const columns = [
    { name: "Kernel", className: "name", cell: nameOf },
    { name: "FLOPs a byte", number, wide: true, cell: (/** @type {HereKernel} */ { intensity }) => figures(intensity) },
    { name: "at least", number, cell: (/** @type {HereKernel} */ { least }) => timed(least) },
    {
      name: "measured",
      number,
      cell: (/** @type {HereKernel} */ { taken }) =>
        taken ? html`${timed(taken.ms)}<small>${timed(taken.low)} to ${timed(taken.high)}</small>` : "not timed",
    },
    {
      name: "of the roof",
      title: "the least time that the roof allows, as a share of the measured time",
      number,
      cell: (/** @type {HereKernel} */ { taken, least }) => (taken ? percent(least / taken.ms, 0) : "–"),
    },
    {
      name: "limit",
      title: "the limit that explains at least half of the measured time",
      wide: true,
      cell: (/** @type {HereKernel} */ { decides }) => decides ?? "–",
    },
  ];
  return table({
    label: "Predicted and measured time of each kernel",
    columns: columns.filter(({ wide }) => !(wide && narrow)),
    rows: [...kernels],
    className: "loads",
  });
}

/** @param {HereRoof} data */
const method = ({ rows, columns, of_rounds }) =>
  `“At least” is the larger of the FLOPs at the peak and the bytes at memory’s speed, in tiles of ${rows} × ` +
  `${columns}. ` +
  "It assumes that every byte comes from memory: what lies in a cache comes faster, so a kernel can pass 100 %. It " +
  "counts an exponential like a product, and it leaves out the cost of a call and what else the machine does: these " +
  `can take the rest of the time. Measured: medians and middle halves of ${of_rounds} rounds in turns, float32. ` +
  "Standard attention runs as three torch products, FlashAttention-2 and its backward pass run as the explorer’s own " +
  "kernel with tiles that it chooses, decoding runs as torch’s. FlashAttention-1 has no fast kernel here.";
