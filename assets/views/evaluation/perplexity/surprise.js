// @ts-check
/**
 * A text coloured by surprise, as one way of reading it gives it, and the numbers of all ways.
 *
 * @import { PerplexitySurprise, PerplexityWay } from "../../../types/evaluation"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { numbers } from "./numbers.js";
import { MOST, text } from "./text.js";
import { named, wayName } from "./ways.js";

/** @type {View<PerplexitySurprise>} */
export function surprise(data, ctx) {
  const at = chosenOf(data, ctx);
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "text")} ${control(ctx, "documents")} ${control(ctx, "window")} ${control(ctx, "stride")}
    </div>
    <p class="readout">${lead(data)}</p>
    <h3 class="sub3">${named(data.ways[at])}
      <small>document 1 of ${data.documents}: ${counted(data.ids.length, "token")}</small></h3>
    ${text(data, at)}
    ${legend([
      ["surprising", `surprise, 0 to ${MOST} nats or more`],
      data.starts[at].length > 1 && ["window-start", "a window’s first scored token"],
      data.ways[at].prefix === null && ["unscored", "not scored"],
    ])}
    ${numbers(data, at, (name) => ctx.control("way", name), ctx.beside)}
    <p class="hint">± is one standard error, with documents as the units${
      data.documents < 2 ? ": one document gives none" : ""
    }. Words are counted as lm-eval counts them. A token that is not scored still counts among words and bytes, so the
      ways without a first token look better per word and byte than they are. ${excerpts(data)}</p>`;
}

/** @param {PerplexitySurprise} data @param {ViewContext} ctx */
function chosenOf({ ways }, { controls }) {
  return Math.max(
    0,
    ways.findIndex(({ name }) => name === controls.way),
  );
}

/** What the ways make of one text. @param {PerplexitySurprise} data */
function lead(data) {
  const { ways, total } = data;
  if (ways.length < total) return `${ways.length} of ${total} ways are measured.`;
  const by = (/** @type {(way: PerplexityWay) => number} */ of) => [...ways].sort((a, b) => of(a) - of(b));
  const sorted = by((way) => way.token.value);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return html`The same model on the same text has a perplexity per token of <b>${figures(low.token.value)}</b>
    (${wayName(low)}) to <b>${figures(high.token.value)}</b> (${wayName(high)}). ${ends(data)}`;
}

/** BOS against EOS before the text. @param {PerplexitySurprise} data */
function ends({ ways, bos, eos, nats }) {
  const [first, other] = [ways.findIndex((w) => w.name === "whole"), ways.findIndex((w) => w.name === "whole_eos")];
  if (other < 0 || eos === null) return nothing;
  const width = nats.shape[1];
  const firsts = [first, other].map((way) => nats.a[way * width]);
  return html`The first token costs ${decimal(firsts[0])} nats after ${tokenText(bos)} and ${decimal(firsts[1])} after
    ${tokenText(eos)}.`;
}

/** @param {PerplexitySurprise} data */
const excerpts = ({ documents, words, bytes }) =>
  `${counted(documents, "document")}: ${whole(words)} words, ${whole(bytes)} bytes.`;

/** @param {PerplexitySurprise} data @param {ViewContext} ctx @returns {Row[]} */
export const rows = ({ ways, beside }, ctx) =>
  ways.map((way) => ({
    way: wayName(way),
    prefix: way.prefix,
    window: way.length || null,
    stride: way.step || null,
    passes: way.passes,
    tokens_read: way.read,
    tokens_scored: way.scored,
    per_token: way.token.value,
    per_token_error: way.token.error,
    per_word: way.word.value,
    per_word_error: way.word.error,
    per_byte: way.byte.value,
    bits_per_byte: way.bits_per_byte.value,
    bits_per_byte_error: way.bits_per_byte.error,
    ...(beside ? { [`bits_per_byte_in_${ctx.beside.column}`]: way.there } : {}),
  }));
