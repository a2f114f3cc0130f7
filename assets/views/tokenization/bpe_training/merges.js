// @ts-check
/**
 * Byte-pair encoding as it learns: count pairs, join the most frequent one everywhere, again.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Kept } from "./text_choice.js"
 */
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { symbolsAt } from "../../../kit/drawing/merges.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { wordList } from "../../../kit/text/words.js";
import { html, nothing } from "../../../vendor/lit.js";
import { longest } from "./longest.js";
import { pairBars, ties } from "./pairs.js";
import { bytesAToken, sizes } from "./sizes.js";
import { alphabet, joined, written } from "./spelled.js";
import { nodesOf, sizeOf } from "./symbols.js";
import { textChoice } from "./text_choice.js";
import { tree } from "./tree.js";

/** A training is measured for each text by itself. */
export const follows = true;

const PACE = 420;
const WIDE = 860;
const BARS = 12;
const ROW = 20;
/** The share of the merges after which one looks at first. */
const FIRST = 0.3;

/** @type {View<BpeTrainingMerges, Kept>} */
export function merges(data, ctx) {
  const choice = textChoice(data, ctx);
  if (data.reason) return html`${choice}<p class="readout lead" role="status">${data.reason}</p>`;
  const last = data.left.a.length;
  const at = momentOf(data, ctx);
  const go = (/** @type {number} */ to) => ctx.control("at", to);
  const half = ctx.width < WIDE ? ctx.width : (ctx.width - 48) / 2;
  return html`
    ${choice}
    <div class="walk-bar">
      ${player({ ctx, at, count: last + 1, choose: go, label: "Through the merges", noun: "merge", pace: PACE })}
      ${control(ctx, "at", {
        as: "slider",
        value: at,
        most: last,
        format: (value) => `${whole(value)} of ${whole(last)}`,
        move: go,
      })}
      <span class="sizes">vocabulary <b>${whole(sizeAt(data, at))}</b></span>
      ${at && data.finished ? handing(data, at, ctx) : nothing}
    </div>
    <p class="readout" aria-live=${ctx.kept.playing ? "off" : "polite"}>${told(data, at)}</p>
    <div class="learn ${half < ctx.width ? "beside" : ""}">
      <div>
        <h3 class="sub3">The most frequent pairs now <small>count in the text; ties go to the pair of older
            tokens</small></h3>
        ${pairBars(data, at, half)} ${ties(data, at)}
      </div>
      <div>
        <h3 class="sub3">Bytes per token <small>${data.title}, and ${data.held_title}</small></h3>
        ${sizes(data, at, go, BARS * ROW + 24)}
      </div>
    </div>
    ${longest(data, at, go)} ${data.sample.length ? sample(data, at, ctx) : nothing}
    ${ending(data)}`;
}

/** @param {BpeTrainingMerges} data @param {number} at @param {ViewContext<Kept>} ctx */
function sample(data, at, ctx) {
  const chosen = wordOf(data, ctx);
  const { tokens, bytes } = sizeOf(data, at);
  const name = joined(data, data.sample[chosen].ids);
  const end = data.sample[chosen].ids.length - data.sample[chosen].numbers.length;
  return html`
    <h3 class="sub3 apart">The text’s first words at this vocabulary size
      <small>${counted(tokens, "token")} for ${counted(bytes, "byte")}; choose a word with a click or the arrow
        keys</small></h3>
    ${wordList({
      label: "Words of the text; arrow keys choose one",
      words: data.sample.map((word) => ({ pieces: symbolsAt(nodesOf(data, word), at).map(({ label }) => label) })),
      chosen,
      choose: (word) => ctx.control("word", word),
    })}
    <h3 class="sub3 apart">How <bdi class="mono">${name}</bdi> is built
      <small>one row per merge, with the merge’s number; it ends as ${counted(end, "token")}</small></h3>
    ${legend([
      ["solid", "a token at this size"],
      ["inside", "part of a token"],
      ["later", "merged later"],
    ])}
    <div class="scroll">${tree(data, chosen, at, ctx.width)}</div>`;
}

/** @param {BpeTrainingMerges} data @param {number} at */
function told(data, at) {
  if (!at)
    return html`No merge yet: each of the ${whole(alphabet(data))} bytes is a token, and the text has
      ${whole(data.lengths.a[0])} tokens.`;
  const i = at - 1;
  const token = (/** @type {number} */ id, look = "") => html`<bdi class="tok ${look}">${written(data, id)}</bdi>`;
  return html`Merge <b>${whole(at)}</b>: ${token(data.left.a[i])} + ${token(data.right.a[i])} →
    ${token(data.made.a[i], "new")}. The two stood side by side ${counted(data.counts.a[i], "time")}. The text shrinks
    from ${whole(data.lengths.a[i])} to <b>${whole(data.lengths.a[at])}</b> tokens,
    ${decimal(bytesAToken(data.lengths, data.bytes)(at), 2)} bytes each.`;
}

/** @param {BpeTrainingMerges} data */
function ending(data) {
  const learned = data.left.a.length;
  if (!data.finished)
    return html`<p class="hint">${whole(learned)} of ${whole(data.wanted)} merges so far; the training continues.</p>`;
  if (learned < data.wanted)
    return html`<p class="hint">No pair is left after ${counted(learned, "merge")}: every word of this text is one
      token.</p>`;
  return html`<p class="hint">The training text has ${whole(data.bytes)} bytes and
    ${counted(data.words, "different word")}. Pairs are counted within words; no merge joins two words.</p>`;
}

/**
 * The other panels take this vocabulary by its name, which holds all that it depends on.
 * @param {BpeTrainingMerges} data
 * @param {number} at
 * @param {ViewContext<Kept>} ctx
 */
function handing({ name }, at, ctx) {
  const [kind, cut, , ...source] = name.split(":");
  const trained = [kind, cut, at, source.join(":")].join(":");
  const compare = () => {
    ctx.control("yours", trained, "tokenizers_compared");
    ctx.go("tokenizers_compared");
  };
  const encode = () => {
    ctx.control("yours", trained, "bpe_encoding");
    ctx.control("tokenizer", "yours", "bpe_encoding");
    ctx.go("bpe_encoding");
  };
  return html`
    <span class="go">
      <button class="btn small" type="button" @click=${compare}>Compare this tokenizer</button>
      <button class="btn small" type="button" @click=${encode}>Encode with this tokenizer</button>
    </span>`;
}

/** @param {BpeTrainingMerges} data @param {ViewContext<Kept>} ctx */
function momentOf({ left: { a } }, { controls }) {
  return Math.min(a.length, Number(controls.at ?? Math.ceil(FIRST * a.length)));
}

/** @param {BpeTrainingMerges} data @param {ViewContext<Kept>} ctx */
function wordOf({ sample }, { controls }) {
  if (controls.word !== undefined) return Math.min(sample.length - 1, Number(controls.word));
  const most = Math.max(...sample.map(({ numbers }) => numbers.length));
  return sample.findIndex(({ numbers }) => numbers.length === most);
}

/** Bytes, and the different tokens that so many merges made. @param {BpeTrainingMerges} data @param {number} at */
const sizeAt = (data, at) => Math.max(alphabet(data), ...Array.from(data.made.a.slice(0, at), (id) => id + 1));

/** Each merge. @param {BpeTrainingMerges} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.left.a, (left, i) => ({
    merge: i + 1,
    left: written(data, left),
    right: written(data, data.right.a[i]),
    token: data.made.a[i],
    times: data.counts.a[i],
    tokens_of_the_text: data.lengths.a[i + 1],
    tokens_of_the_other: data.held.a[i + 1],
  }));
