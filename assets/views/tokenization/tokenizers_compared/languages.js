// @ts-check
/**
 * Tokens of the same paragraph by language: a column of dots for each tokenizer, all on one scale.
 *
 * @import { LanguageColumn, TokenizersLanguages } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { dot, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const [NAMES, NUMBERS, HEAD, ROW, FOOT] = [66, 40, 26, 19, 14];
/** Pixels of a column that is still read. */
const LEAST = 84;

export const follows = true;

/** @type {View<TokenizersLanguages>} */
export function languages(data, ctx) {
  const columns = data.columns.filter((column) => !column.reason);
  if (!columns.length) return html`<p class="readout">No chosen tokenizer is downloaded yet.</p>`;
  return html`
    <p class="readout">${dearest(data, columns)}</p>
    ${plot(data, columns, ctx)}
    ${legend([
      [{ color: "river-deep", shape: "dot" }, "tokens"],
      columns.some((column) => column.unknown.a.some(Boolean)) && [
        { color: "river-deep", shape: "dot", hollow: true },
        "some tokens are [UNK]: few tokens, because text is lost",
      ],
      [{ color: "ink3", shape: "tick", dash: true }, "English"],
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
function plot({ languages }, columns, ctx) {
  const each = Math.max(1, Math.min(columns.length, Math.floor((ctx.width - NAMES) / LEAST)));
  const even = Math.ceil(columns.length / Math.ceil(columns.length / each));
  const width = (ctx.width - NAMES) / even;
  const most = max(columns, (column) => max(column.counts.a)) ?? 1;
  const unit = (width - NUMBERS - 8) / most;
  const band = HEAD + languages.length * ROW + FOOT;
  return picture({
    label: "Tokens by language and tokenizer",
    className: "language-dots",
    width: ctx.width,
    height: Math.ceil(columns.length / even) * band,
    marks: columns.map((column, at) => {
      const [left, top, first] = [NAMES + (at % even) * width, Math.floor(at / even) * band, at % even === 0];
      const along = [top + 20, top + HEAD + languages.length * ROW];
      const { a: counts } = column.counts;
      return [
        text({ x: left, y: top + 8, text: column.title, className: "h" }),
        rule({ x: left, y: [along[0], along[1]] }),
        rule({ x: left + unit * counts[0], y: [along[0], along[1]], color: "ink3", dash: "2 3" }),
        items({
          data: languages,
          told: (language, i) => ({
            title: `${language.name}, ${column.title}`,
            lines: linesOf(language, column, i),
            name: `${first ? `${language.name} ` : ""}${counts[i]}: ${language.name} in ${column.title}`,
          }),
          press({ code }) {
            ctx.control("source", code);
            ctx.select({}, { show: "lanes" });
          },
          chosen: ({ code }) => ctx.controls.source === code,
          hit: (_, i) => ({
            x: [first ? 0 : left - 4, left + unit * counts[i] + NUMBERS],
            y: top + HEAD + i * ROW + 8,
            thick: ROW,
          }),
          marks({ name, code }, i) {
            const [end, y] = [left + unit * counts[i], top + HEAD + i * ROW + 8];
            const on = ctx.controls.source === code;
            return [
              first && text({ x: 0, y, text: name, className: on ? "who b ink" : "who" }),
              rule({ x: [left, end], y, color: on ? "prob" : "river-deep" }),
              dot({ x: end, y, color: on ? "prob" : "river-deep", hollow: Boolean(column.unknown.a[i]) }),
              text({ x: end, y, dx: 9, text: counts[i], className: on ? "b ink" : "" }),
            ];
          },
        }),
      ];
    }),
  });
}

/**
 * @param {TokenizersLanguages["languages"][number]} language
 * @param {LanguageColumn} column
 * @param {number} i
 * @returns {[string, string][]}
 */
function linesOf({ nbytes }, { counts, unknown }, i) {
  const [count, lost] = [counts.a[i], unknown.a[i]];
  return [
    ["tokens", whole(count)],
    ["compared with English", `${decimal(count / counts.a[0])} times`],
    ["bytes per token", decimal(nbytes / count)],
    .../** @type {[string, string][]} */ (lost ? [["[UNK] tokens", whole(lost)]] : []),
  ];
}
