// @ts-check
/**
 * One answer: its tokens with the signals beneath each, the depths of the lens, and what was drawn besides.
 *
 * @import { KnowingAnswer, KnowingToken } from "../../../types/safety"
 * @import { Column } from "../../../kit/numbers/table.js"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Pixels of a row of the lens, and of the room beside it for the depths. */
const ROW = 15;
const ROOM = { top: 0, right: 0, bottom: 0, left: 52 };
/** Rows that are so many that they are drawn lower. */
const MANY = 12;
/** Texts of a meaning that are shown. */
const TEXTS = 3;

/** @type {Column<KnowingToken>[]} */
const COLUMNS = [
  { name: "token", cell: ({ text }) => html`<bdi class="mono">${shown(text)}</bdi>` },
  { name: "probability", number: true, cell: ({ p }) => percent(p, 1) },
  {
    name: "entropy",
    number: true,
    title: "Of the distribution that the token is taken from, in nats",
    cell: ({ entropy }) => decimal(entropy),
  },
];
/** @type {Column<KnowingToken>} */
const PROBED = {
  name: "probe: unknown",
  number: true,
  title: "The probe’s probability that this person was never read about, at the question’s last token",
  cell: ({ unknown }) => (unknown === null ? "–" : percent(unknown, 0)),
};

/**
 * @param {KnowingAnswer} asked
 * @param {{ title: unknown, width: number, samples: number, said?: unknown }} options
 */
export function answer(asked, { title, width, samples, said = nothing }) {
  return html`
    <section class="answered">
      <h3 class="sub3">${title}</h3>
      <p class="asked"><bdi>${asked.question}</bdi> <b><bdi>${asked.answer.trim() || "(nothing)"}</bdi></b></p>
      ${said}
      ${tokens(asked)}
      ${lens(asked, Math.min(width, 420))}
      ${meanings(asked, samples)}
    </section>`;
}

/** @param {KnowingAnswer} asked */
function tokens({ tokens, question }) {
  const probed = tokens.some(({ unknown }) => unknown !== null);
  return table({
    label: `The answer to “${question}”, token by token`,
    columns: probed ? [...COLUMNS, PROBED] : COLUMNS,
    rows: tokens,
  });
}

/** @param {KnowingAnswer} asked @param {number} width */
function lens({ tokens, question }, width) {
  if (!tokens.length) return nothing;
  const depths = tokens[0].lens.length;
  const colour = ramp("prob");
  const row = depths > MANY ? ROW / 2 : ROW;
  return html`
    <p class="hint">The lens: the token’s probability, were the stream read before the first block (top), and after
      each.</p>
    ${matrix({
      rows: depths,
      columns: tokens.length,
      width: width - ROOM.left,
      height: depths * row,
      margin: ROOM,
      colour: (depth, at) => colour(0.08 + 0.92 * tokens[at].lens[depth]),
      of: [tokens],
      label: `The lens of the answer to “${question}”: ${depths} depths by ${counted(tokens.length, "token")}`,
      told: ({ row: depth, column }) => ({
        title: shown(tokens[column].text),
        details: [
          ["depth", depth ? `after block ${depth - 1}` : "embedding"],
          ["probability", percent(tokens[column].lens[depth], 1)],
        ],
      }),
      over: (context, cell) => {
        context.textBaseline = "middle";
        context.font = `11px ${css("sans")}`;
        context.fillStyle = css("ink2");
        for (const depth of [0, depths - 1])
          context.fillText(depth ? `block ${depth - 1}` : "embed", -ROOM.left, (depth + 0.5) * cell.height);
      },
    })}`;
}

/** @param {KnowingAnswer} asked @param {number} samples */
function meanings({ meanings, question }, samples) {
  return html`
    <p class="hint">${counted(samples, "answer")} drawn, by what they mean:</p>
    ${table({
      label: `Answers drawn to “${question}”, by their meaning`,
      columns: [
        { name: "meaning", cell: ({ key }) => html`<bdi>${key || "(nothing)"}</bdi>` },
        { name: "drawn", number: true, cell: ({ count }) => String(count) },
        { name: "by probability", number: true, cell: ({ probability }) => percent(probability, 0) },
        { name: "texts", cell: ({ texts }) => html`<bdi>${listed(texts)}</bdi>` },
      ],
      rows: meanings,
    })}`;
}

/** @param {string[]} texts */
const listed = (texts) =>
  texts
    .slice(0, TEXTS)
    .map((text) => text.trim() || "(nothing)")
    .join(" · ") + (texts.length > TEXTS ? ` and ${texts.length - TEXTS} more` : "");

/** @param {string} text */
const shown = (text) => (text ? text.replaceAll(" ", "·").replaceAll("\n", "↵") : "(end)");

/** The rows of one answer for a file. @param {KnowingAnswer} asked @param {string} who */
export const rowsOf = (asked, who) =>
  asked.tokens.map((/** @type {KnowingToken} */ { text, p, entropy, unknown, lens }, at) => ({
    who,
    question: asked.question,
    token: at,
    text,
    probability: p,
    entropy,
    probe_unknown: unknown,
    ...Object.fromEntries(lens.map((value, depth) => [`lens_${depth}`, value])),
    ...asked.signals,
  }));
