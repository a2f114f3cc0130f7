// @ts-check
/**
 * One head's attention on a ring of processes, step by step as they did it: who has which keys and values, what is
 * computed, what is handed on, and how long each took.
 *
 * @import { BesideWords, Row, View, ViewContext } from "../../../kit/view"
 * @import { RankTotals, RingRecording, RingSteps } from "../../../types/systems"
 *
 * @typedef {{ playing?: boolean }} Kept
 */

import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { memory, operations, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { honest } from "./honest.js";
import { lanes } from "./lanes.js";
import { ring } from "./ring.js";
import { positions, square } from "./square.js";
import { compared, totalRows, wayThere } from "./there.js";
import { chosenWay, layoutName, needed, sameWay } from "./ways.js";

/** @type {View<RingSteps, Kept>} */
export function steps(data, ctx) {
  const recording = data.recordings.find((each) => sameWay(each, chosenWay(ctx)));
  if (!recording) return absent(data, ctx);
  const step = Math.min(2 * recording.ranks - 1, Number(ctx.controls.step));
  const rank = Math.min(recording.ranks - 1, Number(ctx.controls.rank));
  const choose = (/** @type {number} */ to) => {
    ctx.keep({ playing: false });
    ctx.control("step", to);
  };
  const follow = (/** @type {number} */ to) => ctx.control("rank", to);
  const at = { recording, step, rank, follow, choose, width: halfWidth(ctx.width) };
  const its = wayThere(data, recording, ctx);
  return html`
    <div class="cluster controls">${ways(ctx)} ${stepper(recording, ctx, step)}</div>
    ${compared(data, recording, ctx)}
    <p class="readout" aria-live="polite">${said(recording, step)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Who has which keys and values <small>the marked ones belong to rank ${rank}; press another
            rank to mark its own</small></h3>
        ${ring(at)}
      </div>
      <div>
        <h3 class="sub3">Which tiles are computed <small>queries down, keys across; the number is the step</small></h3>
        ${square(at)}
        ${legend([
          [{ color: "prob" }, "at this step"],
          [{ color: "river-deep" }, "before"],
          [{ color: "river-deep", hollow: true }, "later"],
          [{ color: "ink3", hollow: true, dash: true }, "no query sees a key: skipped"],
        ])}
      </div>
    </div>
    <h3 class="sub3">What each rank did <small>ms, both passes; a click opens the step</small></h3>
    ${lanes({ ...at, width: ctx.width })}
    ${legend([
      [{ color: "river-deep" }, "computes"],
      [{ color: "ink", shape: "tick" }, "sends"],
      [{ color: "line2", shape: "line" }, "waits"],
      [{ color: "prob" }, "this step, computing"],
    ])}
    ${its ? legend([["dot", ctx.beside.name]]) : nothing} ${totals(recording, rank, follow, its, ctx.beside)}
    <p class="hint">${honest(data, recording)}</p>`;
}

/**
 * Every moment of every rank, in every way; beside another run the ranks' sums of both.
 * @param {RingSteps} data
 * @param {ViewContext<Kept, RingSteps>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const moments = data.recordings.flatMap(({ ranks, kind, causal, moments }) =>
    moments.flatMap((did, rank) =>
      did.map(({ does, phase, step, start, end, name, owner, bytes }) => ({
        ...{ ranks, layout: layoutName(kind), causal, rank, pass: phase, step: step + 1, does },
        ...{ what: name, of_rank: owner < 0 ? null : owner, bytes, from_ms: start, to_ms: end },
        ...(ctx.there ? { run: "this run" } : {}),
      })),
    ),
  );
  return [...moments, ...totalRows(data, ctx)];
}

/** @param {ViewContext} ctx */
const ways = (ctx) => ["ranks", "layout", "mask"].map((name) => control(ctx, name));

/**
 * @param {RingRecording} recording
 * @param {ViewContext<Kept>} ctx
 * @param {number} step
 */
function stepper({ ranks }, ctx, step) {
  const count = 2 * ranks;
  return html`
    <div class="cluster">
      ${player({ ctx, at: step, count, choose: (to) => ctx.control("step", to), label: "Step through both passes" })}
      ${control(ctx, "step", {
        as: "slider",
        most: count - 1,
        format: (at) => `${at < ranks ? "forward" : "backward"} ${(at % ranks) + 1} of ${ranks}`,
        live: true,
        before: () => ctx.keep({ playing: false }),
      })}
    </div>`;
}

/**
 * @param {RingRecording} recording
 * @param {number} at
 */
function said({ ranks, pairs, moments }, at) {
  const [phase, step] = [at < ranks ? "forward" : "backward", at % ranks];
  const idle = moments.flatMap((_, rank) =>
    pairs.some((pair) => pair.rank === rank && pair.step === step && pair.computed) ? [] : [rank],
  );
  const where = step
    ? `Each rank now has K, V of the rank ${step === 1 ? "" : `${step} places `}before it`
    : "Each rank has its own K, V";
  const sent = moments.flat().filter((each) => each.does === "send" && each.phase === phase && each.step === step);
  const handed = sent.length
    ? `The ranks send ${[...new Set(sent.map(({ name }) => name))].join(" and ")} to the next rank, ` +
      `${memory(sum(sent, ({ bytes }) => bytes))} in all`
    : "Nothing is sent: the round is over";
  const skip = idle.length
    ? `${idle.length === 1 ? `Rank ${idle[0]} has` : `Ranks ${idle.join(", ")} have`} nothing to compute, because ` +
      `all these keys come after ${idle.length === 1 ? "its" : "their"} queries. `
    : "";
  const home =
    phase === "backward" && step === ranks - 1 ? " Each rank then has the dK and dV of its own positions." : "";
  return html`<b>${phase === "forward" ? "Forward" : "Backward"}, step ${step + 1} of ${ranks}.</b> ${where}.
    ${skip}${handed}.${home}`;
}

/**
 * @param {RingSteps} data
 * @param {ViewContext<Kept>} ctx
 */
function absent(data, ctx) {
  const way = chosenWay(ctx);
  const least = needed(way);
  const how = `${way.ranks} ranks in the ${layoutName(way.kind)} layout`;
  const words =
    data.length < least
      ? `${how} need ${counted(least, "token")}, and this text has ${data.length}. Write a ` +
        "longer prompt, or choose fewer ranks."
      : `${how} have not run yet.`;
  return html`
    <div class="cluster controls">${ways(ctx)}</div>
    <p class="readout" aria-live="polite">${words}</p>`;
}

// Each rank in numbers, over both passes.

/**
 * @param {RingRecording} recording
 * @param {number} chosen
 * @param {(rank: number) => void} follow
 * @param {RingRecording | undefined} its the same way in the other run
 * @param {BesideWords} beside
 */
export function totals({ totals: all }, chosen, follow, its, beside) {
  const number = true;
  /** @param {string} name @param {(of: RankTotals) => string} cell @param {string} [title] */
  const column = (name, cell, title) => ({
    name,
    cell: (/** @type {RankTotals} */ of, /** @type {number} */ at) =>
      under(cell(of), beside, its && cell(its.totals[at])),
    number,
    title,
  });
  return table({
    label: "Each rank in both passes",
    columns: [
      { name: "Rank", cell: (/** @type {RankTotals} */ _, at) => `rank ${at}` },
      {
        name: "positions",
        cell: ({ chunks }, at) =>
          under(chunks.map(positions).join(", "), beside, its?.totals[at].chunks.map(positions).join(", ")),
      },
      column("tiles", ({ computed, skipped }) => `${computed} of ${computed + skipped}`, "computed in each pass"),
      column("operations", ({ flops }) => operations(flops), "floating-point operations, counted tile by tile"),
      column("sent", ({ sent }) => `${whole(sent)} bytes`, "counted where a tensor goes to isend"),
      column("sent, by formula", ({ formula }) => `${whole(formula)} bytes`),
      column("computing", ({ compute }) => timed(compute)),
      column("waiting", ({ wait }) => timed(wait)),
      column("sending", ({ send }) => timed(send)),
    ],
    rows: all,
    selected: (_, at) => at === chosen,
    select: (_, at) => follow(at),
    className: "keeps-names",
  });
}
