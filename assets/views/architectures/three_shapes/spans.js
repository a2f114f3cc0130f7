// @ts-check
/**
 * Span corruption: a text, what the encoder reads of it, what the decoder shall write, and what it writes.
 *
 * @import { CutSpan, SpanFilling } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 */

import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { cut } from "../../../kit/text/tokens.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { ask } from "./ask.js";

const CHIP = 44;
/** From this width on the two tables stand side by side. */
const BESIDE = 770;

/** @type {View<SpanFilling>} */
export function spans(data, ctx) {
  return html`
    ${ask(ctx, "passage", { value: data.asked.text, button: "Cut" })}
    <div class="chips">
      ${data.asked.examples.map(
        (text) => html`
          <button class="chip" type="button" title=${text} aria-pressed=${text === data.asked.text}
            @click=${() => ctx.control("passage", text)}>${cut(text.replace(/\s+/g, " "), CHIP)}</button>`,
      )}
    </div>
    <div class="settings-row cutting">
      ${control(ctx, "density")} ${control(ctx, "mean", { format: (length) => counted(length, "token") })}
      ${control(ctx, "draw")}
    </div>
    <p class="readout">${said(data)}</p>
    <h3 class="sub3">The text, with the spans that are cut out</h3>
    ${text(data)}
    <h3 class="sub3">Source: what the encoder reads</h3>
    ${source(data)}
    <h3 class="sub3">Target: what the decoder should write, shaded by the probability that it gives each token</h3>
    ${target(data)}
    <div class="halves ${ctx.width >= BESIDE ? "beside" : ""}">
      <div>
        <h3 class="sub3">What it writes by itself</h3>
        ${filled(data)}
      </div>
      <div>
        <h3 class="sub3">Token by token, given the true tokens before</h3>
        ${tokens(data)}
      </div>
    </div>
    <p class="hint">${honest(data)}</p>`;
}

/**
 * The target, token by token.
 * @param {SpanFilling} data
 * @returns {Row[]}
 */
export function rows({ target, p, likeliest, likeliest_p }) {
  return target.map((token, at) => ({
    at,
    token,
    probability: p.a[at],
    likeliest: likeliest[at],
    likeliest_probability: likeliest_p.a[at],
  }));
}

/** @param {SpanFilling} data */
function said({ tokens, noise, spans, source, target, left_out }) {
  const gone = Array.from(noise.a).filter(Boolean).length;
  return html`<b>${gone}</b> of ${tokens.length} tokens are cut out, in <b>${counted(spans.length, "span")}</b>. The
    source has ${source.length} tokens and the target ${target.length}, including sentinels and end tokens.${
      left_out ? ` The last ${counted(left_out, "token")} of the text ${left_out === 1 ? "is" : "are"} not read.` : ""
    }`;
}

/** @param {SpanFilling} data */
const text = ({ tokens, noise }) => html`
  <div class="sentence" role="list" aria-label="The text">
    ${tokens.map((token, at) => {
      const gone = Boolean(noise.a[at]);
      return html`<span class="tok ${gone ? "gone" : ""}" role="listitem"
        aria-label=${gone ? `${token}, cut out` : nothing}>${token}</span>`;
    })}
  </div>`;

/** @param {SpanFilling} data */
function source({ source, spans }) {
  const marks = new Set(spans.map(({ sentinel }) => sentinel));
  return html`
    <div class="sentence" role="list" aria-label="Source">
      ${source.map(
        (token) => html`<span class="tok ${marks.has(token) ? "sentinel" : ""}" role="listitem">${token}</span>`,
      )}
    </div>`;
}

/** @param {SpanFilling} data */
function target({ target, marks, p }) {
  const tint = ramp("prob", "sunken");
  return html`
    <div class="sentence" role="list" aria-label="Target">
      ${target.map((token, at) => {
        const share = percent(p.a[at]);
        return html`<span class="tok ${marks[at] >= 0 ? "sentinel" : ""}" role="listitem" title=${share}
          aria-label="${token}, ${share}" style=${styleMap(shaded(tint(p.a[at])))}>${token}</span>`;
      })}
    </div>`;
}

/** @param {SpanFilling} data */
function filled({ spans }) {
  return table({
    label: "Each span: the truth, and what the model writes",
    rows: spans,
    columns: [
      { name: "Sentinel", cell: (/** @type {CutSpan} */ { sentinel }) => html`<code>${sentinel}</code>` },
      { name: "Truth", cell: ({ truth }) => pieces(truth) },
      {
        name: "Written",
        cell: ({ written }) => (written.length ? pieces(written) : html`<span class="dim">nothing</span>`),
      },
      { name: "Right", cell: ({ right }) => (right ? "yes" : "no") },
    ],
  });
}

/** @param {string[]} tokens */
const pieces = (tokens) =>
  html`<span class="pieces">${tokens.map((token) => html`<span class="tok">${token}</span>`)}</span>`;

/** @param {SpanFilling} data */
function tokens({ target, p, likeliest, likeliest_p }) {
  return table({
    label: "Tokens of the target with the model’s probabilities",
    rows: target.map((token, at) => ({ token, at })),
    columns: [
      { name: "Token", cell: ({ token }) => html`<span class="tok">${token}</span>` },
      {
        name: "its probability",
        title: "probability of the right token",
        number: true,
        cell: ({ at }) => percent(p.a[at], 1),
      },
      {
        name: "Likeliest",
        cell: ({ token, at }) =>
          likeliest[at] === token ? "the same" : html`<span class="tok">${likeliest[at]}</span>`,
      },
      {
        name: "probability",
        title: "probability of the likeliest token",
        number: true,
        cell: ({ at }) => percent(likeliest_p.a[at], 1),
      },
    ],
  });
}

/** @param {SpanFilling} data */
function honest({ asked, tokens, usual, pairs, all_pairs, loss, even, marks, p, target }) {
  const own = (/** @type {boolean} */ sentinels) =>
    mean(
      target.map((_, at) => at).filter((at) => at < target.length - 1 && marks[at] >= 0 === sentinels),
      (at) => p.a[at],
    ) ?? 0;
  const short =
    tokens.length < usual ? ` This text has ${tokens.length} tokens; the model was never trained on one so short.` : "";
  const otherwise =
    asked.density !== 15 || asked.mean_span !== 3 ? " It was not trained with these settings either." : "";
  const form = own(true) > own(false) ? ": the model has learned the form better than the content" : "";
  return html`Here sentinels get a probability of ${percent(own(true))} on average, the cut tokens
    ${percent(own(false))}${form}. ${asked.title} has 2 million parameters
    and was trained mainly to rewrite dates. ${whole(pairs)} of its ${whole(all_pairs)} training pairs had spans, cut
    out of ${usual} tokens at 15 % with a mean length of 3. On held-out texts such targets cost it ${decimal(loss)}
    nats a token; guessing all tokens equally costs ${decimal(even)}.${short}${otherwise} T5 read a trillion tokens.`;
}
