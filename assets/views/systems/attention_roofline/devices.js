// @ts-check
/**
 * Each kernel under the roof of a named device, by formula and data sheet.
 *
 * @import { KernelLoad, NamedDevice, NamedRoofs } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { segmented } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { figures, memory, operations, scaled } from "../../../kit/magnitude.js";
import { roofline } from "../../../kit/roofline.js";
import { table } from "../../../kit/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { KERNELS, nameOf, shapeSettings } from "./kernels.js";
import { sources } from "./sources.js";

const TERA = 1e12;
const HEIGHT = 330;
const NARROW = 520;
const LONGEST = 65536;
const NUMBERS = /** @type {[string, string][]} */ ([
  ["bf16", "bf16"],
  ["fp8", "FP8"],
  ["fp32", "float32"],
]);

/** @type {View<NamedRoofs>} */
export function devices(data, ctx) {
  const device = chosen(data, ctx);
  return html`
    <div class="bar">
      ${segmented({
        label: "Device",
        choices: data.devices.map(({ key, name }) => /** @type {[string, string]} */ ([key, name])),
        chosen: device.key,
        choose: (key) => ctx.control("device", key),
      })}
      ${segmented({
        label: "Numbers",
        choices: NUMBERS,
        chosen: data.number,
        choose: (value) => ctx.control("number", value),
      })}
    </div>
    ${shapeSettings(data, LONGEST, ctx, (name, value) => ctx.control(name, value))}
    <p class="readout">${said(data, device)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Speed by intensity <small>TFLOP/s by FLOPs a byte, log scales; predicted</small></h3>
        ${device.peak === null ? nothing : chart(data, device, device.peak, ctx.width < NARROW)}
      </div>
      <div>
        <h3 class="sub3">One head <small>${whole(data.n)} tokens, d = ${data.d}</small></h3>
        ${loads(data, device, ctx.width < NARROW)}
        <p class="hint">${method(data, device)}</p>
      </div>
    </div>
    ${sources(device)}`;
}

/**
 * Each kernel on each device.
 * @param {NamedRoofs} data
 * @returns {Row[]}
 */
export function rows(data) {
  const { n, d, rows: tile_rows, columns: tile_columns, causal, number } = data;
  return data.devices.flatMap(({ name, peak, bandwidth, seconds }) =>
    data.kernels.map(({ kernel, flops, read, written, extra, intensity }, at) => {
      const load = { flops, read_bytes: read, written_bytes: written, extra_bytes: extra, flops_a_byte: intensity };
      const roof = { peak_flops: peak, bandwidth, predicted_seconds: seconds[at] ?? null };
      return { device: name, number, kernel, n, d, tile_rows, tile_columns, causal, ...load, ...roof };
    }),
  );
}

/**
 * @param {NamedRoofs} data
 * @param {ViewContext} ctx
 */
const chosen = ({ devices, usual }, ctx) =>
  devices.find(({ key }) => key === (ctx.controls.device ?? usual)) ?? devices[0];

/** @param {NamedRoofs} data @param {NamedDevice} device */
function said({ kernels, number }, device) {
  const { name, peak, bandwidth } = device;
  if (peak === null)
    return html`${name} has no matrix units for ${number === "fp8" ? "FP8" : number}. Choose other numbers.`;
  const ridge = peak / bandwidth;
  const of = (/** @type {string} */ wanted) => kernels.find(({ kernel }) => kernel === wanted)?.intensity ?? 0;
  const decides = (/** @type {number} */ intensity) => (intensity < ridge ? "memory" : "arithmetic");
  const [standard, second, step] = [of("standard"), of("flash_2"), of("decoding")];
  return html`<b>${name}</b>: ${scaled(peak, "FLOP/s")}, ${scaled(bandwidth, "B/s")}; from
    <b>${figures(ridge)} FLOPs a byte</b> on arithmetic decides. Standard attention has <b>${figures(standard)}</b>:
    ${decides(standard)}. FlashAttention-2 in these tiles <b>${figures(second)}</b>: ${decides(second)}. A decoding step
    <b>${figures(step)}</b>: ${decides(step)}.`;
}

/**
 * @param {NamedRoofs} data
 * @param {NamedDevice} device
 * @param {number} peak
 * @param {boolean} narrow
 */
function chart({ kernels }, { name, bandwidth }, peak, narrow) {
  const reached = (/** @type {KernelLoad} */ { intensity }) => Math.min(peak, intensity * bandwidth) / TERA;
  return roofline({
    label: `Roofline of ${name}: what each attention kernel can reach`,
    height: HEIGHT,
    flops: peak,
    bandwidth,
    unit: TERA,
    narrow,
    traces: kernels.map((kernel) => ({
      x: [kernel.intensity],
      y: [reached(kernel)],
      mode: "markers",
      ...KERNELS[kernel.kernel],
      size: 11,
      hollow: true,
      hover: `${nameOf(kernel)}: ${figures(kernel.intensity)} FLOPs a byte, at most %{y:.3~r} TFLOP/s<extra></extra>`,
    })),
  });
}

/**
 * @param {NamedRoofs} data
 * @param {NamedDevice} device
 * @param {boolean} narrow
 */
function loads({ kernels }, { peak, bandwidth, seconds }, narrow) {
  const number = true;
  const at = (/** @type {KernelLoad} */ kernel) => kernels.indexOf(kernel);
  const bound = (/** @type {KernelLoad} */ { intensity }) =>
    peak === null ? "–" : intensity < peak / bandwidth ? "memory" : "arithmetic";
  const columns = [
    { name: "Kernel", cell: nameOf },
    { name: "computes", number, wide: true, cell: (/** @type {KernelLoad} */ { flops }) => operations(flops) },
    { name: "moves", number, cell: (/** @type {KernelLoad} */ { read, written }) => memory(read + written) },
    { name: "FLOPs a byte", number, cell: (/** @type {KernelLoad} */ { intensity }) => figures(intensity) },
    { name: "at least", number, cell: (/** @type {KernelLoad} */ kernel) => short(seconds[at(kernel)]) },
    { name: "decided by", wide: true, cell: bound },
  ];
  return table({
    label: "Work of each kernel on one head",
    columns: columns.filter(({ wide }) => !(wide && narrow)),
    rows: [...kernels],
    className: "loads",
  });
}

/** A time of any size. @param {number | undefined} seconds */
function short(seconds) {
  if (seconds === undefined) return "–";
  if (seconds < 1e-6) return `${figures(seconds * 1e9)} ns`;
  return seconds < 1e-3 ? `${figures(seconds * 1e6)} µs` : `${figures(seconds * 1e3)} ms`;
}

/** @param {NamedRoofs} data @param {NamedDevice} device */
function method({ resident, rows, columns, counted_n, bytes_each }, { fast, processor, name }) {
  const fits = resident <= fast ? "and fits" : "and does not fit in shared memory alone, registers must hold a part";
  return (
    "“At least”: the larger of FLOPs at the peak and bytes at the bandwidth, for one of as many heads as fill the " +
    `device. FlashAttention-2 has about 2 R / e FLOPs a byte, R = ${rows} rows a tile, e = ${bytes_each} bytes a ` +
    "number. Blocks of queries that run side by side find K and V in the L2 cache: real kernels stand farther " +
    `right. A tile of ${rows} × ${columns} with its scores takes ${memory(resident)} ${fits}: one ${processor} of ` +
    `${name} has ${memory(fast)}. Exponentials run on other, slower units and are counted like products. The forms ` +
    `were held against counts at N = ${counted_n}.`
  );
}
