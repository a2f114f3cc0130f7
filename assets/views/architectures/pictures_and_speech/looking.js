// @ts-check
/**
 * Where the heads of the decoder looked: shares over the recording's frames, a row a word.
 *
 * @import { SpeechHeard } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @typedef {{ layer: number, head: number }} Head
 */
import { headName } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";

/** A byte holds √share. */
const ROOT = 255;

/**
 * The head that the link names; none stands for the mean of all.
 * @param {SpeechHeard} data
 * @param {ViewContext<any>} ctx
 * @returns {Head | null}
 */
export function chosenHead(data, ctx) {
  const [layer, head] = String(ctx.controls.head ?? "")
    .split(".")
    .map(Number);
  const [layers, heads] = data.heads.shape;
  return layer >= 0 && layer < layers && head >= 0 && head < heads ? { layer, head } : null;
}

/** @param {SpeechHeard} data @param {Head | null} head */
export function named(data, head) {
  return head ? headName(head.layer, head.head) : `the mean of all ${data.heads.shape[0] * data.heads.shape[1]} heads`;
}

/**
 * Shares over the frames, word by word, of a head or of the mean of all.
 * @param {SpeechHeard} data
 * @param {Head | null} chosen
 * @returns {Float32Array[]}
 */
export function sharesOf(data, chosen) {
  const [layers, heads, words, frames] = data.heads.shape;
  const picked = chosen
    ? [chosen]
    : range(layers * heads).map((at) => ({ layer: Math.floor(at / heads), head: at % heads }));
  return range(words).map((word) => {
    const row = new Float32Array(frames);
    for (const { layer, head } of picked) {
      const start = ((layer * heads + head) * words + word) * frames;
      for (let frame = 0; frame < frames; frame++)
        row[frame] += (data.heads.a[start + frame] / ROOT) ** 2 / picked.length;
    }
    return row;
  });
}
