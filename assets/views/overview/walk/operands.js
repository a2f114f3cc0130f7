// @ts-check
/**
 * The five stages of the walk: what each does in a sentence, and the operands that it was computed from.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Context, Standing } from "./blocks.js"
 *
 * @typedef {[name: unknown, value: unknown]} Operand
 * @typedef {{ formula: string, operands: Operand[], hint?: string, picture?: unknown }} Opened
 */

import { leadName } from "../../../kit/controls/over.js";
import { decimal, percent, signed, tone, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { feedForward, writersOf } from "../../../kit/runs/writers.js";
import { token } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3_first.js";
import { html, nothing } from "../../../vendor/lit.js";
import { blockAt, blocksOf, SAME } from "./blocks.js";
import { sampleOpened, sampleSays } from "./draw_line.js";

/** @param {number} value */
const share = (value, digits = 2) => html`<b class=${tone(value)}>${signed(value, digits)}</b>`;

/** @param {number[]} bytes */
const hexadecimal = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

export const STAGES = [
  {
    name: "Token",
    links: [["tokens", "Tokens"]],
    says: (/** @type {WalkRiver} */ { token: { id }, vocabulary }) =>
      html`${token(id)} is entry ${whole(id)} of ${whole(vocabulary)}.`,
    opened: tokenOpened,
  },
  {
    name: "Embed",
    links: [["residual_stream", "Residual stream"]],
    says: (/** @type {WalkRiver} */ { token: { is_row }, embedding, norms }) =>
      `${is_row ? "Its row of W_E" : "Its vector"}, ${whole(embedding.a.length)} numbers, starts the stream: ` +
      `length ${figures(norms.a[0])}.`,
    opened: embeddingOpened,
  },
  {
    name: "Blocks",
    links: [
      ["attention", "Attention"],
      ["residual_stream", "Residual stream"],
    ],
    mixed: [
      ["residual_stream", "Residual stream"],
      ["state", "State"],
    ],
    says: (/** @type {WalkRiver} */ data) =>
      `Each block reads the stream and adds to it; its length ends at ${figures(data.norms.a[blocksOf(data)])}.`,
    opened: blocksOpened,
  },
  {
    name: "Norm & unembed",
    links: [["residual_stream", "Residual stream"]],
    says: (/** @type {WalkRiver} */ { norm_word, rms, vocabulary }) =>
      `Divide by ${norm_word} ${decimal(rms)}, then compare with all ${whole(vocabulary)} token rows.`,
    opened: unembeddingOpened,
  },
  { name: "Sample", links: [["sampling", "Sampling"]], says: sampleSays, opened: sampleOpened },
];

/**
 * @param {WalkRiver} data
 * @returns {Opened}
 */
function tokenOpened({ token: { id, bytes, start }, position }) {
  const from = bytes.length ? `, from byte ${start}` : "";
  return {
    formula: "id = vocabulary[bytes]",
    operands: [
      [
        "bytes",
        html`<span class="mono">${bytes.length ? hexadecimal(bytes) : "none: a special token"}</span>
          ${bytes.length} of the text${from}`,
      ],
      ["token", html`${token(id)} position ${position}`],
      ["id", html`<b>${whole(id)}</b> the row that is read from W_E`],
    ],
  };
}

/**
 * @param {WalkRiver} data
 * @param {Context} _ctx
 * @param {Standing} walk
 * @returns {Opened}
 */
function embeddingOpened(data, _ctx, { cell }) {
  const values = data.embedding.a;
  const length = data.norms.a[0];
  const at = cell ?? values.reduce((most, value, each) => (Math.abs(value) > Math.abs(values[most]) ? each : most), 0);
  const cosine = data.embed / (length * data.direction || 1);
  return {
    formula: data.token.is_row ? `x₀ = W_E[${data.token.id}]` : "x₀ = embed(id)",
    operands: [
      [
        cell === null ? `value ${at}, the largest` : `value ${at}`,
        html`<b>${decimal(values[at], 4)}</b> its square is ${percent((values[at] / length) ** 2)} of |x₀|²`,
      ],
      ["length", html`<b>${decimal(length, 3)}</b> = √ of the sum of ${whole(values.length)} squares`],
      [
        "its share",
        html`${share(data.embed)} = x₀ · direction = ${decimal(length)} × ${decimal(data.direction, 3)} × cosine
          ${signed(cosine, 3)}`,
      ],
    ],
    hint: "Point at a value of the strip to read it.",
  };
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 * @returns {Opened}
 */
function blocksOpened(data, ctx, { block }) {
  const is = blockAt(data, block);
  const { first, second } = writersOf(ctx);
  /** @type {(name: string, value: number, written: { length: number, cosine: number }, before?: number) => Operand} */
  const line = (name, value, { length, cosine }, before) => [
    `${name} of block ${block}`,
    html`${share(value)} = |write| ${figures(length)} × |direction| ${decimal(data.direction, 3)} × cosine
      ${signed(cosine, 3)}
      ${
        before === undefined || Math.abs(before - value) < SAME
          ? nothing
          : html`(${ctx.beside.before} ${signed(before)})`
      }`,
  ];
  /** @type {Operand[]} */
  const edit = is.edit ? [["intervention", html`${share(is.edit)} added to the stream after this block`]] : [];
  return {
    formula:
      "share = write · " +
      `${data.norm_word === "rms" ? `(${rowOf(data)} × γ ÷ rms)` : `(centred(${rowOf(data)} × γ) ÷ deviation)`}`,
    operands: [
      line(first, is.attention, is.written.attention, is.before?.attention),
      ...(second === null ? [] : [line(second, is.mlp, is.written.mlp, is.before?.mlp)]),
      ...edit,
      [
        "stream",
        html`<b>${figures(is.length[0])} → ${figures(is.length[1])}</b> the lens reads ${token(is.lens.id)}
          <b>${percent(is.lens.p)}</b> and has ${token(data.target)} at rank <b>${whole(is.target.rank)}</b>,
          ${percent(is.target.p)}`,
      ],
    ],
    hint: "Point at a block to read it; a click or Enter opens it below. The stream is drawn as wide as √|x|.",
  };
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @returns {Opened}
 */
function unembeddingOpened(data, ctx) {
  const count = blocksOf(data);
  const { first, second } = writersOf(ctx);
  const rms = data.norm_word === "rms";
  const biases = Math.abs(data.constant) >= SAME;
  const edits = sum(data.edits.a);
  const { lead, reference } = data.measured;
  const bent = Math.abs(lead + reference - data.logit) >= SAME;
  const capped = bent ? `, before the softcap bends the logit to ${decimal(data.logit, 3)}` : nothing;
  const divisor = `= √(|x|² ÷ ${whole(data.embedding.a.length)} + ε), |x| = ${decimal(data.norms.a[count], 1)}`;
  return {
    formula:
      `${leadName(data.measured)} = ${rowOf(data)} · (γ × ${rms ? "x ÷ rms" : "(x − mean) ÷ deviation"})` +
      `${biases ? " + biases" : ""}`,
    operands: [
      [data.norm_word, html`<b>${decimal(data.rms, 3)}</b> ${rms ? divisor : "of the final stream"}`],
      [
        leadName(data.measured),
        html`<b>${decimal(lead, 3)}</b> = embedding ${share(data.embed)} + ${count} ${first}s
          ${share(sum(data.attn.a))}
          ${
            second === null
              ? nothing
              : html`+ ${count} ${feedForward(ctx, "MLPs", "mixtures of experts")} ${share(sum(data.mlp.a))}`
          }
          ${biases ? html`+ biases ${share(data.constant)}` : nothing}
          ${data.edits.a.some(Boolean) ? html`+ interventions ${share(edits)}` : nothing}${capped}`,
      ],
      [
        "probability",
        html`<b>${percent(data.p)}</b> = exp(${decimal(data.logit, 3)} − ${decimal(data.logsumexp, 3)}), the second is
          log Σ exp over the vocabulary`,
      ],
    ],
  };
}

/**
 * The row that writes are multiplied with, less that of what the target is measured over.
 * @param {WalkRiver} data
 */
const rowOf = ({ measured: { over } }) => {
  if (over === "raw") return "W_U[target]";
  if (over === "rival") return "(W_U[target] − W_U[rival])";
  return over === "mean" ? "(W_U[target] − mean W_U)" : "(W_U[target] − weighted mean W_U of the others)";
};
