// @ts-check
/**
 * What the payload's bytes say of two patches: the weight of a head, and how alike their final states are.
 *
 * @import { PicturePatches } from "../../../types/architectures"
 */

/** A byte holds √weight, and another cosine. */
const ROOT = 255;
const COSINE = 127;

/** @param {PicturePatches} data */
export const patchesOf = ({ grid: [down, across] }) => down * across;

/**
 * The attention weight of a head from the row that is asked, CLS for none, on a patch.
 * @param {PicturePatches} data
 * @param {{ head: number, asked: number | null, key: number }} place
 */
export function weight(data, { head, asked, key }) {
  const size = patchesOf(data) + 1;
  const query = asked === null ? 0 : asked + 1;
  return (data.pattern.a[(head * size + query) * size + key + 1] / ROOT) ** 2;
}

/** Cosine of two final states. @param {PicturePatches} data @param {number | null} asked @param {number} key */
export function alike(data, asked, key) {
  const query = asked === null ? 0 : asked + 1;
  return data.alike.a[query * (patchesOf(data) + 1) + key + 1] / COSINE;
}
