// @ts-check
/**
 * Whether heads that share a key-value head read alike: what each reads here, how far apart they lie, block by block.
 *
 * @import { GroupedLikeness } from "../../../types/transformer"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Kept } from "./reads.js"
 */

import { plot } from "../../../kit/chart/plot.js";
import { counted, decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { mean, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { divergences } from "./divergences.js";
import { groupOf, reads } from "./reads.js";

const TWO = { from: 700, gap: 40, left: 0.53 };

/**
 * @param {GroupedLikeness} data
 * @param {ViewContext<Kept, GroupedLikeness>} ctx
 */
export function groups(data, ctx) {
  const there = comparable(ctx);
  const two = ctx.width >= TWO.from;
  const left = two ? Math.floor((ctx.width - TWO.gap) * TWO.left) : ctx.width;
  const right = two ? ctx.width - TWO.gap - left : ctx.width;
  return html`
    <p class="readout lead">${said(data)}</p>
    ${baseNote(ctx, ctx.there, there ? before(data, there, ctx) : otherText(ctx))}
    <div class="side-by-side" style=${two ? `--sides: ${left}px minmax(0, 1fr)` : nothing}>
      <div>
        <h3 class="sub3">What each head reads at ${token(ctx.run.ids[data.position])}, block ${data.layer}</h3>
        <p class="legend"><span>0<i class="ramp weights"></i>1, ink = √weight</span></p>
        ${reads(data, ctx, left)}
      </div>
      <div>
        <h3 class="sub3">Divergence between heads, bits</h3>
        <p class="legend">mean over ${counted(data.queries, "query", "queries")}; a frame is one group</p>
        ${divergences(data, ctx, right)}
      </div>
    </div>
    <h3 class="sub3">Mean divergence by block, bits</h3>
    ${byBlock(data, there, ctx)}`;
}

/**
 * The divergence of every two heads of the block, and what each head reads.
 * @param {GroupedLikeness} data
 * @param {ViewContext<Kept, GroupedLikeness>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const there = comparable(ctx);
  const size = data.n_heads;
  const keys = data.rows.shape[1];
  const pairs = range(size * size).map((at) => ({ head: Math.floor(at / size), other: at % size }));
  return [
    ...pairs
      .filter(({ head, other }) => head < other)
      .map(({ head, other }) => ({
        head: headName(data.layer, head),
        other: headName(data.layer, other),
        same_group: groupOf(data, head) === groupOf(data, other),
        divergence_bits: data.divergence.a[(data.layer * size + head) * size + other],
      })),
    ...range(size * keys).map((at) => ({
      head: headName(data.layer, Math.floor(at / keys)),
      key: tokenText(ctx.run.ids[at % keys]),
      key_position: at % keys,
      weight: data.rows.a[at] / 255,
    })),
    ...Array.from(data.within.a, (within, layer) => ({
      block: layer,
      within,
      between: data.between?.a[layer],
      [`within_${ctx.beside.column}`]: there?.within.a[layer],
    })),
  ];
}

/** The other run's, where its text is as long: means over more tokens, or fewer, compare nothing.
 * @param {ViewContext<Kept, GroupedLikeness>} ctx */
const comparable = ({ there, other, shared, run }) =>
  there && other?.ids?.length === shared && run.ids.length === shared ? there : null;

/** @param {{ a: ArrayLike<number> }} numbers */
const average = ({ a }) => decimal(mean(Array.from(a)) ?? Number.NaN, 3);

/**
 * @param {GroupedLikeness} data
 * @returns {Content}
 */
function said({ layer, within, between, draws, as_alike }) {
  const here = html`In block ${layer}, heads that share a key-value head differ by <b>${decimal(within.a[layer], 3)}
    bits</b>`;
  if (!between) return html`${here}. There is only one group, so there are no other pairs to compare with.`;
  return html`${here}; heads of different groups differ by <b>${decimal(between.a[layer], 3)} bits</b>. Over all blocks
    it is ${average(within)} and ${average(between)} bits. Of ${whole(draws)} random groupings,
    <b>${as_alike ? percent(as_alike) : "none"}</b> ${as_alike ? "have" : "has"} heads as similar as the real one
    (one-sided).`;
}

/** @param {ViewContext<Kept>} ctx */
const otherText = ({ beside }) =>
  `${beside.The} has another number of tokens, so its means are not compared with these.`;

/**
 * @param {GroupedLikeness} data
 * @param {GroupedLikeness} there
 * @param {ViewContext<Kept>} ctx
 */
function before({ layer }, { within, between }, { beside }) {
  const here = between ? html` and by <b>${decimal(between.a[layer], 3)}</b> between groups` : nothing;
  return html`${beside.start}, heads of this block differ by
    <b data-before=${within.a[layer]}>${decimal(within.a[layer], 3)}</b> bits within groups${here}; over all blocks by
    ${average(within)}${between ? ` and ${average(between)}` : nothing}.`;
}

/**
 * @param {GroupedLikeness} data
 * @param {GroupedLikeness | null} there
 * @param {ViewContext<Kept>} ctx
 */
function byBlock({ layer, within, between }, there, ctx) {
  const same = `same, ${ctx.beside.short}`;
  const x = range(within.a.length);
  const hover = (/** @type {string} */ name) => `block %{x}: %{y:.3f} bits<extra>${name}</extra>`;
  const points = { x, mode: "lines+markers", size: 5 };
  return plot({
    label: "Mean divergence within and between groups, by block; arrow keys walk the blocks",
    height: 240,
    traces: [
      { ...points, y: within, name: "same key-value head", color: "ink", hover: hover("same") },
      ...(between
        ? [
            {
              ...points,
              y: between,
              name: "different key-value heads",
              color: "river-deep",
              dash: "dot",
              hover: hover("different"),
            },
          ]
        : []),
      ...(there
        ? [
            {
              x,
              y: there.within,
              name: same,
              color: "ink2",
              dash: "dash",
              width: 1.25,
              hover: hover(same),
            },
          ]
        : []),
      { x: [layer], y: [within.a[layer]], mode: "markers", color: "prob", size: 10, legend: false, hover: hover("") },
    ],
    x: { title: "block" },
    y: { rangemode: "tozero" },
    margin: { t: 34 },
    onClick: (at) => at && ctx.select({ layer: Math.round(Number(at.x ?? at.index)) }),
  });
}
