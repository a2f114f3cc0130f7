// @ts-check
/**
 * Kernels under this machine's own roof: predicted, and measured where they run here.
 *
 * @import { HereKernel, HereRoof } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, whole } from "../../../kit/format.js";
import { figures, memory, scaled, timed } from "../../../kit/magnitude.js";
import { roofline } from "../../../kit/roofline.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";
import { KERNELS, nameOf, shapeSettings } from "./kernels.js";

const GIGA = 1e9;
const HEIGHT = 330;
const NARROW = 520;
const LONGEST = 4096;

/** @type {View<HereRoof>} */
export function here(data, ctx) {
  const set = (/** @type {string} */ name, /** @type {string | number} */ value) => {
    ctx.control(name, value);
    if (!ctx.measured()) ctx.measure();
  };
  return html`
    ${shapeSettings(data, LONGEST, ctx, set)}
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
export function rows({
  kernels,
  n,
  d,
  rows: tile_rows,
  columns: tile_columns,
  causal,
  heads,
  flops,
  bandwidth,
  threads,
}) {
  const shape = { heads, n, d, tile_rows, tile_columns, causal };
  const roof = { peak_flops: flops, bandwidth, threads };
  return kernels.map(({ kernel, intensity, least, bound, taken, read, written, ...load }) => ({
    kernel,
    ...shape,
    flops: load.flops,
    bytes: read + written,
    flops_a_byte: intensity,
    least_ms: least,
    bound,
    ms: taken?.ms ?? null,
    low_ms: taken?.low ?? null,
    high_ms: taken?.high ?? null,
    ...roof,
  }));
}

/** @param {HereRoof} data */
function said({ flops, bandwidth, ridge, caches, rounds, of_rounds, threads }) {
  const levels = caches.map(({ level, bytes, shared }) => `L${level} ${memory(bytes)}${shared ? ", shared" : ""}`);
  const told = levels.length
    ? `Caches, read from the system: ${levels.join("; ")}.`
    : "Caches: not readable on this system.";
  const far = rounds < of_rounds ? `So far ${rounds} of ${of_rounds} rounds. ` : "";
  return html`${far}This machine, ${counted(threads, "thread")}: <b>${scaled(flops, "FLOP/s")}</b> in a float32 matrix
    product, <b>${scaled(bandwidth, "B/s")}</b> from memory; from <b>${figures(ridge)} FLOPs a byte</b> on arithmetic
    decides.
    ${told}`;
}

/** @param {HereKernel} kernel */
const speed = ({ flops, taken }) => (taken ? flops / (taken.ms / 1000) / GIGA : 0);

/** @param {HereRoof} data @param {boolean} narrow */
function chart({ kernels, flops, bandwidth }, narrow) {
  const measured = kernels.filter(({ taken }) => taken);
  return roofline({
    label: "Roofline of this machine: the speed that each attention kernel reached",
    height: HEIGHT,
    flops,
    bandwidth,
    unit: GIGA,
    narrow,
    traces: measured.map((kernel) => ({
      x: [kernel.intensity],
      y: [speed(kernel)],
      mode: "markers",
      ...KERNELS[kernel.kernel],
      size: 10,
      hover: `${nameOf(kernel)}: ${figures(kernel.intensity)} FLOPs a byte, %{y:.3~r} GFLOP/s<extra></extra>`,
    })),
  });
}

/** @param {HereRoof} data @param {boolean} narrow */
function times({ kernels }, narrow) {
  const number = true;
  const columns = [
    { name: "Kernel", cell: nameOf },
    { name: "FLOPs a byte", number, wide: true, cell: (/** @type {HereKernel} */ { intensity }) => figures(intensity) },
    { name: "at least", number, cell: (/** @type {HereKernel} */ { least }) => timed(least) },
    {
      name: "measured",
      number,
      cell: (/** @type {HereKernel} */ { taken }) => (taken ? timed(taken.ms) : "no fast form"),
    },
    {
      name: "half of the rounds",
      number,
      wide: true,
      cell: (/** @type {HereKernel} */ { taken }) => (taken ? `${timed(taken.low)} to ${timed(taken.high)}` : "–"),
    },
    {
      name: "times",
      number,
      cell: (/** @type {HereKernel} */ { taken, least }) => (taken ? decimal(taken.ms / least, 1) : "–"),
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
  `Float32. The prediction lets every byte come from memory, in tiles of ${rows} × ${columns}; what lies in a cache ` +
  "comes faster, so a kernel may stand above the slope. It counts products and exponentials alike, and nothing of " +
  `what calls cost. Measured: medians of ${of_rounds} rounds by turns, standard attention as three torch products, ` +
  "FlashAttention-2 and its backward pass as ours, with tiles of its own choice, decoding as torch’s. " +
  "FlashAttention-1 has no fast form here.";
