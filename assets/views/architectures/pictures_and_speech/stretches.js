// @ts-check
/**
 * What a word reads of a recording, beside what it loses without each stretch.
 *
 * @import { SoundRemoved } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ word: number }} Kept the word that is selected
 * @typedef {{ read: Float32Array[], lost: Float32Array[] }} Both word by word, over the stretches
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, headName, percent, signed } from "../../../kit/numbers/format.js";
import { max, maxIndex, mean, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { correlation } from "./correlation.js";
import { waveform } from "./waveform.js";
import { wordRows } from "./word_rows.js";

/** A word that loses less than this by any stretch needs none of them. */
const NEEDS = 0.1;
const HEIGHT = 240;
const LARGEST = 448;
/** Share of the attention from which a frame counts as a sink. */
const SINK = 0.1;
const ROW = { least: 8, most: 12, all: 260 };

/** @type {View<SoundRemoved, Kept>} */
export function stretches(data, ctx) {
  const both = bothOf(data, ctx);
  const words = data.words.length;
  const word = Math.min(ctx.kept.word ?? strongest(both), words - 1);
  const choose = (/** @type {number} */ chosen) => ctx.keep({ word: chosen });
  const width = Math.min(LARGEST, ctx.width > 700 ? Math.floor((ctx.width - 36) / 2) : ctx.width);
  const height = Math.max(ROW.least, Math.min(ROW.most, ROW.all / words)) * words;
  const shown = { data, width, height, word, choose };
  return html`
    <div class="settings-row">${control(ctx, "stretches")} ${control(ctx, "without")}</div>
    <p class="readout lead">${saidOfWord(data, both, word, ctx)}</p>
    <div class="words" role="group" aria-label="Words of the transcript; arrow keys walk" data-rove @keydown=${rove}>
      ${data.words.map((text, at) => {
        const press = () => choose(at);
        return html`<button class="tok" type="button" aria-pressed=${at === word} tabindex=${at === word ? 0 : -1}
          @focus=${press} @click=${press}>${text}</button>`;
      })}
    </div>
    <h3 class="sub3">What “${data.words[word]}” reads <small>${byWhom(data, ctx)}</small></h3>
    ${waveform({ data, shares: both.read[word], width: ctx.width, label: label(data, both, word, "reads") })}
    <h3 class="sub3">What it needs <small>nats lost without the stretch</small></h3>
    ${waveform({
      ...{ data, shares: both.lost[word], width: ctx.width, cause: true },
      label: label(data, both, word, "needs"),
    })}
    ${legend([
      [{ color: "prob" }, "share of the attention, relative to the strongest"],
      [{ color: "neg" }, `nats lost, up to ${decimal(max(both.lost[word]) ?? 0, 2)}`],
    ])}
    <h3 class="sub3">All words <small>rows are words, columns are stretches; each row relative to its strongest</small>
    </h3>
    <div class="pair-of-pictures">
      <figure>
        <figcaption class="sub3">Read</figcaption>
        ${wordRows({ ...shown, shares: both.read, label: `What ${words} words read, by stretches` })}
      </figure>
      <figure>
        <figcaption class="sub3">Needed</figcaption>
        ${wordRows({ ...shown, shares: both.lost, label: `What ${words} words need, by stretches` })}
      </figure>
    </div>
    ${agreement(data, both, word, ctx)}
    <p class="hint">Over all tokens and heads, one frame gets at most ${percent(data.parked)} of the attention; an equal
      share would be ${percent(1 / data.frames)}. ${
        data.parked < SINK ? "No frame is a sink, so none is taken out." : "That frame is a sink; it is left in."
      } The frames have no nearest words here: the unembedding reads the decoder’s stream, and the encoder’s frames
      never enter it.</p>`;
}

/**
 * @param {SoundRemoved} data
 * @param {ViewContext<any>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const [, , words, stretches] = data.shares.shape;
  const { read } = bothOf(data, ctx);
  return range(words * stretches).map((at) => ({
    word: data.words[Math.floor(at / stretches)],
    seconds: data.frame_seconds.a[at % stretches],
    attention: read[Math.floor(at / stretches)][at % stretches],
    nats_lost_silenced: data.silenced.a[at],
    nats_lost_replaced: data.replaced.a[at],
  }));
}

/** @param {SoundRemoved} data @param {ViewContext<any>} ctx */
function headOf(data, ctx) {
  const [layer, head] = String(ctx.controls.head ?? "")
    .split(".")
    .map(Number);
  const [layers, heads] = data.shares.shape;
  return layer >= 0 && layer < layers && head >= 0 && head < heads ? { layer, head } : null;
}

/** @param {SoundRemoved} data @param {ViewContext<any>} ctx */
function byWhom(data, ctx) {
  const head = headOf(data, ctx);
  return head ? headName(head.layer, head.head) : `mean of ${data.shares.shape[0] * data.shares.shape[1]} heads`;
}

/**
 * What is not measured yet counts as nothing lost.
 * @param {SoundRemoved} data
 * @param {ViewContext<any>} ctx
 * @returns {Both}
 */
function bothOf(data, ctx) {
  const [layers, heads, words, stretches] = data.shares.shape;
  const chosen = headOf(data, ctx);
  const picked = chosen ? [chosen.layer * heads + chosen.head] : range(layers * heads);
  const nats = ctx.controls.without === "replaced" ? data.replaced.a : data.silenced.a;
  const each = (/** @type {(word: number, at: number) => number} */ value) =>
    range(words).map((word) => Float32Array.from(range(stretches), (at) => value(word, at)));
  return {
    read: each((word, at) => mean(picked, (head) => data.shares.a[(head * words + word) * stretches + at]) ?? 0),
    lost: each((word, at) => Math.max(0, nats[word * stretches + at] || 0)),
  };
}

/** The word that loses most. @param {Both} both */
const strongest = ({ lost }) =>
  Math.max(
    0,
    maxIndex(lost, (row) => max(row)),
  );

/** @param {SoundRemoved} data @param {Both} both @param {number} word @param {"reads" | "needs"} what */
function label(data, { read, lost }, word, what) {
  const row = (what === "reads" ? read : lost)[word];
  const when = decimal(data.frame_seconds.a[Math.max(0, maxIndex(row))], 2);
  return `Waveform of ${decimal(data.seconds, 1)} seconds; “${data.words[word]}” ${what} most at ${when} s`;
}

/** @param {SoundRemoved} data @param {Both} both @param {number} word @param {ViewContext<any>} ctx */
function saidOfWord(data, { read, lost }, word, ctx) {
  const stretch = data.seconds / data.frame_seconds.a.length;
  const [most, worst] = [maxIndex(read[word]), maxIndex(lost[word])];
  const at = (/** @type {number} */ place) => html`${decimal(place * stretch, 1)} to
    ${decimal((place + 1) * stretch, 1)} s`;
  const how = ctx.controls.without === "replaced" ? "replaced" : "silenced";
  const reads = html`“${data.words[word]}” gives <b>${percent(read[word][most], 0)}</b> of its attention to
    ${at(most)}.`;
  if (data.done < data.frame_seconds.a.length)
    return html`${reads} ${data.done} of ${data.frame_seconds.a.length} stretches are measured.`;
  if (lost[word][worst] < NEEDS)
    return html`${reads} It loses less than ${NEEDS} nats whichever stretch is ${how}: here the words before it, or the
      rest of the sound, are enough.`;
  return html`${reads} It loses most, <b>${decimal(lost[word][worst], 2)} nats</b>, where
    ${at(worst)} is ${how}. Over the stretches, attention and loss correlate by
    <b>${signed(correlation(read[word], lost[word]), 2)}</b>.`;
}

/** @param {SoundRemoved} data @param {Both} both @param {number} word @param {ViewContext<any>} ctx */
function agreement(data, { read, lost }, word, ctx) {
  if (data.done < data.frame_seconds.a.length) return nothing;
  const needing = range(data.words.length).filter((at) => (max(lost[at]) ?? 0) >= NEEDS);
  const own = needing.map((at) => correlation(read[at], lost[at]));
  const other = needing.map(
    (at) =>
      mean(
        range(data.words.length).filter((by) => by !== at),
        (by) => correlation(read[by], lost[at]),
      ) ?? 0,
  );
  const same = needing.filter((at) => maxIndex(read[at]) === maxIndex(lost[at])).length;
  const names = needing.map((at) => `${at + 1} ${data.words[at]}`);
  if (!needing.length) return html`<p class="readout">No word loses ${NEEDS} nats by any one stretch.</p>`;
  return html`
    <h3 class="sub3">Attention against cause, word by word</h3>
    <p class="readout"><b>${needing.length}</b> of ${data.words.length} words lose at least ${NEEDS} nats by some
      stretch. Of these, <b>${same}</b> read most where they lose most. The correlation is
      <b>${signed(mean(own) ?? 0, 2)}</b> in their mean; with the attention of another word it is
      ${signed(mean(other) ?? 0, 2)}. This is one recording: it says nothing of others.</p>
    ${plot({
      label: "Correlation of attention with nats lost, by word; with the word’s own attention and with another’s",
      height: HEIGHT,
      traces: [
        { name: "its own attention", x: names, y: own, color: "prob", mode: "lines+markers" },
        { name: "another word’s, mean", x: names, y: other, color: "ink3", dash: "5px,4px" },
      ],
      x: { title: "word", type: "category" },
      y: { title: "correlation", range: [-1, 1.05] },
      marks: needing.includes(word) ? [{ x: needing.indexOf(word), color: "ink3", dash: "dot" }] : [],
      onClick: (point) => point && ctx.keep({ word: needing[point.index] }),
    })}`;
}
