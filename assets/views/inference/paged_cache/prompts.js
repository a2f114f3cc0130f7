// @ts-check
/**
 * A visitor's prompts on one pool: what was found by block hash, what was evicted before it could be, and the pool
 * itself.
 *
 * @import { PoolFrame, ServedPrompt, SharedPrompts } from "../../../types/inference"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean } & Drafts} Kept
 */
import { player, slider } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { asked } from "./asked.js";
import { eventsOf } from "./frames.js";
import { curve } from "./hit_rate.js";
import { picture } from "./picture.js";
import { ends, writes } from "./story.js";

/** @type {View<SharedPrompts, Kept>} */
export function prompts(data, ctx) {
  if (!data.prompts.length)
    return html`${asked(data, ctx)}<p class="readout">Type prompts: each line is a request.</p>`;
  return html`
    ${asked(data, ctx)}
    <div class="bar">
      <p class="readout">${rate(data)}</p>
      ${legend([
        ["hit", "found in a block"],
        ["evicted", "evicted, computed again"],
        ["computed", "computed"],
        ["written", "answer"],
      ])}
    </div>
    <div class="served">${data.prompts.map((each) => served(each))}</div>
    ${data.frames.length ? poolOf(data, ctx) : nothing}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Hit rate by the size of the pool <small>same prompts and answers</small></h3>
        ${data.finds.length ? curve(data, ctx) : nothing}
      </div>
      <p class="hint">${why(data)}</p>
    </div>`;
}

/**
 * One line a prompt.
 * @param {SharedPrompts} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.prompts.map(({ name, ids, answer, found, ever, preempted }) => ({
    request: name,
    prompt: ids.map((id) => tokenText(id)).join(""),
    tokens: ids.length,
    tokens_found: found,
    tokens_found_without_eviction: ever,
    hit_rate: found === null ? null : found / ids.length,
    preempted,
    answer: answer ? answer.map((id) => tokenText(id)).join("") : null,
  }));
}

/** @param {SharedPrompts} data */
function rate({ prompts, block_size, evicted, preempted }) {
  const come = prompts.filter(({ found }) => found !== null);
  const all = sum(come, ({ ids }) => ids.length);
  const whole = sum(come, ({ ids }) => Math.floor(ids.length / block_size));
  const found = sum(come, ({ found }) => found ?? 0);
  const ever = sum(come, ({ ever }) => ever ?? 0);
  const lost = ever > found ? `. Evictions lost another ${counted(ever - found, "token")}` : "";
  const again = preempted
    ? ` ${counted(preempted, "preemption")}: a request gave up its blocks, and its prompt was read again.`
    : "";
  return html`Prefix hit rate <b>${percent(all ? found / all : 0)}</b>: ${found} of ${all} prompt tokens,
    ${found / block_size} of ${counted(whole, "full block")}${lost}.
    ${counted(evicted, "eviction")}.${again}`;
}

/** @param {ServedPrompt} prompt */
function served({ name, ids, cut, answer, found, ever, preempted }) {
  const look = (/** @type {number} */ at) => (at < (found ?? 0) ? "hit" : at < (ever ?? 0) ? "evicted" : "");
  const waits = found === null ? "waits" : found ? `${found} of ${ids.length} found` : "none found";
  const tokens = ids.map((id, at) => token(id, { className: `mono tok ${look(at)}` }));
  return html`
    <b>${name}</b>
    <span class="line">
      ${tokens}${cut ? html`<span class="muted">…</span>` : nothing}
      ${(answer ?? []).map((id) => token(id, { className: "mono tok written" }))}
    </span>
    <span class="count">${waits}${preempted ? ", preempted" : ""}</span>`;
}

/**
 * @param {SharedPrompts} data
 * @param {ViewContext<Kept>} ctx
 */
function poolOf(data, ctx) {
  const at = chosenAction(data, ctx);
  const choose = (/** @type {number} */ to) => ctx.control("action", to);
  const stop = (/** @type {number} */ to) => {
    ctx.keep({ playing: false });
    choose(to);
  };
  const count = data.frames.length;
  const { head, more } = told(data, data.frames[at]);
  return html`
    <div class="bar">
      <div class="controls">
        <div class="actions">
          ${player({ ctx, at, count, choose, label: "Step through the actions", noun: "action" })}
          ${slider({
            label: "Action",
            value: at,
            least: 0,
            most: count - 1,
            format: (to) => `${to + 1} of ${count}`,
            move: stop,
          })}
        </div>
      </div>
      ${legend([
        ["own", "in use"],
        ["shared", "shared"],
        ["now", "written or found now"],
        ["free", "free, can still be found"],
      ])}
    </div>
    <p class="readout story" aria-live="polite"><b>${head}</b>: ${more}.</p>
    <div class="figure">
      ${picture(data, { at, choose: stop, width: ctx.width, blocks: ctx.run.model.L, who: {} })}
    </div>`;
}

/**
 * The chosen action; the first eviction, or the last action, where none is chosen.
 * @param {SharedPrompts} data
 * @param {ViewContext<Kept>} ctx
 */
function chosenAction({ frames }, ctx) {
  const first = frames.findIndex((frame) => eventsOf(frame, "evict").length > 0);
  return Math.min(frames.length - 1, Number(ctx.controls.action ?? (first < 0 ? frames.length - 1 : first)));
}

/**
 * One action in words.
 * @param {SharedPrompts} data
 * @param {PoolFrame} frame
 */
function told(data, frame) {
  if (frame.kind === "release") return ends(frame);
  if (frame.kind === "step") return writes(frame);
  const [name] = frame.names;
  if (frame.kind === "preempt")
    return {
      head: `${name} is preempted`,
      more: "the others get its blocks; it waits, and its prompt will be read again",
    };
  const tokens = counted(frame.feed[name].length, "token");
  const hits = counted(frame.held / data.block_size, "full block is", "full blocks are");
  return {
    head: `${name} is admitted with ${tokens}`,
    more: frame.held
      ? `${hits} found by hash, so ${counted(frame.held, "token")} are not computed again`
      : "no block is found",
  };
}

/** @param {SharedPrompts} data */
function why({ block_size, at_once }) {
  const together =
    at_once > 1 ? " Requests admitted in one pass cannot find each other’s blocks: none is computed yet." : "";
  return (
    `The cache finds only whole blocks of ${block_size} tokens from the beginning on, and never the last token, ` +
    "because its logits are needed. A block is not evicted while a request references it; the free block that was " +
    `unused for longest is evicted first (LRU).${together} A larger pool admits requests sooner, so its hit rate ` +
    "does not rise with every block."
  );
}
