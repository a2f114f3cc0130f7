// @ts-check
/**
 * The greedy search over the letters of a word: a row for each candidate, from the longest down to the one that is
 * found; below, what it took, and a better cut where there is one.
 *
 * @import { WordpieceGreedy, WordpieceStep, WordpieceWord } from "../../../types/tokenization"
 */
import { whole } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { nothing, svg } from "../../../vendor/lit.js";

const [LEFT, NARROW_LEFT, RIGHT] = [74, 8, 86];
const NARROW = 720;
const CELL = { least: 22, most: 84 };
const ROW = 22;
const GAP = 10;
const TOP = 34;

/** @param {WordpieceGreedy} data @param {WordpieceWord} word @param {number} width */
export function search({ steps }, word, width) {
  const letters = [...word.text];
  const narrow = width < NARROW;
  const left = narrow ? NARROW_LEFT : LEFT;
  const cell = Math.max(CELL.least, Math.min(CELL.most, (width - left - RIGHT) / letters.length));
  const x = (/** @type {number} */ place) => left + cell * place;
  let y = TOP;
  const placed = steps.map((step) => {
    const top = y;
    y += (step.tries.length + (step.left_out ? 1 : 0)) * ROW + GAP;
    return { step, top };
  });
  const under = y + 18;
  const height = under + (word.better.length ? 70 : 36);
  const total = Math.max(width, x(letters.length) + RIGHT);
  return svg`
    <svg class="fig search" viewBox="0 0 ${total} ${height}" width=${total} height=${height} style="width:${total}px"
      role="img" aria-label="${word.text} becomes ${word.tokens.join(", ")}">
      ${letters.map(
        (letter, i) => svg`<text class="m letter" x=${x(i + 0.5)} y="19" text-anchor="middle">${signs(letter)}</text>`,
      )}
      ${[...letters, ""].map(
        (_, i) => svg`<line class="hair" x1=${x(i)} x2=${x(i)} y1=${TOP - 6} y2=${y - GAP + 4} />`,
      )}
      ${placed.map(({ step, top }, i) => place({ step, top, i, x, left, narrow, letters: letters.length }))}
      ${row({
        name: "taken",
        tokens: word.tokens,
        x,
        y: under,
        left,
        narrow,
        mark: word.why ? "lost" : "found",
        letters: letters.length,
      })}
      ${
        word.better.length
          ? row({
              name: word.why ? "works" : "fewer",
              tokens: word.better,
              x,
              y: under + 34,
              left,
              narrow,
              mark: "better",
              letters: letters.length,
            })
          : nothing
      }
    </svg>`;
}

/**
 * @param {{ step: WordpieceStep, top: number, i: number, x: (place: number) => number, left: number, narrow: boolean,
 *   letters: number }} at
 */
function place({ step, top, i, x, left, narrow, letters }) {
  const head = step.left_out ? step.tries.length - Math.min(step.tries.length, 9) : 0;
  const line = (/** @type {number} */ k) => top + (k + (step.left_out && k >= head ? 1 : 0)) * ROW;
  return svg`
    ${
      narrow
        ? nothing
        : svg`<text class="dim" x=${left - 10} y=${top + 14} text-anchor="end">place ${whole(i + 1)}</text>`
    }
    ${step.tries.map(({ text, found }, k) => {
      const [from, to] = [x(step.start), x(step.start + [...text].length)];
      return svg`
        <g class="try ${found ? "found" : ""}">
          <rect x=${from + 1.5} y=${line(k)} width=${to - from - 3} height=${ROW - 4} rx="4" />
          <text class="m" x=${(from + to) / 2} y=${line(k) + 13}
            text-anchor="middle">${step.start ? `##${signs(text)}` : signs(text)}</text>
          ${found ? svg`<text class="dim" x=${to + 6} y=${line(k) + 13}>id ${whole(step.id)}</text>` : nothing}
        </g>`;
    })}
    ${
      step.left_out
        ? svg`<text class="dim" x=${x(step.start) + 6}
          y=${top + head * ROW + 14}>… ${whole(step.left_out)} more look-ups, each a letter shorter</text>`
        : nothing
    }
    ${
      step.id < 0
        ? svg`<text class="none" x=${Math.min(x(letters) - 60, x(step.start) + 6)}
          y=${line(step.tries.length - 1) + ROW + 10}>no token fits</text>`
        : nothing
    }`;
}

/**
 * A cut under the letters.
 * @param {{ name: string, tokens: string[], x: (place: number) => number, y: number, left: number, narrow: boolean,
 *   mark: string, letters: number }} at
 */
function row({ name, tokens, x, y, left, narrow, mark, letters }) {
  let at = 0;
  return svg`
    <g class="taken ${mark}">
      ${
        narrow
          ? svg`<title>${name}</title>`
          : svg`<text class="rank" x=${left - 10} y=${y + 16} text-anchor="end">${name}</text>`
      }
      ${tokens.map((token) => {
        const from = at;
        at = mark === "lost" ? letters : at + [...token].length - (from && token.startsWith("##") ? 2 : 0);
        return svg`
          <rect x=${x(from) + 1.5} y=${y} width=${x(at) - x(from) - 3} height="24" rx="4" />
          <text class="m" x=${(x(from) + x(at)) / 2} y=${y + 16} text-anchor="middle">${signs(token)}</text>`;
      })}
    </g>`;
}
