// @ts-check
/**
 * The four maps of three models: who reads whom, and what is masked.
 *
 * @import { ThreeShapes } from "../../../types/architectures"
 * @import { Ints } from "../../../types/shared"
 * @import { Shown } from "./pattern.js"
 *
 * @typedef {object} Part some of a map's columns
 * @property {string[]} columns what is read
 * @property {Ints} pattern
 * @property {(row: number, column: number) => boolean} masked
 *
 * @typedef {object} AttentionMap
 * @property {string} name
 * @property {string} [remark] beneath its head
 * @property {string[]} rows what reads
 * @property {Part[]} parts side by side
 */
import { whichHeads } from "./pattern.js";

const nothingMasked = () => false;
const later = (/** @type {number} */ row, /** @type {number} */ column) => column > row;

/**
 * @param {ThreeShapes} data
 * @returns {Record<string, AttentionMap>}
 */
export function mapsOf({ decoder, writer, encoder }) {
  return {
    decoder: {
      name: "decoder",
      rows: decoder.tokens,
      parts: [{ columns: decoder.tokens, pattern: decoder.pattern, masked: later }],
    },
    "writer's encoder": {
      name: "encoder of the encoder-decoder",
      rows: writer.source,
      parts: [{ columns: writer.source, pattern: writer.encoder, masked: nothingMasked }],
    },
    "writer's decoder": {
      name: "decoder of the encoder-decoder",
      remark: "the source on the left, its own words on the right",
      rows: writer.tokens,
      parts: [
        { columns: writer.source, pattern: writer.cross, masked: nothingMasked },
        { columns: writer.tokens, pattern: writer.pattern, masked: later },
      ],
    },
    encoder: {
      name: "encoder",
      rows: encoder.tokens,
      parts: [{ columns: encoder.tokens, pattern: encoder.pattern, masked: nothingMasked }],
    },
  };
}

/**
 * @param {AttentionMap} map
 * @param {Shown} now
 */
export function caption({ name, remark, parts }, now) {
  const said = `${name.replace(" of the encoder-decoder", "")}, ${whichHeads(parts[0].pattern, now)}`;
  return remark ? `${said}: ${remark}` : said;
}
