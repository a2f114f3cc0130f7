// @ts-check
/**
 * LayerNorm against RMSNorm on the same rows: how far the two lie apart at every norm and token, and one row both ways.
 *
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { NormsMean } from "../../../types/transformer"
 * @import { Opened } from "./row_stripes"
 */

import { stripes } from "../../../kit/cells/stripes.js";
import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { distanceMap } from "./distance_map.js";
import { chosenPlace, largest, PLACES, size, where } from "./places.js";
import { COLOURS, stripe } from "./row_stripes.js";

const HEIGHT = 330;

/** @type {View<NormsMean, Opened>} */
export function mean(data, ctx) {
  const [own, other] = data.kind === "rms" ? ["RMSNorm", "LayerNorm"] : ["LayerNorm", "RMSNorm"];
  const at = chosenRow(data, ctx);
  const here = html`${token(ctx.run.ids[data.position])}`;
  const said = html`This model uses ${own}. At ${here} (${data.position}), ${spot(data, at)}, the mean makes up <b
    >${small(row(data.share, at)[data.position])}</b> of the row’s sum of squares. ${other} would move the row by <b
    >${percent(distance(data, at))}</b> of its length.`;
  const { there } = ctx;
  const before =
    there && html`${ctx.beside.start}, the two norms differ by <b>${percent(distance(there, at))}</b> here.`;
  const map = { most: max(data.difference.a) ?? 0, width: halfWidth(ctx.width) };
  return html`
    <div class="norms">
      <p class="readout said">${said}</p>
      ${baseNote(ctx, there, before)}
      <div class="side-by-side">
        <div>
          <h3 class="sub3">
            Distance at each norm and token
            <span class="scale">0 <i class="ramp ink"></i> ${percent(map.most)}</span>
          </h3>
          ${distanceMap({
            data,
            ctx,
            at,
            ...map,
            spot: (line) => spot(data, line),
            go: (line, position) => go(data, ctx, line, position),
          })}
        </div>
        <div>
          <h3 class="sub3">At ${here}, each norm</h3>
          ${byNorm(data, ctx, at)}
        </div>
      </div>
      <h3 class="sub3 next">The same row both ways, ${spot(data, at)}</h3>
      ${bothWays(data, ctx)}
    </div>`;
}

/**
 * @param {NormsMean} data
 * @param {ViewContext<any, NormsMean>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { there } = ctx;
  return lines(data).flatMap((at) =>
    Array.from(row(data.difference, at), (difference, position) => ({
      norm: spot(data, at),
      position,
      token: tokenText(ctx.run.ids[position]),
      difference,
      share: row(data.share, at)[position],
      [ctx.beside.column]: there && position < ctx.shared ? row(there.difference, at)[position] : null,
    })),
  );
}

/** The lines of the map: two norms a block, and the last one. @param {NormsMean} data */
const lines = (data) => Array.from({ length: data.difference.shape[0] }, (_, at) => at);

/** @param {NormsMean} data @param {number} at */
const distance = (data, at) => row(data.difference, at)[data.position];

/** @param {NormsMean} data @param {number} at */
const isLast = (data, at) => at === data.difference.shape[0] - 1;

/** @param {NormsMean} data @param {number} at */
const placeAt = (data, at) => (isLast(data, at) ? "ln_final" : at % 2 ? "ln2" : "ln1");

/** @param {NormsMean} data @param {number} at */
const spot = (data, at) => where(placeAt(data, at), Math.floor(at / 2));

/**
 * @param {NormsMean} data
 * @param {ViewContext<Opened>} ctx
 */
function chosenRow(data, ctx) {
  const place = chosenPlace(ctx);
  if (place === "ln_final") return data.difference.shape[0] - 1;
  return 2 * data.layer + (place === "ln2" ? 1 : 0);
}

/**
 * @param {NormsMean} data
 * @param {ViewContext<Opened>} ctx
 * @param {number} line
 * @param {number} position
 */
function go(data, ctx, line, position) {
  const place = placeAt(data, line);
  if (place !== chosenPlace(ctx)) ctx.control("place", place);
  ctx.select(isLast(data, line) ? { position } : { position, layer: Math.floor(line / 2) });
}

/** A share that may be far below a tenth of a percent. @param {number} share */
const small = (share) => (share > 0 && share < 0.001 ? `${(100 * share).toPrecision(1)} %` : percent(share));

/**
 * @param {NormsMean} data
 * @param {ViewContext<Opened, NormsMean>} ctx
 * @param {number} at
 */
function byNorm(data, ctx, at) {
  const { there } = ctx;
  const all = lines(data);
  const x = all.map((line) => line / 2);
  const y = all.map((line) => 100 * distance(data, line));
  const text = all.map((line) => spot(data, line));
  const hover = (/** @type {string} */ what) => `%{text}: %{y:.2f} %${what}<extra></extra>`;
  const traces = [
    { x, y, mode: "lines+markers", color: "ink", size: 4, width: 1.5, text, hover: hover("") },
    { x: [x[at]], y: [y[at]], mode: "markers", color: "prob", size: 10, text: [text[at]], hover: hover("") },
  ];
  const before = {
    mode: "lines",
    color: "ink2",
    dash: "dash",
    width: 1.25,
    text,
    hover: hover(`, ${ctx.beside.short}`),
  };
  return plot({
    label: "Distance between LayerNorm and RMSNorm at the selected token; arrow keys walk the norms, Enter selects one",
    height: HEIGHT,
    traces: there ? [...traces, { x, y: all.map((line) => 100 * distance(there, line)), ...before }] : traces,
    x: { title: "block (half a step: before its MLP)" },
    y: { ticksuffix: " %", rangemode: "tozero", title: "% of the row’s length" },
    onClick: (point) => point && go(data, ctx, Math.min(all.length - 1, point.index), data.position),
  });
}

// The selected row both ways: as RMSNorm gives it, as LayerNorm does, and the difference.

/**
 * @param {NormsMean} data
 * @param {ViewContext<Opened>} ctx
 */
function bothWays(data, ctx) {
  const [rms, layer] = sameRow(data, ctx);
  const difference = layer.map((value, at) => value - rms[at]);
  const shade = { centre: 0, reach: Math.abs(largest([...rms, ...layer])) };
  const { dimension = null } = ctx.kept;
  return html`
    ${stripes({
      stripes: [
        stripe("RMSNorm", rms, { shade, note: `largest ${size(shade.reach)}` }),
        stripe("LayerNorm", layer, { shade, note: "same scale" }),
        stripe("difference", difference),
      ],
      width: ctx.width,
      label: "The selected row after RMSNorm, after LayerNorm, and the difference",
      told: (at) => ({
        title: `Dimension ${at}`,
        details: [
          ["RMSNorm", decimal(rms[at], 4)],
          ["LayerNorm", decimal(layer[at], 4)],
          ["difference", signed(difference[at], 4)],
        ],
      }),
      chosen: dimension,
      choose: (at) => ctx.keep({ dimension: at }),
    })}
    <p class="hint">Both are shown without weights. ${COLOURS} The two rows share one scale; their difference has its
    own.</p>
    <p class="readout" aria-live="polite">
      ${
        dimension === null || dimension >= rms.length
          ? html`<span class="muted">Point at a dimension to read its numbers. Click to keep it.</span>`
          : html`Dimension <b>${dimension}</b>: RMSNorm <b>${decimal(rms[dimension], 4)}</b>, LayerNorm <b
              >${decimal(layer[dimension], 4)}</b>, difference <b>${signed(difference[dimension], 4)}</b>`
      }
    </p>`;
}

/**
 * The row as RMSNorm gives it, and as LayerNorm does.
 * @param {NormsMean} data
 * @param {ViewContext<Opened>} ctx
 */
function sameRow({ rows }, ctx) {
  const length = rows.shape[2];
  const from = 2 * length * PLACES.indexOf(chosenPlace(ctx));
  return [rows.a.subarray(from, from + length), rows.a.subarray(from + length, from + 2 * length)];
}
