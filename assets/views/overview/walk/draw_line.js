// @ts-check
/**
 * The last stage of the walk: the kept tokens laid end to end from 0 to 1, likeliest first, where the random number u
 * fell, and what it was drawn from.
 *
 * @import { WalkRiver, WalkSample } from "../../../types/overview"
 * @import { Context } from "./blocks.js"
 * @import { Opened } from "./operands.js"
 */
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { cut, svgToken, token, tokenText } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3_first.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

/** Pixels: the padding of the box around it, its height, and a character with the room at both ends of a name. */
const PADDING = { wide: 34, narrow: 26, below: 700 };
const HEIGHT = 50;
const CHARACTER = 7;
const ENDS = 6;
const LONGEST = 12;
/** A stretch of fewer pixels is not drawn. */
const SEEN = 0.3;
const NOTHING_LEFT = 1e-6;

/**
 * @param {WalkSample} sample
 * @param {number} room
 */
export function drawLine(sample, room) {
  const width = Math.max(200, room - (room < PADDING.below ? PADDING.narrow : PADDING.wide));
  const ids = [...sample.ids, ...(sample.rest > NOTHING_LEFT ? [null] : [])];
  const shares = [...sample.probabilities, sample.rest];
  return svg`
    <svg class="fig drawline" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="img"
      aria-label="Kept tokens from 0 to 1 with the random number u">
      ${ids.map((id, at) => {
        const place = { x: width * sum(shares.slice(0, at)), width: width * shares[at] };
        return stretch(id, place, id !== null && id === sample.chosen);
      })}
      ${needle(sample, width)}
      <text class="dim" x="0" y="48">0</text>
      <text class="dim" x=${width} y="48" text-anchor="end">1</text>
    </svg>`;
}

/**
 * @param {number | null} id null for what is not listed
 * @param {{ x: number, width: number }} place
 * @param {boolean} chosen
 */
function stretch(id, { x, width }, chosen) {
  if (width < SEEN) return nothing;
  const label = id === null ? "rest" : cut(tokenText(id), LONGEST);
  const fits = width > [...label].length * CHARACTER + ENDS;
  const [middle, className] = [x + width / 2, chosen ? "chosen" : ""];
  const name =
    id === null
      ? svg`<text x=${middle} y="28" text-anchor="middle">${label}</text>`
      : svgToken(id, { x: middle, y: 28, anchor: "middle", most: LONGEST, className: `m ${className}` });
  return svg`
    <rect class="stretch ${className} ${id === null ? "rest" : ""}" x=${x} y="14" width=${Math.max(0.4, width - 1)}
      height="20" />
    ${fits ? name : nothing}`;
}

/**
 * @param {WalkSample} sample
 * @param {number} width
 */
function needle({ u, forced, temperature }, width) {
  if (u === null || forced || temperature === 0) return nothing;
  const at = Math.min(width - 1, u * width);
  const anchor = at > width - 60 ? "end" : at < 30 ? "start" : "middle";
  return svg`
    <path class="needle" d="M${at} 10V38" />
    <text class="ink strong" x=${Math.min(width - 2, Math.max(0, at))} y="8"
      text-anchor=${anchor}>u ${decimal(u, 3)}</text>`;
}

/** @param {WalkRiver} data */
export function sampleSays({ sample, vocabulary }) {
  if (!sample) return "Inside the prompt nothing is drawn: the next token is given.";
  if (sample.temperature === 0) return "Greedy: the likeliest token is taken, nothing is drawn.";
  if (sample.kept === vocabulary) return `Nothing is cut: one of ${whole(vocabulary)} tokens is drawn.`;
  return `${sample.kept === 1 ? "One token is" : `${whole(sample.kept)} tokens are`} left after the cut; one is drawn.`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @returns {Opened}
 */
export function sampleOpened(data, ctx) {
  const { sample } = data;
  if (!sample) {
    const given = html`${data.next_given === null ? "nothing follows" : token(data.next_given)} it stands in the prompt;
      the model gave it ${percent(data.next_given_p ?? 0)}`;
    return { formula: "next = text[position + 1]", operands: [["given", given]] };
  }
  const greedy = sample.temperature === 0;
  return {
    formula: greedy ? "next = argmax(logits)" : "next = first token whose running sum passes u",
    operands: [
      ["settings", sample.words],
      [sample.forced ? "forced" : "drawn", drawn(sample, greedy)],
    ],
    picture: drawLine(sample, ctx.width),
  };
}

/**
 * @param {NonNullable<WalkRiver["sample"]>} sample
 * @param {boolean} greedy
 */
function drawn({ chosen, forced, u, low, high }, greedy) {
  if (chosen === null) return "nothing yet: this run generated no token here";
  if (forced) return html`${token(chosen)} chosen by hand, not drawn`;
  if (u === null || greedy) return token(chosen);
  return html`${token(chosen)} u = ${decimal(u, 4)} falls in ${decimal(low, 4)} to ${decimal(high, 4)}`;
}
