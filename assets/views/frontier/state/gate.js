// @ts-check
/**
 * What each token does to the state, and what of the past the chosen one finds and reads.
 *
 * @import { StateAtWork } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { row } from "../../../kit/cells/tensor.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { wordList } from "../../../kit/text/words.js";
import { html } from "../../../vendor/lit.js";
import { gates, pasts } from "./maps.js";
import { largest, shown } from "./words_of.js";

const FIELD = { name: "text", lines: /** @type {[number, number]} */ ([2, 5]), plain: true, named: true };
const HEIGHT = 190;

/** @type {View<StateAtWork, Drafts>} */
export function gate(data, ctx) {
  const at = chosen(data, ctx);
  const [held, read] = [row(data.held, at), row(data.read, at)].map((each) => Array.from(each));
  const name = shown(data.tokens[at]);
  const choose = (/** @type {number} */ token) => ctx.control("token", token);
  return html`
    ${typed({ ...FIELD, value: typedText("text", data.text, ctx) }, ctx)}
    <div class="settings-row">${control(ctx, "layer", { as: "slider", value: data.layer })}</div>
    <p class="readout lead">After the token <bdi class="mono">${name}</bdi>, the ${whole(data.numbers)} numbers of
      layer ${data.layer}’s state hold most of ${most(data, held)}. The token itself reads most of
      ${most(data, read)}.</p>
    ${wordList({
      label: "Tokens of the text; the chosen one’s past is shown",
      words: data.tokens.map((token) => ({ pieces: [shown(token)] })),
      chosen: at,
      choose,
    })}
    <h3 class="sub3">The past of <bdi class="mono">${name}</bdi>
      <small>shares of the layer’s state, and of what is read of it</small></h3>
    ${legend([
      [{ color: "river-deep", shape: "box" }, "held in the state"],
      [{ color: "prob", shape: "box" }, "read by this token"],
    ])}
    ${past(data, ctx, { at, held, read })}
    ${gates(data, ctx, at, choose)}
    <div class="side-by-side">
      ${pasts(data, halfWidth(ctx.width), at, choose, "held")} ${pasts(data, halfWidth(ctx.width), at, choose, "read")}
    </div>
    <p class="hint">Next it would write: ${data.following.map(
      ({ token, p }, place) => html`${place ? ", " : ""}<bdi class="mono">${shown(token)}</bdi> ${percent(p, 0)}`,
    )}. A share is the length of one token’s part, over all channels, among the lengths of all parts; parts may cancel
      each other.</p>`;
}

/** @param {StateAtWork} data @param {number[]} shares */
const most = ({ tokens }, shares) =>
  largest(shares, 3).map(
    ({ value, at }, place) =>
      html`${place ? ", " : ""}<bdi class="mono">${shown(tokens[at])}</bdi> (<b>${percent(value, 0)}</b>)`,
  );

/** @param {StateAtWork} data @param {ViewContext<any>} ctx */
function chosen({ tokens }, ctx) {
  const said = Number(ctx.controls.token ?? Number.NaN);
  return Number.isFinite(said) ? Math.min(said, tokens.length - 1) : tokens.length - 1;
}

/**
 * @param {StateAtWork} data
 * @param {ViewContext<any>} ctx
 * @param {{ at: number, held: number[], read: number[] }} past
 */
function past({ tokens }, ctx, { at, held, read }) {
  const places = tokens.map((_, place) => place).slice(0, at + 1);
  const top = Math.max(...held, ...read);
  const tail = largest(read, 1)[0].at;
  return picture({
    label: `What is held and read of each token before ${shown(tokens[at])}; most is read of ${shown(tokens[tail])}`,
    width: ctx.width,
    height: HEIGHT,
    margin: { left: 46, right: 10, top: 8, bottom: 38 },
    x: [-0.5, tokens.length - 0.5],
    y: [0, top],
    left: { format: (value) => percent(value, 0), count: 4 },
    bottom: { title: "position of the earlier token" },
    marks: [
      bar({ data: places, x: (place) => [place - 0.4, place], y: (place) => [0, held[place]], color: "river-deep" }),
      bar({ data: places, x: (place) => [place, place + 0.4], y: (place) => [0, read[place]], color: "prob" }),
      rule({ x: at, color: "line2" }),
    ],
  });
}

/** @param {StateAtWork} data @returns {Row[]} */
export const rows = ({ tokens, dt, kept, held, read, layer }) =>
  tokens.flatMap((token, query) =>
    tokens.slice(0, query + 1).map((earlier, key) => ({
      ...{ layer, query, token, key, earlier },
      dt: Number(decimal(dt.a[layer * tokens.length + query], 5)),
      kept: kept.a[layer * tokens.length + query],
      held: held.a[query * tokens.length + key],
      read: read.a[query * tokens.length + key],
    })),
  );
