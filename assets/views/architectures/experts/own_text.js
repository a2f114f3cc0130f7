// @ts-check
/**
 * A text of one's own beside the six kinds: which is nearest, which experts it takes more of, where its tokens go.
 *
 * @import { OwnText } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Chosen } from "./selection.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { EMPTY, forget, typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { greatest, range } from "../../../vendor/d3.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { liftMap } from "./lift_map.js";
import { nearestKinds, nearestOf } from "./nearest_kinds.js";
import { ownShares } from "./own_shares.js";
import { against, chosenBlock, hundredths, load, ownRouting, times } from "./selection.js";

export const follows = true;

const WIDE = 860;
const GAP = 40;
/** The map's part of the width. */
const MAP = 0.6;
const LINES = { least: 3, most: 9 };
/** A byte holds a weight. */
const BYTE = 255;

/** @type {View<OwnText, Drafts>} */
export function own_text(data, ctx) {
  return html`
    <div class="experts own-text">
      ${field(data, ctx)}
      ${
        data.read
          ? routed(data, ctx)
          : html`<p class="readout said" aria-live="polite">There is no text yet. Write or paste one, or choose an
            example.</p>`
      }
    </div>`;
}

/**
 * @param {OwnText} data
 * @returns {Row[]}
 */
export const rows = (data) =>
  data.layers.flatMap((layer, block) =>
    range(data.read ? data.n_experts : 0).map((expert) => {
      const at = block * data.n_experts + expert;
      return {
        block: layer,
        expert,
        share: data.own.a[at],
        low: data.low.a[at],
        high: data.high.a[at],
        of_all_passages: data.share.a[at],
        lift: against(data.own.a[at], data.share.a[at]),
      };
    }),
  );

/** @param {OwnText} data @param {ViewContext<Drafts>} ctx */
function field(data, ctx) {
  const { text: said = data.text } = ctx.controls;
  const { label, longest = 0 } = ctx.declared("text");
  const value = typedText("text", String(said).trim() && String(said), ctx);
  const take = (/** @type {string} */ text) => {
    forget("text", ctx);
    ctx.control("text", text || EMPTY);
  };
  const read =
    data.read < data.whole
      ? `The model reads the first ${data.read} of ${counted(data.whole, "token")}`
      : `The model reads ${counted(data.read, "token")}`;
  return html`
    <div class="bar">
      <div class="chips" role="group" aria-label="Texts to begin with">
        ${data.examples.map(
          ({ name, text }) =>
            html`<button class="chip" type="button" aria-pressed=${text === value}
              @click=${() => take(text)}>${name}</button>`,
        )}
        <button class="chip" type="button" ?disabled=${!value} @click=${() => take("")}>Clear</button>
      </div>
      ${control(ctx, "count")}
    </div>
    ${typed(
      {
        name: "text",
        value,
        label,
        empty: EMPTY,
        lines: [LINES.least, LINES.most],
        plain: true,
        pause: 700,
      },
      ctx,
    )}
    <p class="hint">${read}. ${counted([...value].length, "character")} of at most ${longest}. This page’s link
    contains the text.</p>`;
}

/** @param {OwnText} data @param {ViewContext<Drafts>} ctx */
function routed(data, ctx) {
  const chosen = chosenOf(data, ctx);
  const go = (/** @type {Chosen} */ to) => ctx.select({ layer: data.layers[to.block], expert: to.expert });
  const wide = ctx.width >= WIDE;
  const width = wide ? Math.floor((ctx.width - GAP) * MAP) : ctx.width;
  const rest = wide ? ctx.width - GAP - width : ctx.width;
  return html`
    <p class="readout said" aria-live="polite">${said(data, chosen)}</p>
    ${legend([
      ["less-shade", "less than in the passages"],
      ["more-shade", "more"],
      ["bold-number", "the 95 % interval excludes 1"],
      ["whisker", "95 % bootstrap interval"],
      ["load-tick", "all passages, in this block"],
      ["nearest-dot", "the nearest kind"],
    ])}
    <div class="kinds ${wide ? "wide" : ""}">
      <div>
        <h3 class="sub3">All experts <small>your text’s share of an expert ÷ all passages’ share</small></h3>
        ${liftMap({ data, chosen, go, width })}
      </div>
      <div>
        <h3 class="sub3">Distance from each kind <small>% of choices that differ; line: median of its own
            passages</small></h3>
        ${nearestKinds({ data, width: rest })}
        <h3 class="sub3 next">Block ${data.layers[chosen.block]} <small>% of your text’s choices</small></h3>
        ${ownShares({ data, chosen, go, width: rest })}
      </div>
    </div>
    <h3 class="sub3 next">Your text in block ${data.layers[chosen.block]} <small>the deeper the violet, the
        larger the weight of expert ${chosen.expert}</small></h3>
    <p class="own-tokens">${Array.from(data.ids.a, (id, at) => tinted(id, weight(data, chosen, at)))}</p>
    <p class="hint">${note(data, ctx)}</p>`;
}

/** @param {OwnText} data @param {Chosen} chosen @param {number} at */
const weight = ({ weights: { a, shape } }, { block, expert }, at) =>
  a[(block * shape[1] + expert) * shape[2] + at] / BYTE;

/** @param {number} id @param {number} weight */
const tinted = (id, weight) =>
  html`<span class="context-token"
    style=${styleMap({ "--weight": weight.toFixed(3) })}>${token(id, { className: "" })}</span>`;

/**
 * The selection; until an expert is selected, the one that the text favours most.
 * @param {OwnText} data
 * @param {ViewContext<any>} ctx
 * @returns {Chosen}
 */
function chosenOf(data, ctx) {
  const block = chosenBlock(data, ctx);
  if (ctx.focus.expert !== null && ctx.focus.expert !== undefined) {
    return { block, expert: Math.min(ctx.focus.expert, data.n_experts - 1) };
  }
  const favour = (/** @type {number} */ expert) =>
    against(data.own.a[block * data.n_experts + expert], load(data, { block, expert }));
  return { block, expert: greatest(range(data.n_experts), favour) ?? 0 };
}

/** @param {OwnText} data @param {Chosen} chosen */
function said(data, chosen) {
  const first = nearestOf(data);
  const at = chosen.block * data.n_experts + chosen.expert;
  const [share, low, high] = [data.own, data.low, data.high].map((each) => each.a[at]);
  const all = load(data, chosen);
  const interval = Number.isFinite(low) ? ` (${times(against(low, all))} to ${times(against(high, all))})` : "";
  return html`
    Your text is routed most like <b>${data.kinds[first]}</b>: ${hundredths(data.apart.a[first])} % of the choices
    differ, and it is the nearest kind in ${percent(data.nearest.a[first], 0)} of the bootstrap samples. Expert
    <b>${chosen.expert}</b> of block <b>${data.layers[chosen.block]}</b> takes <b>${hundredths(share)} %</b> of your
    text’s choices, <b>${times(against(share, all))}</b>${interval} its share of all passages’ choices
    (${hundredths(all)} %).`;
}

/** @param {OwnText} data @param {ViewContext<any>} ctx */
function note(data, ctx) {
  const short = data.read < 2 * data.run ? ` ${counted(data.read, "token")} are too few for an interval.` : "";
  return html`
    The intervals come from ${data.draws} bootstrap samples of the text, made of runs of ${data.run} neighbouring
    tokens, because neighbouring tokens are not independent.${short} Of the ${data.passages} passages,
    <b>${data.right}</b> are
    nearest to their own kind when the kind is computed without them. A shorter text is farther from every kind by
    chance alone.${ownRouting(ctx)}`;
}
