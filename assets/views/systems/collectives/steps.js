// @ts-check
/**
 * A collective step by step: each rank's vector, and what travels.
 *
 * @import { CollectiveSteps, CollectiveWalk } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean }} Kept
 */
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const ROW = 58;
const LABEL = 62;
const SAYS = 210;
const MOST = 980;

/** @type {View<CollectiveSteps, Kept>} */
export function steps(data, ctx) {
  const walk = data.walks.find(({ algorithm }) => algorithm === ctx.controls.algorithm) ?? data.walks[0];
  const last = walk.states.length - 1;
  const step = Math.min(last, Number(ctx.controls.step));
  return html`
    <div class="cluster controls">
      ${control(ctx, "ranks")} ${control(ctx, "algorithm")}
      ${player({ ctx, at: step, count: last + 1, choose: (to) => ctx.control("step", to), label: "Step through" })}
      ${control(ctx, "step", {
        as: "slider",
        value: step,
        most: last,
        format: (to) => (to ? `${to} of ${last}` : "before the first"),
        live: true,
        before: () => ctx.keep({ playing: false }),
      })}
    </div>
    <p class="readout" aria-live="polite">${said(walk, step, data.ranks)}</p>
    ${vectors(walk, step, Math.min(MOST, ctx.width))}
    ${legend([
      [{ color: "prob" }, "sum of all ranks"],
      [{ color: "prob-soft" }, "of some ranks"],
      [{ color: "river" }, "of one rank"],
      [{ color: "sunken" }, "nothing yet"],
      [{ color: "ink", hollow: true }, "has just come"],
    ])}
    <h3 class="sub3">Bytes that each rank sent</h3>
    ${sent(walk)}
    <p class="hint">Number i of rank r begins as 10<sup>r</sup> (i + 1), so that each digit of a sum tells whose
      number is in it: 2 2 2 2 is the sum of all four. Real processes computed these vectors, each number 4
      bytes.</p>`;
}

/** Every vector after every step. @param {CollectiveSteps} data @returns {Row[]} */
export function rows({ walks }) {
  return walks.flatMap(({ algorithm, states }) =>
    states.flatMap((ranks, step) =>
      ranks.map((numbers, rank) => ({ collective: algorithm, step, rank, vector: numbers.join(" ") })),
    ),
  );
}

/** @param {CollectiveWalk} walk @param {number} step @param {number} ranks */
function said(walk, step, ranks) {
  const total = walk.states.length - 1;
  if (!step) return html`<b>Before the first step.</b> Each of ${counted(ranks, "rank")} has its own numbers.`;
  const moves = walk.moves[step - 1];
  const senders = moves.filter(({ to }) => to >= 0);
  const what = senders[0].piece < 0 ? "its whole vector" : "one piece";
  const does = moves.some(({ added, source }) => added && source >= 0) ? "adds" : "stores";
  const end = step === total ? " All have what they need." : "";
  return html`<b>Step ${step} of ${total}.</b> ${counted(senders.length, "rank")} ${
    senders.length === 1 ? "sends" : "send"
  }
    ${what}, ${whole(senders[0].sent)} bytes; who receives ${does} it.${end}`;
}

/** @param {CollectiveWalk} walk @param {number} step @param {number} width */
function vectors(walk, step, width) {
  const state = walk.states[step];
  const narrow = width < 620;
  const says = narrow ? 0 : SAYS;
  const cell = (width - LABEL - says) / state[0].length;
  const scale = narrow ? 1.25 : 1;
  return picture({
    label: `${walk.algorithm} after step ${step}: the vectors of ${state.length} ranks`,
    width,
    height: state.length * ROW * scale,
    marks: [
      items({
        data: state,
        told: (numbers, rank) => ({
          title: `Rank ${rank}`,
          lines: [
            ["vector", numbers.join(", ")],
            ["did", did(walk, step, rank)],
          ],
        }),
        marks: (numbers, rank) => {
          const y = rank * ROW * scale + 6;
          return [
            text({ x: 0, y: y + 22, text: `Rank ${rank}`, className: "h" }),
            numbers.map((number, piece) => {
              const come = arrived(walk, step, rank, piece, numbers.length);
              return [
                bar({
                  x: [LABEL + piece * cell + 2, LABEL + (piece + 1) * cell - 4],
                  y: [y, y + 34],
                  color: colour(number, state.length),
                  rx: 4,
                }),
                come &&
                  bar({
                    x: [LABEL + piece * cell + 2, LABEL + (piece + 1) * cell - 4],
                    y: [y, y + 34],
                    color: "none",
                    className: "come",
                    rx: 4,
                  }),
                text({
                  x: LABEL + (piece + 0.5) * cell - 1,
                  y: y + 22,
                  text: number || "·",
                  anchor: "middle",
                  className: colour(number, state.length) === "prob" ? "on-prob" : "ink",
                }),
              ];
            }),
            text({
              x: narrow ? LABEL : width - SAYS + 8,
              y: narrow ? y + 50 : y + 22,
              text: did(walk, step, rank),
              className: "dim",
            }),
          ];
        },
      }),
    ],
  });
}

/** How many ranks' digits are in it. @param {number} number @param {number} ranks */
function colour(number, ranks) {
  const ours = String(number)
    .split("")
    .filter((digit) => digit !== "0").length;
  return !number ? "sunken" : ours === ranks ? "prob" : ours > 1 ? "prob-soft" : "river";
}

/**
 * @param {CollectiveWalk} walk
 * @param {number} step @param {number} rank @param {number} piece @param {number} pieces
 */
function arrived(walk, step, rank, piece, pieces) {
  if (!step) return false;
  const move = walk.moves[step - 1][rank];
  return move.source >= 0 && (move.came < 0 || move.came % pieces === piece);
}

/** @param {CollectiveWalk} walk @param {number} step @param {number} rank */
function did(walk, step, rank) {
  if (!step) return "";
  const { to, piece, source, came, added } = walk.moves[step - 1][rank];
  const gave = to < 0 ? "" : `sent ${piece < 0 ? "all" : `piece ${piece}`} to ${to}`;
  const got = source < 0 ? "" : `${added ? "added" : "stored"} ${came < 0 ? "all" : `piece ${came}`} of ${source}`;
  return [gave, got].filter(Boolean).join(", ") || "waited";
}

/** @param {CollectiveWalk} walk */
function sent(walk) {
  return table({
    label: "Bytes that each rank sent",
    columns: [
      { name: "rank", cell: (/** @type {{ rank: number, sent: number, formula: number }} */ { rank }) => rank },
      { name: "counted", number: true, cell: (each) => whole(each.sent) },
      { name: "by formula", number: true, cell: ({ formula }) => whole(formula) },
    ],
    rows: walk.sent.map((each, rank) => ({ rank, sent: each, formula: walk.formula[rank] })),
  });
}
