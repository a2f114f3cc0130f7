// @ts-check
/**
 * Stages go down; a band is as wide as what reaches its stage, and what a stage takes leaves to the right.
 *
 * @import { DataPipelineFlow } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 * @import { PlacedNode } from "../../../kit/drawing/ribbons.js"
 * @import { Band } from "./bands.js"
 */
import { textWidth } from "../../../kit/drawing/measure.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { ribbons } from "../../../kit/drawing/ribbons.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { spoken } from "../../../kit/tooltip.js";
import { max } from "../../../vendor/d3.js";
import { range } from "../../../vendor/d3_first.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { bandsOf, chosenOf, unitOf } from "./bands.js";

const ROW = 46;
const THICK = 14;
const GAP = 14;
/** Below its own stage, not beside the next one. */
const BELOW = 6;
/** Beside a name, and right of the bands. */
const ROOM = { names: 18, said: 104 };
const WIDE = 640;
/** The font of a chosen stage’s name. */
const CHOSEN = '600 12.5px "Inter", sans-serif';
const WIDER = 26;
/** Nodes of a column: what goes on, what was removed, what was cut, and what left before; all columns have all. */
const KINDS = 4;
const [STAY, REMOVED, CUT] = range(KINDS);

/** @param {DataPipelineFlow} data @param {ViewContext<any, any>} ctx */
export function sankey(data, ctx) {
  const unit = unitOf(ctx);
  const bands = bandsOf(data, unit);
  const chosen = chosenOf(data, ctx);
  const extra = ctx.width >= WIDE ? WIDER : 0;
  const left = ROOM.names + extra + Number(max(bands, ({ name }) => textWidth(name, CHOSEN)));
  const laid = layout(bands, left, ctx.width - ROOM.said - extra);
  const end = bands.length;
  return picture({
    label: `${unit} through ${end} stages; arrow keys lead from stage to stage`,
    width: ctx.width,
    height: (end + 1) * ROW,
    className: "ribbons pipeline",
    marks: [
      items({
        data: bands,
        marks: (_, at) => stageMarks(bands, at, laid, left),
        hit: (_, at) => ({ y: [at * ROW, (at + 1) * ROW - 4] }),
        told: (band) => told(band, unit),
        press: ({ name }) => ctx.control("stage", name),
        chosen: (_, at) => at === chosen,
        key: ({ name }) => name,
      }),
      node(laid.node(end, STAY), "node"),
      named("kept", bands[end - 1].passed, end * ROW, left),
    ],
  });
}

/**
 * @param {Band[]} bands
 * @param {number} from
 * @param {number} to
 */
function layout(bands, from, to) {
  const all = bands[0].value;
  const columns = [...bands, { value: bands[bands.length - 1].passed, removed: 0, cut: 0 }];
  const nodes = columns.flatMap(({ value }, column) => {
    const before = bands[column - 1];
    const sizes = [value, before?.removed ?? 0, Math.max(0, before?.cut ?? 0)];
    const gone = Math.max(0, all - sizes.reduce((sum, size) => sum + size));
    return [...sizes, gone].map((size) => ({ column, value: size }));
  });
  const made = ribbons({
    nodes,
    flows: [],
    along: { from: 12, to: bands.length * ROW + 12 + THICK },
    across: { from, to },
    thick: THICK,
    gap: GAP,
    standing: true,
  });
  const node = (/** @type {number} */ column, /** @type {number} */ kind) => {
    const placed = made.nodes[column * KINDS + kind];
    return kind === STAY ? placed : { ...placed, y: placed.y - ROW + THICK + BELOW };
  };
  /** From its place on the stage to its place on the next. @param {number} at @param {number} kind */
  const ribbon = (at, kind) => {
    const start = node(at, STAY);
    const { passed, removed } = bands[at];
    const before = [0, passed, passed + removed][kind] * made.scale;
    const end = node(at + 1, kind);
    return band(start.x + before, end.x, Math.min(end.width, start.width), start.y + THICK, end.y);
  };
  return { node, ribbon };
}

/** A band of one width from above to below. @param {number} from @param {number} to @param {number} width
 * @param {number} top @param {number} bottom */
function band(from, to, width, top, bottom) {
  const middle = (top + bottom) / 2;
  const down = `M${from},${top}C${from},${middle} ${to},${middle} ${to},${bottom}`;
  return `${down}H${to + width}C${to + width},${middle} ${from + width},${middle} ${from + width},${top}Z`;
}

/**
 * @param {Band[]} bands
 * @param {number} at
 * @param {ReturnType<typeof layout>} laid
 * @param {number} left
 */
function stageMarks(bands, at, laid, left) {
  const { name, value, removed, cut } = bands[at];
  const taken = [
    { kind: REMOVED, size: removed },
    { kind: CUT, size: cut },
  ].filter(({ size }) => size > 0);
  const last = taken.length ? laid.node(at + 1, taken[taken.length - 1].kind) : null;
  return [
    svg`<path class="band" d=${laid.ribbon(at, STAY)} />`,
    taken.map(({ kind }) => [
      svg`<path class="band taken" d=${laid.ribbon(at, kind)} />`,
      node(laid.node(at + 1, kind), kind === CUT ? "node taken cut" : "node taken"),
    ]),
    node(laid.node(at, STAY), "node"),
    named(name, value, at * ROW, left),
    last
      ? svg`<text class="axis-text took" x=${last.x + last.width + 8} y=${last.y + THICK - 3}
          >${lost(removed + cut, value)}</text>`
      : nothing,
  ];
}

/** What a stage takes, in a line. @param {number} taken @param {number} value */
const lost = (taken, value) => `−${whole(taken)} · ${percent(taken / value, 0)}`;

/** @param {PlacedNode} placed @param {string} className */
const node = ({ x, y, width, height }, className) =>
  svg`<rect class=${className} x=${x} y=${y} width=${Math.max(1, width)} height=${height} rx="1" />`;

/** @param {string} name @param {number} value @param {number} top @param {number} left */
const named = (name, value, top, left) => svg`
  <text class="stage-name" x=${left - 12} y=${top + 19} text-anchor="end">${name}</text>
  <text class="axis-text" x=${left - 12} y=${top + 33} text-anchor="end">${whole(value)}</text>`;

/** @param {Band} band @param {string} unit */
function told({ name, value, removed, cut, passed }, unit) {
  /** @type {import("../../../kit/tooltip").Line[]} */
  const lines = [
    [`${unit} that reach it`, whole(value)],
    ["removed", `${whole(removed)} (${percent(value ? removed / value : 0)})`],
    ["passed on", whole(passed)],
  ];
  if (cut) lines.splice(2, 0, ["cut out of documents", whole(cut)]);
  const written = [name, whole(value), removed + Math.max(0, cut) > 0 && lost(removed + cut, value)];
  return { title: name, lines, name: spoken({ written, lines }) };
}
