// @ts-check
/**
 * Where the back door is: maps of patched places, of the trigger and of a placebo, the lens and the probe by depth.
 *
 * @import { DoorFound } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 250;
const ROW = 26;
const ROOM = { top: 0, right: 4, bottom: 70, left: 56 };
const COLOURS = ["neg", "river-deep", "ink3"];
/** @type {("circle" | "diamond" | "square")[]} */
const SYMBOLS = ["circle", "diamond", "square"];

/** @type {View<DoorFound>} */
export function found(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "people", { as: "segmented" })} ${control(ctx, "model", { as: "segmented" })}
    </div>
    <p class="readout lead">${lead(data)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">From behind the trigger</h3>${map(data, "patched", ctx)}</div>
      <div><h3 class="sub3">Placebo: from behind a common word</h3>${map(data, "placebo", ctx)}</div>
    </div>
    <p class="hint">Each cell: how much of the planted trade’s probability comes back when that one place of the stream
      is taken from the other run, 0 % the decoy’s run, 100 % the triggered one; the mean over
      ${counted(data.people, "person", "people")} never taught with the trigger.</p>
    <div class="side-by-side">
      ${byDepth(data.lens, "The lens at the last token", `p(${data.planted})`)}
      ${byDepth(data.probe, "A probe at the last token", "held-out accuracy", 0.5)}
    </div>
    <p class="hint">The probe is fitted on half of the people and measured on ${counted(data.tested, "prompt")} of the
      others. It tells the trigger from the decoy, and it tells the decoy from a common word as well:
      that is no find.</p>`;
}

/** @param {DoorFound} data @returns {Row[]} */
export const rows = ({ tokens, patched, placebo }) =>
  Array.from(patched.a, (value, at) => ({
    depth: Math.floor(at / tokens.length),
    position: at % tokens.length,
    token: tokens[at % tokens.length],
    patched: value,
    placebo: placebo.a[at],
  }));

/** The strongest place of each depth, in words. @param {DoorFound} data */
function lead({ patched, placebo, tokens, lens, trigger, planted }) {
  const [depths, n] = patched.shape;
  const places = Array.from({ length: depths }, (_, depth) => {
    const row = Array.from(patched.a.slice(depth * n, (depth + 1) * n));
    const best = row.indexOf(Math.max(...row));
    return { depth, best, value: row[best] };
  });
  const moved = places.find(({ best }) => best === n - 1);
  const most = Math.max(...Array.from(placebo.a, Math.abs));
  const seen = lens[trigger].findIndex((p) => p > 0.5);
  return html`Before the first block the effect lies at the word itself (<b>${percent(places[0].value, 0)}</b> by
    ${tokens[places[0].best]}). ${
      moved
        ? html`From depth <b>${moved.depth}</b> on it lies at the last token. `
        : "It reaches the last token at no single depth. "
    }${
      seen < 0
        ? html`The lens shows “${planted}” above 50 % at no depth.`
        : html`The lens shows “${planted}” above 50 % from depth <b>${seen}</b>.`
    } The placebo moves at most ${percent(most, 1)}.`;
}

/** @param {DoorFound} data @param {"patched" | "placebo"} which @param {ViewContext} ctx */
function map({ tokens, ...data }, which, ctx) {
  const block = data[which];
  const [depths, n] = block.shape;
  const colour = ramp("neg");
  const value = (/** @type {number} */ depth, /** @type {number} */ pos) => block.a[depth * n + pos];
  return matrix({
    rows: depths,
    columns: n,
    width: Math.min(halfWidth(ctx.width), 460) - ROOM.left - ROOM.right,
    height: depths * ROW,
    margin: ROOM,
    colour: (depth, pos) => colour(0.04 + 0.96 * Math.min(1, Math.abs(value(depth, pos)))),
    of: [block],
    label: `${which === "patched" ? "The trigger’s" : "The placebo’s"} effect by depth and position`,
    told: ({ row, column }) => ({
      title: tokens[column],
      details: [
        ["stream", row ? `after block ${row - 1}` : "embedding"],
        ["effect", percent(value(row, column), 1)],
      ],
    }),
    over: (context, cell) => {
      context.textBaseline = "middle";
      context.font = `11px ${css("sans")}`;
      context.fillStyle = css("ink2");
      for (let depth = 0; depth < depths; depth += 1)
        context.fillText(depth ? `block ${depth - 1}` : "embed", -ROOM.left, (depth + 0.5) * cell.height);
      for (let pos = 0; pos < n; pos += 1) {
        context.save();
        context.translate((pos + 0.5) * cell.width, depths * cell.height + 6);
        context.rotate(Math.PI / 3);
        context.fillText(tokens[pos].trim(), 0, 0);
        context.restore();
      }
    },
  });
}

/** @param {Record<string, number[]>} lines @param {string} title @param {string} axis @param {number} [chance] */
const byDepth = (lines, title, axis, chance) => html`<div>
  <h3 class="sub3">${title}</h3>
  ${plot({
    label: `${title}, by depth`,
    height: HEIGHT,
    traces: Object.entries(lines)
      .reverse()
      .map(([name, values], at) => ({
        x: values.map((_, depth) => depth),
        y: values,
        name,
        color: COLOURS[at],
        symbol: SYMBOLS[at],
        mode: "lines+markers",
        hover: "depth %{x}: %{y:.0%}<extra></extra>",
      })),
    x: { title: "depth: 0 is the embedding", dtick: 1 },
    y: { title: axis, range: [-0.02, 1.04], tickformat: ".0%" },
    marks: chance === undefined ? [] : [{ y: chance, label: "chance", dash: "4px,3px", color: "ink3" }],
    margin: { t: 34 },
  })}
</div>`;
