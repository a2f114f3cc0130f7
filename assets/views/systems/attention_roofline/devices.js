// @ts-check
/**
 * Each kernel under the roof of a named device, by formula and data sheet.
 *
 * @import { NamedDevice, NamedRoofs } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ kernel: string, flops: number, bytes: number, intensity: number, seconds: number | undefined }} Loaded
 */

import { roofline } from "../../../kit/chart/roofline.js";
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { figures, memory, operations, scaled } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { lookOf, nameOf, shapeSettings } from "./kernels.js";
import { holds, method, sources } from "./sources.js";

const TERA = 1e12;
const HEIGHT = 330;
const NARROW = 520;

/** @type {View<NamedRoofs>} */
export function devices(data, ctx) {
  const device = chosen(data, ctx);
  return html`
    <div class="bar">
      ${control(ctx, "device", { choices: data.devices.map(({ key, name }) => [key, name]), value: device.key })}
      ${control(ctx, "number")}
    </div>
    ${shapeSettings(ctx)}
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
  return data.devices.flatMap((device) =>
    inTable(data, device).map(({ kernel, flops, bytes, intensity, seconds }) => {
      const load = { flops, bytes, flops_a_byte: intensity };
      const roof = { peak_flops: device.peak, bandwidth: device.bandwidth, predicted_seconds: seconds ?? null };
      return { device: device.name, number, kernel, n, d, tile_rows, tile_columns, causal, ...load, ...roof };
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
function said({ kernels, shared, number, rows, columns }, device) {
  const { name, peak, bandwidth } = device;
  if (peak === null)
    return html`${name} has no matrix units for ${number === "fp8" ? "FP8" : number}. Choose other numbers.`;
  const ridge = peak / bandwidth;
  const of = (/** @type {string} */ wanted) => kernels.find(({ kernel }) => kernel === wanted)?.intensity ?? 0;
  const limit = (/** @type {number} */ intensity) => (intensity < ridge ? "memory" : "arithmetic");
  const say = (/** @type {number} */ intensity) => html`<b>${figures(intensity)}</b> (${limit(intensity)})`;
  const [standard, second, step] = [of("standard"), of("flash_2"), of("decoding")];
  const tiles = html`FlashAttention-2 in tiles of ${rows} × ${columns}`;
  const flash = holds(device)
    ? html`${tiles} has <b data-limit=${limit(shared.intensity)}>${figures(shared.intensity)}</b>
        (${limit(shared.intensity)}) as a GPU runs it: blocks of queries run side by side and find K and V in the L2
        cache. If each tile read K and V from memory, it would have ${say(second)}.`
    : html`${tiles} has ${say(second)}: its L2 cache does not hold the keys and values that run side by side.`;
  return html`<b>${name}</b> computes ${scaled(peak, "FLOP/s")} and reads ${scaled(bandwidth, "B/s")}. Below
    <b>${figures(ridge)} FLOPs a byte</b> memory sets the limit, above it arithmetic. ${flash} Standard attention has
    ${say(standard)}, a decoding step ${say(step)}.`;
}

/**
 * @param {NamedRoofs} data
 * @param {NamedDevice} device
 * @param {number} peak
 * @param {boolean} narrow
 */
function chart(data, device, peak, narrow) {
  const { name, bandwidth } = device;
  const reached = (/** @type {Loaded} */ { intensity }) => Math.min(peak, intensity * bandwidth) / TERA;
  return roofline({
    label: `Roofline of ${name}: what each attention kernel can reach`,
    height: HEIGHT,
    flops: peak,
    bandwidth,
    unit: TERA,
    narrow,
    traces: inTable(data, device).map((kernel) => ({
      x: [kernel.intensity],
      y: [reached(kernel)],
      mode: "markers",
      ...lookOf(kernel),
      size: 11,
      hollow: kernel.kernel !== "shared",
      hover: `${nameOf(kernel)}: ${figures(kernel.intensity)} FLOPs a byte, at most %{y:.3~r} TFLOP/s<extra></extra>`,
    })),
  });
}

/**
 * The kernels, FlashAttention-2 as a GPU runs it before its reading of each tile from memory.
 * @param {NamedRoofs} data
 * @param {NamedDevice} device
 * @returns {Loaded[]}
 */
function inTable({ kernels, shared }, device) {
  return kernels.flatMap(({ kernel, flops, read, written, intensity }, at) => {
    const own = { kernel, flops, bytes: read + written, intensity, seconds: device.seconds[at] };
    if (kernel !== "flash_2" || !holds(device)) return [own];
    return [{ ...own, ...shared, kernel: "shared", seconds: device.shared_seconds ?? undefined }, own];
  });
}

/**
 * @param {NamedRoofs} data
 * @param {NamedDevice} device
 * @param {boolean} narrow
 */
function loads(data, device, narrow) {
  const number = true;
  const { peak, bandwidth } = device;
  const bound = (/** @type {Loaded} */ { intensity }) =>
    peak === null ? "–" : intensity < peak / bandwidth ? "memory" : "arithmetic";
  const columns = [
    { name: "Kernel", className: "name", cell: nameOf },
    { name: "computes", number, wide: true, cell: (/** @type {Loaded} */ { flops }) => operations(flops) },
    { name: "moves", number, cell: (/** @type {Loaded} */ { bytes }) => memory(bytes) },
    { name: "FLOPs a byte", number, cell: (/** @type {Loaded} */ { intensity }) => figures(intensity) },
    { name: "at least", number, cell: (/** @type {Loaded} */ { seconds }) => short(seconds) },
    { name: "limit", wide: true, cell: bound },
  ];
  return table({
    label: "Work of each kernel on one head",
    columns: columns.filter(({ wide }) => !(wide && narrow)),
    rows: inTable(data, device),
    className: "loads",
  });
}

/** A time of any size. @param {number | undefined} seconds */
function short(seconds) {
  if (seconds === undefined) return "–";
  if (seconds < 1e-6) return `${figures(seconds * 1e9)} ns`;
  return seconds < 1e-3 ? `${figures(seconds * 1e6)} µs` : `${figures(seconds * 1e3)} ms`;
}
