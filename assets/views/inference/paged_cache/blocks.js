// @ts-check
/**
 * The story of five requests on one pool of blocks, action by action as the cache recorded it.
 *
 * @import { PagedStory, PoolFrame } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean }} Kept
 */
import { player, slider } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { blockSizes, bytesInUse } from "./bytes.js";
import { running } from "./frames.js";
import { picture } from "./picture.js";
import { told, WHO } from "./story.js";

/** @type {View<PagedStory, Kept>} */
export function blocks(data, ctx) {
  const at = chosenAction(data, ctx);
  const choose = (/** @type {number} */ to) => ctx.control("step", to);
  const stop = (/** @type {number} */ to) => {
    ctx.keep({ playing: false });
    choose(to);
  };
  const { head, more } = told(data, data.frames[at]);
  return html`
    <div class="bar">
      ${controls(data, ctx, { at, choose, stop })}
      ${legend([
        ["own", "in use"],
        ["shared", "shared"],
        ["now", "written or found now"],
        ["free", "free, can still be found"],
      ])}
    </div>
    ${compared(data, ctx)}
    <p class="readout story" aria-live="polite"><b>${head}</b>: ${more}.</p>
    <div class="figure">${picture(data, {
      at,
      choose: stop,
      width: ctx.width,
      blocks: ctx.run.model.L,
      who: WHO,
    })}</div>
    <p class="hint facts-line">${facts(data, data.frames[at])}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Bytes in use <small>MB, keys and values and tables</small></h3>
        ${bytesInUse(data, ctx.there, at, { choose: stop, beside: ctx.beside })}
      </div>
      <div>
        <h3 class="sub3">The same requests with other block sizes</h3>
        ${blockSizes(data, ctx.there, { choose: (size) => ctx.control("block", size), beside: ctx.beside })}
        ${ctx.there ? legend([["dot", ctx.beside.name]]) : nothing}
        <p class="hint">
          ${
            data.sizes.length
              ? "Slots and entries are those of the busiest action; found and copied tokens are totals."
              : "The sizes are counted at the end."
          }
          Small blocks waste less room and find more of a prompt. Large blocks keep tables short and reads contiguous.
        </p>
      </div>
    </div>`;
}

/**
 * Each action and what the pool holds after it.
 * @param {PagedStory} data
 * @param {ViewContext<Kept, PagedStory>} ctx
 * @returns {Row[]}
 */
export function rows(data, { there, beside }) {
  return data.frames.map((frame, at) => {
    const { head, more } = told(data, frame);
    const { used, empty, unshared, reserved } = frame;
    const tables = running(frame).map((name) => `${name}: ${frame.tables[name].join(" ")}`);
    const held = {
      requests: tables.length,
      tokens: sum(Object.values(frame.lengths)),
      blocks_used: used,
      slots_empty: empty,
    };
    const memory = { bytes: frame.bytes, bytes_without_sharing: unshared, bytes_reserved: reserved };
    const other = there ? { [`bytes_${beside.column}`]: there.frames[at]?.bytes ?? null } : {};
    return { action: at + 1, happens: head, because: more, ...held, ...memory, ...other, tables: tables.join("; ") };
  });
}

/** What the same requests take in the run beside this one, at its busiest. @param {PagedStory} data
 * @param {ViewContext<Kept, PagedStory>} ctx */
function compared({ frames }, { there, beside }) {
  if (!there) return nothing;
  const busiest = (/** @type {PoolFrame[]} */ all) => all.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const [here, other] = [busiest(frames), busiest(there.frames)];
  return html`<p class="readout basenote">${beside.start} the requests begin with ${counted(there.n_prompt, "token")} of
    ${memory(there.per_token)} each and take <b data-bytes=${other.bytes}>${memory(other.bytes)}</b> at the busiest
    action, ${percent(other.bytes / other.reserved)} of what would be reserved; here ${memory(here.bytes)},
    ${percent(here.bytes / here.reserved)}.</p>`;
}

/**
 * @param {PagedStory} data
 * @param {ViewContext} ctx
 */
function chosenAction({ frames }, ctx) {
  return Math.min(frames.length - 1, Number(ctx.controls.step));
}

/**
 * @param {PagedStory} data
 * @param {ViewContext<Kept>} ctx
 * @param {{ at: number, choose: (at: number) => void, stop: (at: number) => void }} actions
 */
function controls(data, ctx, { at, choose, stop }) {
  const count = data.frames.length;
  return html`
    <div class="controls">
      <div class="actions">
        ${player({ ctx, at, count, choose, label: "Step through the actions", noun: "action" })}
        ${slider({
          label: "Action",
          value: at,
          least: 0,
          most: count - 1,
          format: (value) => `${value + 1} of ${count}`,
          move: stop,
        })}
      </div>
      ${control(ctx, "block")}
    </div>`;
}

/**
 * @param {PagedStory} data
 * @param {PoolFrame} frame
 */
function facts({ block_size, most, cut, n_prompt }, frame) {
  const requests = running(frame).length;
  const begins = cut ? ` The requests read only the first ${n_prompt} tokens of the prompt.` : "";
  if (!requests) return `All blocks are free.${begins}`;
  const { used, empty, unshared, reserved } = frame;
  const tokens = counted(sum(Object.values(frame.lengths)), "token");
  const use =
    `${counted(used, "block")} hold ${counted(requests, "request")} of ${tokens} together: ` +
    `${used * block_size} slots, ${empty} of them empty.`;
  const share = reserved ? `: ${percent(frame.bytes / reserved)} of that.` : ".";
  const others =
    `without sharing ${memory(unshared)}, with room for ${most} tokens reserved for each request ` +
    `${memory(reserved)}${share}`;
  return `${use} ${memory(frame.bytes)}; ${others}${begins}`;
}
