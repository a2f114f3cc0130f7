// @ts-check
/**
 * The cache, cell by cell: what the selected position writes and reads, and what a smaller cache has left of it.
 *
 * @import { CacheBlocks } from "../../../types/inference"
 * @import { Row, View } from "../../../kit/view"
 * @import { Context, Standing } from "./standing"
 * @import { Kept } from "./cells"
 */

import { segmented } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { maxIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { STATES } from "./cells.js";
import { map } from "./map.js";
import { standing, WHOLE } from "./standing.js";

/** @type {View<CacheBlocks, Kept>} */
export function blocks(data, ctx) {
  const cache = standing(data, ctx);
  return html`
    <div class="bar">
      ${policies(cache, ctx)}
      ${legend([
        ["stored", "stored"],
        ["read", "read, √weight"],
        ["now", "written now"],
        cache.coded > 0 && ["coded", "held as codes"],
        ["evicted", "evicted"],
      ])}
    </div>
    <p class="readout">${written(data, cache, ctx)}</p>
    ${baseNote(ctx, ctx.there, ctx.there ? changed(data, ctx.there, ctx) : "")}
    ${map(data, cache, ctx)}
    <p class="hint mono bytes-formula">${formula(data)}</p>`;
}

/**
 * Every key and value: whether it is held, and how much of it is read.
 * @param {CacheBlocks} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const cache = standing(data, ctx);
  /** @type {Row[]} */
  const all = [];
  for (let position = 0; position < cache.written; position++) {
    for (let block = 0; block < cache.blocks; block++) {
      for (let kv_head = 0; kv_head < cache.heads; kv_head++) {
        const { state, read, there } = cache.cell(block, kv_head, position);
        const where = { position, token: tokenText(ctx.run.ids[position]), block, kv_head };
        all.push({
          ...where,
          policy: cache.policy?.name ?? "full",
          state: STATES[state],
          read,
          [ctx.beside.column]: there,
        });
      }
    }
  }
  return all;
}

/**
 * @param {Standing} cache
 * @param {Context} ctx
 */
function policies({ measured, policy }, ctx) {
  const known = measured?.policies ?? [{ name: "full", label: "Full" }];
  return html`
    <div class="policies">
      ${segmented({
        label: "Policy",
        choices: known.map(({ name, label }) => [name, label]),
        chosen: policy?.name ?? "full",
        choose: (name) => ctx.control("policy", name),
      })}
      ${measured ? nothing : html`<span class="hint">Other policies appear once they are measured below.</span>`}
    </div>`;
}

/**
 * @param {CacheBlocks} data
 * @param {Standing} cache
 * @param {Context} ctx
 */
function written(data, { here, bytesAfter, policy, step, measured }, ctx) {
  const held = bytesAfter(here);
  const all = data.bytes[here];
  const share = held < all ? html` of ${whole(all)} bytes, <b>${percent(held / all)}</b>` : " bytes";
  const waits = measured && policy && step < 0 ? unheld(here, measured.start) : ".";
  return html`Position <b>${here}</b> writes ${token(ctx.run.ids[here], { className: "mono tokword now" })},
    ${whole(data.bytes[0])} bytes in full precision. The cache now holds <b>${whole(held)}</b>${share}${waits}`;
}

/**
 * Why a policy has done nothing yet at a position.
 * @param {number} here
 * @param {number} start
 */
function unheld(here, start) {
  if (here < start - 1) return `. The prompt is read at once: policies act from position ${start - 1} on.`;
  return ". This step is still being measured.";
}

/**
 * Where both runs read the cache most differently.
 * @param {CacheBlocks} data
 * @param {CacheBlocks} there
 * @param {Context} ctx
 */
function changed({ read, n_kv_heads }, { read: other }, ctx) {
  const most = maxIndex(read.a, (weight, cell) => Math.abs(weight - other.a[cell]));
  const keys = read.shape[2];
  const [row, at] = [Math.floor(most / keys), most % keys];
  const weight = (/** @type {ArrayLike<number>} */ of) => decimal(of[most] / WHOLE, 2);
  return html`${ctx.beside.The} holds as many bytes. The largest change of what is read is at
    <b>block ${Math.floor(row / n_kv_heads)}, kv head ${row % n_kv_heads}</b>, ${token(ctx.run.ids[at])} at position
    ${at}: <span data-read=${other.a[most]}>≈ ${weight(other.a)}</span>, ${ctx.beside.now} <b>≈ ${weight(read.a)}</b>.`;
}

/** @param {CacheBlocks} data */
function formula({ position, formula, n_layers, n_heads, n_kv_heads, d_head }) {
  const tokens = position + 1;
  const bytes = formula[position];
  const counted = `2 · L ${n_layers} · H_kv ${n_kv_heads} · d ${d_head} · T ${tokens} · 4 bytes + T · 8`;
  const said = `full: ${counted} = ${whole(bytes)} bytes`;
  if (n_heads <= n_kv_heads) return said;
  const positions = 8 * tokens;
  const ungrouped = ((bytes - positions) * n_heads) / n_kv_heads + positions;
  return `${said}; with ${n_heads} kv heads instead of ${n_kv_heads}: ${whole(ungrouped)} bytes`;
}
