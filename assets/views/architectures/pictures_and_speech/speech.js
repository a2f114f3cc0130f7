// @ts-check
/**
 * The words that were heard in a recording, and where in it each head of the decoder looked while a word was written.
 *
 * @import { SpeechHeard } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ word: number }} Kept the word that is selected
 * @typedef {{ layer: number, head: number }} Head
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { maxIndex, range, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { allHeads } from "./all_heads.js";
import { chosenHead, named, sharesOf } from "./looking.js";
import { waveform } from "./waveform.js";
import { wordRows } from "./word_rows.js";

/** Seconds around the frame that was looked at most. */
const NEAR = 0.25;
const ROW = { least: 4, most: 12, all: 240 };

/** @type {View<SpeechHeard, Kept>} */
export function speech(data, ctx) {
  const head = chosenHead(data, ctx);
  const shares = sharesOf(data, head);
  const word = Math.min(ctx.kept.word ?? Math.floor(data.words.length / 2), data.words.length - 1);
  const choose = (/** @type {number} */ chosen) => ctx.keep({ word: chosen });
  const height = Math.max(ROW.least, Math.min(ROW.most, ROW.all / data.words.length)) * data.words.length;
  return html`
    <audio class="recording" controls preload="auto" aria-label="The recording" .src=${data.sound}></audio>
    <p class="readout">${said(data, { head, shares, word })}</p>
    ${waveform({ data, shares: shares[word], width: ctx.width, label: spoken(data, { head, shares, word }) })}
    <div class="words" role="group" aria-label="Words heard; arrow keys walk" data-rove @keydown=${rove}>
      ${data.words.map((text, at) => {
        const press = () => choose(at);
        return html`<button class="tok" type="button" aria-pressed=${at === word} tabindex=${at === word ? 0 : -1}
          @focus=${press} @click=${press}>${text}</button>`;
      })}
    </div>
    <h3 class="sub3">All words, by ${named(data, head)}: rows are words, columns are time</h3>
    ${wordRows({
      data,
      shares,
      word,
      choose,
      width: ctx.width,
      height,
      label: `${data.words.length} words over time, by ${named(data, head)}`,
    })}
    ${allHeads(data, ctx, head)}`;
}

/**
 * Where each word was looked for, by the chosen head or the mean of all.
 * @param {SpeechHeard} data
 * @param {import("../../../kit/view").ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const shares = sharesOf(data, chosenHead(data, ctx));
  return data.words.map((text, word) => {
    const most = maxIndex(shares[word]);
    return {
      word: text,
      seconds: data.frame_seconds.a[most],
      share: shares[word][most],
      near: near(data, shares[word]),
    };
  });
}

/**
 * Share of the attention that lies near the frame looked at most.
 * @param {SpeechHeard} data
 * @param {Float32Array} shares
 */
function near(data, shares) {
  const seconds = data.frame_seconds.a;
  const when = seconds[maxIndex(shares)];
  return sum(
    range(shares.length).filter((frame) => Math.abs(seconds[frame] - when) <= NEAR),
    (frame) => shares[frame],
  );
}

/** @param {SpeechHeard} data @param {{ head: Head | null, shares: Float32Array[], word: number }} here */
function said(data, { head, shares, word }) {
  const when = data.frame_seconds.a[maxIndex(shares[word])].toFixed(2);
  return html`While the model writes <b>${data.words[word]}</b>, ${named(data, head)} reads most at ${when} s;
    ${percent(near(data, shares[word]))} of that attention is within a quarter of a second of it.`;
}

/** @param {SpeechHeard} data @param {{ head: Head | null, shares: Float32Array[], word: number }} here */
function spoken(data, { head, shares, word }) {
  const when = data.frame_seconds.a[maxIndex(shares[word])].toFixed(2);
  return (
    `Waveform of ${data.seconds.toFixed(1)} seconds; for “${data.words[word]}”, ` +
    `${named(data, head)} reads most at ${when} s`
  );
}
