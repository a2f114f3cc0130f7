// @ts-check
/**
 * Tokens of the same paragraph by language: a column of dots for each tokenizer, all on one scale.
 *
 * @import { LanguageColumn, TokenizersLanguages } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { decimal, whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { pressing, rove } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

const [NAMES, NUMBERS, HEAD, ROW, FOOT] = [66, 40, 26, 19, 14];
/** Pixels of a column that is still read. */
const LEAST = 84;
const RADIUS = 4;

export const follows = true;

/** @type {View<TokenizersLanguages>} */
export function languages(data, ctx) {
  const columns = data.columns.filter((column) => !column.reason);
  if (!columns.length) return html`<p class="readout">No chosen tokenizer is downloaded yet.</p>`;
  return html`
    <p class="readout">${dearest(data, columns)}</p>
    ${plot(data, columns, ctx)}
    ${legend([
      ["value", "tokens"],
      columns.some((column) => column.unknown.a.some(Boolean)) && [
        "hollow",
        "some tokens are [UNK]: few tokens, because text is lost",
      ],
      ["english", "English"],
    ])}
    <p class="hint">The text is ${data.title}, in the United Nations’ own translations. Choose a language to see its
      paragraph
      in the lanes above.
      ${
        data.columns.length > columns.length
          ? `Not downloaded: ${data.columns
              .filter(({ reason }) => reason)
              .map(({ title }) => title)
              .join(", ")}.`
          : ""
      }</p>`;
}

/**
 * A row for each language and tokenizer.
 * @param {TokenizersLanguages} data
 * @returns {Row[]}
 */
export function rows({ languages, columns }) {
  return columns
    .filter((column) => !column.reason)
    .flatMap(({ name, counts, unknown }) =>
      languages.map((language, i) => ({
        tokenizer: name,
        language: language.name,
        tokens: counts.a[i],
        unknown: unknown.a[i],
        times_english: counts.a[i] / counts.a[0],
        characters: language.characters,
        bytes: language.nbytes,
      })),
    );
}

/** @param {TokenizersLanguages} data @param {LanguageColumn[]} columns */
function dearest({ languages }, columns) {
  const all = columns.flatMap((column) =>
    languages
      .map((language, i) => ({
        column,
        language,
        times: column.counts.a[i] / column.counts.a[0],
        unknown: column.unknown.a[i],
      }))
      .filter((each) => !each.unknown),
  );
  const worst = all.reduce((one, other) => (other.times > one.times ? other : one));
  const own = all.filter((each) => each.language === worst.language);
  const best = own.reduce((one, other) => (other.times < one.times ? other : one));
  return html`The largest ratio: <b>${worst.language.name}</b> takes <b>${decimal(worst.times, 1)} times</b> as many
    tokens
    as English in <b>${worst.column.title}</b>${
      best === worst ? "" : html`, and ${decimal(best.times, 1)} times as many in ${best.column.title}`
    }.`;
}

/** @param {TokenizersLanguages} data @param {LanguageColumn[]} columns @param {ViewContext} ctx */
function plot(data, columns, ctx) {
  const each = Math.max(1, Math.min(columns.length, Math.floor((ctx.width - NAMES) / LEAST)));
  const even = Math.ceil(columns.length / Math.ceil(columns.length / each));
  const width = (ctx.width - NAMES) / even;
  const most = max(columns, (column) => max(column.counts.a)) ?? 1;
  const x = scaleLinear([0, most], [0, width - NUMBERS - 8]);
  const band = HEAD + data.languages.length * ROW + FOOT;
  const height = Math.ceil(columns.length / even) * band;
  return svg`
    <svg class="fig language-dots" viewBox="0 0 ${ctx.width} ${height}" height=${height} role="group"
      aria-label="Tokens by language and tokenizer" data-rove @keydown=${rove}>
      ${columns.map((column, i) =>
        columnOf(
          data,
          column,
          x,
          { y: Math.floor(i / even) * band, left: NAMES + (i % even) * width, first: i % even === 0, only: i === 0 },
          ctx,
        ),
      )}
    </svg>`;
}

/**
 * @param {TokenizersLanguages} data
 * @param {LanguageColumn} column
 * @param {(count: number) => number} x
 * @param {{ y: number, left: number, first: boolean, only: boolean }} place
 * @param {ViewContext} ctx
 */
function columnOf({ languages }, column, x, { y, left, first, only }, ctx) {
  const english = left + x(column.counts.a[0]);
  const bottom = y + HEAD + languages.length * ROW;
  return svg`
    <text class="h" x=${left} y=${y + 12}>${column.title}</text>
    <line class="zero" x1=${left} x2=${left} y1=${y + 20} y2=${bottom} />
    <line class="english" x1=${english} x2=${english} y1=${y + 20} y2=${bottom} />
    ${languages.map((language, i) => {
      const count = column.counts.a[i];
      const middle = y + HEAD + i * ROW + 8;
      const on = ctx.controls.source === language.code;
      const tip = tooltip(`${language.name}, ${column.title}`, [
        ["tokens", whole(count)],
        ["compared with English", `${decimal(count / column.counts.a[0])} times`],
        ["bytes per token", decimal(language.nbytes / count)],
        ...(column.unknown.a[i]
          ? /** @type {[string, string][]} */ ([["[UNK] tokens", whole(column.unknown.a[i])]])
          : []),
      ]);
      const choose = () => {
        ctx.control("source", language.code);
        ctx.select({}, { show: "lanes" });
      };
      return svg`
        <g class="dot-row ${on ? "on" : ""}" role="button" tabindex=${only && i === 0 ? 0 : -1}
          aria-label="${first ? `${language.name} ` : ""}${count}: ${language.name} in ${column.title}"
          @click=${choose} @keydown=${pressing(choose)} @pointermove=${tip.show} @pointerleave=${tip.hide}
          @focus=${tip.beside} @blur=${tip.hide}>
          <rect class="hit" x=${first ? 0 : left - 4} y=${middle - ROW / 2}
            width=${x(count) + NUMBERS + (first ? left : 4)} height=${ROW} rx="3" />
          ${first ? svg`<text class="who" x="0" y=${middle + 4}>${language.name}</text>` : nothing}
          <line class="stem" x1=${left} x2=${left + x(count)} y1=${middle} y2=${middle} />
          <circle class=${column.unknown.a[i] ? "hollow" : ""} cx=${left + x(count)} cy=${middle} r=${RADIUS} />
          <text class="number" x=${left + x(count) + 9} y=${middle + 4}>${count}</text>
        </g>`;
    })}`;
}
