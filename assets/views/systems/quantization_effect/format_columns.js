// @ts-check
/**
 * The columns of the table of formats: bits, bytes, and what each changes.
 *
 * @import { Content } from "../../../kit/numbers/table"
 * @import { EffectOfFormat, QuantizationEffectFormats } from "../../../types/systems"
 * @import { Context } from "./formats.js"
 */

import { picture } from "../../../kit/cells/canvas.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { under } from "../../../kit/runs/beside.js";
import { html } from "../../../vendor/lit.js";
import { at, nats, shadeOf } from "./shade.js";
import { stackButton } from "./stack_button.js";

/** Pixels of the strip of a format's tokens: of one token at most, of all at most. */
const STRIP = { token: 14, all: 280, height: 18 };

/**
 * The same format on the run beside this one.
 * @param {QuantizationEffectFormats} data
 * @param {EffectOfFormat} format
 */
export const there = ({ base }, { name }) => base?.formats.find((each) => each.name === name);

/** @param {QuantizationEffectFormats} data @param {Context} ctx */
export function columns(data, ctx) {
  const shade = shadeOf();
  const width = Math.min(STRIP.all, STRIP.token * data.read);
  const both = (/** @type {string} */ here, /** @type {string | undefined} */ other) => under(here, ctx.beside, other);
  return [
    { name: "Format", cell: (/** @type {EffectOfFormat} */ { title }) => html`<b>${title}</b>` },
    { name: "bits", title: "Bits per weight of the changed matrices, with scales", number: true, cell: bits },
    { name: "model", title: "Bytes of all weights, changed or not", number: true, cell: bytes },
    {
      name: "KL, mean",
      title: "KL divergence from the prediction with unchanged weights, in nats",
      number: true,
      cell: mean(data, both),
    },
    {
      name: "other token",
      title: "Positions at which another token becomes the most likely",
      number: true,
      cell: (/** @type {EffectOfFormat} */ format) => both(flips(format, data.read), otherFlips(data, format)),
    },
    {
      name: "KL at each token",
      cell: (/** @type {EffectOfFormat} */ _, /** @type {number} */ row) =>
        picture({
          rows: 1,
          columns: data.read,
          width,
          height: STRIP.height,
          colour: (_row, position) => shade(at(data.kl, row, position)),
          of: [data, row],
        }),
    },
    {
      name: "stack",
      className: "wide",
      cell: (/** @type {EffectOfFormat} */ format) => stackButton(data, format, ctx),
    },
  ];
}

const bits = (/** @type {EffectOfFormat} */ format) => decimal(format.bits);

const bytes = (/** @type {EffectOfFormat} */ { nbytes }) => memory(nbytes);

/**
 * @param {QuantizationEffectFormats} data
 * @param {(here: string, other: string | undefined) => Content} both
 */
const mean = (data, both) => (/** @type {EffectOfFormat} */ format) => {
  const other = there(data, format);
  return both(nats(format.mean_kl), other && nats(other.mean_kl));
};

/** @param {{ flips: number }} format @param {number} read */
const flips = ({ flips }, read) => `${whole(flips)} of ${whole(read)}`;

/** @param {QuantizationEffectFormats} data @param {EffectOfFormat} format */
function otherFlips(data, format) {
  const other = there(data, format);
  return data.base && other ? flips(other, data.base.read) : undefined;
}
